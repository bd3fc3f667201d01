// Filters that take lists apart and put them together.

#include "calls/path.hpp"
#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <algorithm>

namespace cef::expr {

namespace list_filters_parts {
namespace {

Any list(Call& call) {
  Items items = call.items(0);
  call.budget.bytes(items.size() * sizeof(Any));
  return items;
}

Any first(Call& call) {
  const Items items = call.items(0);
  return items.empty() ? Any::missing("No first item, sequence was empty.") : items.front();
}

Any last(Call& call) {
  const Items items = call.items(0);
  return items.empty() ? Any::missing("No last item, sequence was empty.") : items.back();
}

Any reverse(Call& call) {
  if (call[0].is_text()) {
    auto all = chars(call[0].text());
    std::string text;
    for (auto c = all.rbegin(); c != all.rend(); ++c) text += *c;
    return text;
  }
  Items items = call.items(0);
  call.budget.bytes(items.size() * sizeof(Any));
  std::reverse(items.begin(), items.end());
  return items;
}

Any join(Call& call) {
  const std::string between = call.text(1, "");
  std::string text;
  bool first_one = true;
  for (const Any& each : call.items(0)) {
    if (!first_one) text += between;
    first_one = false;
    const Any value = call.empty(2) ? each : at_path(each, call[2], call.budget);
    require_defined(value);
    const std::size_t before = text.size();
    text += text_of(value, call.budget);
    call.budget.bytes(text.size() - before + between.size());
  }
  return text;
}

bool is_null(const Any& any) { return any.none() || (any.is_text() && (any.text() == "None" || any.text() == "null")); }

void flatten_into(Call& call, Items& out, const Items& items, std::int64_t levels, bool skip_nulls, int depth) {
  if (depth > Budget::deepest) fail("the list contains itself, or is nested too deeply");
  for (const Any& each : items) {
    call.budget.step();
    require_defined(each);
    if (skip_nulls && is_null(each)) continue;
    if (each.is_list() && levels != 0) {
      flatten_into(call, out, each.list().items(), levels - 1, skip_nulls, depth + 1);
    } else {
      call.budget.bytes(sizeof(Any));
      out.push_back(each);
    }
  }
}

Any flatten(Call& call) {
  Items out;
  flatten_into(call, out, call.items(0), call.empty(1) ? -1 : call.whole(1), call.flag(2, true), 0);
  return out;
}

std::vector<Items> all_lists(Call& call) {
  std::vector<Items> lists{call.items(0)};
  for (const Any& each : call.rest) lists.push_back(iterate(each, call.budget));
  return lists;
}

Any zip(Call& call) {
  const auto lists = all_lists(call);
  std::size_t count = lists.front().size();
  for (const Items& each : lists) count = std::min(count, each.size());
  call.budget.bytes(count * (lists.size() + 3) * sizeof(Any));
  Items out;
  for (std::size_t i = 0; i < count; ++i) {
    Items row;
    for (const Items& each : lists) row.push_back(each[i]);
    out.push_back(Any::tuple(std::move(row)));
  }
  return out;
}

Any zip_longest(Call& call) {
  Any fill = nullptr;
  for (const auto& [key, value] : call.named)
    if (key == "fillvalue")
      fill = value;
    else
      fail("zip_longest has no parameter '{}'", key);
  const auto lists = all_lists(call);
  std::size_t count = 0;
  for (const Items& each : lists) count = std::max(count, each.size());
  call.budget.bytes(count * (lists.size() + 3) * sizeof(Any));
  Items out;
  for (std::size_t i = 0; i < count; ++i) {
    Items row;
    for (const Items& each : lists) row.push_back(i < each.size() ? each[i] : fill);
    out.push_back(Any::tuple(std::move(row)));
  }
  return out;
}

// The last list turns fastest.
Any product(Call& call) {
  auto lists = all_lists(call);
  std::int64_t repeat = 1;
  for (const auto& [key, value] : call.named) {
    if (key != "repeat" || !value.whole()) fail("product has no parameter '{}'", key);
    repeat = value.whole_number();
  }
  if (repeat < 0 || repeat > 20) fail("repeat is a number from 0 to 20");
  const auto once = lists;
  lists.clear();
  for (std::int64_t i = 0; i < repeat; ++i) lists.insert(lists.end(), once.begin(), once.end());
  Items rows{Any::tuple({})};
  for (const Items& each : lists) {
    Items longer;
    call.budget.bytes(rows.size() * each.size() * (4 + lists.size()) * sizeof(Any));
    for (const Any& row : rows)
      for (const Any& value : each) {
        Items more = row.list().items();
        more.push_back(value);
        longer.push_back(Any::tuple(std::move(more)));
      }
    rows = std::move(longer);
  }
  return rows;
}

/// Ways to choose `size` of `count` places: in order for combinations, in any for permutations.
class Choices {
 public:
  Choices(Call& call, Items items, std::size_t size, bool ordered)
      : call_(call), items_(std::move(items)), size_(size), ordered_(ordered), used_(items_.size()) {}

  Items run() {
    if (size_ <= items_.size()) choose(0);
    return std::move(out_);
  }

 private:
  void choose(std::size_t from) {
    call_.budget.step();
    if (chosen_.size() == size_) {
      call_.budget.bytes((size_ + 3) * sizeof(Any));
      out_.push_back(Any::tuple(chosen_));
      return;
    }
    for (std::size_t i = ordered_ ? from : 0; i < items_.size(); ++i) {
      if (used_[i]) continue;
      used_[i] = true;
      chosen_.push_back(items_[i]);
      choose(i + 1);
      chosen_.pop_back();
      used_[i] = false;
    }
  }

  Call& call_;
  Items items_;
  std::size_t size_;
  bool ordered_;
  std::vector<bool> used_;
  Items chosen_;
  Items out_;
};

std::size_t choice_size(const Call& call, std::size_t i, std::size_t otherwise) {
  if (call.empty(i)) return otherwise;
  const std::int64_t size = call.whole(i);
  if (size < 0 || size > 100) fail("r must be a number from 0 to 100");
  return static_cast<std::size_t>(size);
}

Any combinations(Call& call) {
  Items items = call.items(0);
  const std::size_t size = choice_size(call, 1, items.size());
  return Choices(call, std::move(items), size, true).run();
}

Any permutations(Call& call) {
  Items items = call.items(0);
  const std::size_t size = choice_size(call, 1, std::min<std::size_t>(items.size(), 100));
  return Choices(call, std::move(items), size, false).run();
}

Any batch(Call& call) {
  const std::int64_t size = call.whole(1);
  if (size < 1) fail("batch needs a number above 0");
  Items out, row;
  for (const Any& each : call.items(0)) {
    if (static_cast<std::int64_t>(row.size()) == size) out.emplace_back(std::exchange(row, {}));
    row.push_back(each);
  }
  if (row.empty()) return out;
  if (!call.empty(2)) {
    call.budget.bytes(static_cast<std::size_t>(std::min<std::int64_t>(size, INT64_MAX / 64)) * sizeof(Any));
    while (static_cast<std::int64_t>(row.size()) < size) row.push_back(call[2]);
  }
  out.emplace_back(std::move(row));
  return out;
}

// In `slices` columns; the first ones are longer by one, or all are filled.
Any slice_filter(Call& call) {
  const Items items = call.items(0);
  const std::int64_t count = call.whole(1);
  if (count < 1 || count > 1'000'000) fail("slice needs a number from 1 to a million");
  const auto slices = static_cast<std::size_t>(count);
  call.budget.bytes(slices * sizeof(Any) * 4);
  const std::size_t per = items.size() / slices, longer = items.size() % slices;
  Items out;
  std::size_t at = 0;
  for (std::size_t i = 0; i < slices; ++i) {
    const std::size_t size = per + (i < longer ? 1 : 0);
    Items row(items.begin() + static_cast<std::ptrdiff_t>(at), items.begin() + static_cast<std::ptrdiff_t>(at + size));
    at += size;
    if (!call.empty(2) && longer > 0 && i >= longer) row.push_back(call[2]);
    out.emplace_back(std::move(row));
  }
  return out;
}

constexpr Function table[] = {
    {"list", list, "value"},
    {"first", first, "seq"},
    {"last", last, "seq"},
    {"reverse", reverse, "value"},
    {"join", join, "value d? attribute?"},
    {"flatten", flatten, "mylist levels? skip_nulls?"},
    {"zip", zip, "value *"},
    {"zip_longest", zip_longest, "value * **"},
    {"product", product, "value * **"},
    {"combinations", combinations, "value r"},
    {"permutations", permutations, "value r?"},
    {"batch", batch, "value linecount fill_with?"},
    {"slice", slice_filter, "value slices fill_with?"},
};

}  // namespace
}  // namespace list_filters_parts

const Functions list_filters = list_filters_parts::table;

}  // namespace cef::expr
