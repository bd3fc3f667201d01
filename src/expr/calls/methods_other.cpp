// Methods of Python's list, dict and numbers. What changes a list or mapping changes it for all who have it.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/operators.hpp"

#include <algorithm>
#include <cmath>

namespace cef::expr {

namespace methods_other_parts {
namespace {

Any self_of(const Call& call) { return call[0]; }

// What is put into a list may be that list itself.
Items& changing(Call& call) {
  List& list = call[0].list();
  if (list.tuple()) fail("'tuple' object has no attribute '{}'", call.function.name);
  call.budget.bytes(sizeof(Any));
  call.evaluation.untie(call[0].identity(), [self = self_of(call)] { self.list().items().clear(); });
  return list.items();
}

Dict& changing_dict(Call& call) {
  call.budget.bytes(2 * sizeof(Any));
  call.evaluation.untie(call[0].identity(), [self = self_of(call)] { self.dict().clear(); });
  return call[0].dict();
}

Any append(Call& call) {
  changing(call).push_back(call[1]);
  return nullptr;
}

Any extend(Call& call) {
  const Items more = call.items(1);
  call.budget.bytes(more.size() * sizeof(Any));
  Items& items = changing(call);
  items.insert(items.end(), more.begin(), more.end());
  return nullptr;
}

Any insert(Call& call) {
  Items& items = changing(call);
  call.budget.step(items.size() / 16);
  const auto size = static_cast<std::int64_t>(items.size());
  std::int64_t at = call.whole(1);
  if (at < 0) at = std::max<std::int64_t>(at + size, 0);
  items.insert(items.begin() + std::min(at, size), call[2]);
  return nullptr;
}

Any pop(Call& call) {
  Items& items = changing(call);
  const auto size = static_cast<std::int64_t>(items.size());
  std::int64_t at = call.whole(1, -1);
  if (at < 0) at += size;
  if (at < 0 || at >= size) fail("{}", size == 0 ? "pop from empty list" : "pop index out of range");
  call.budget.step(items.size() / 16);
  Any taken = items[static_cast<std::size_t>(at)];
  items.erase(items.begin() + at);
  return taken;
}

std::size_t place_in(const Call& call, const Items& items) {
  std::size_t i = 0;
  while (i < items.size() && !equal(items[i], call[1], call.budget)) ++i;
  if (i == items.size()) fail("{} is not in list", shown(call[1], call.budget));
  return i;
}

Any remove(Call& call) {
  Items& items = changing(call);
  items.erase(items.begin() + static_cast<std::ptrdiff_t>(place_in(call, items)));
  return nullptr;
}

Any index(Call& call) { return place_in(call, call[0].list().items()); }

Any count(Call& call) {
  const Items& items = call[0].list().items();
  return std::count_if(items.begin(), items.end(), [&](const Any& each) { return equal(each, call[1], call.budget); });
}

Any reverse(Call& call) {
  Items& items = changing(call);
  call.budget.step(items.size());
  std::reverse(items.begin(), items.end());
  return nullptr;
}

Any sort(Call& call) {
  Items& items = changing(call);
  call.budget.step(items.size() * 8);
  const bool down = call.flag(1);
  // Sorted aside: comparing may fail.
  Items sorted = items;
  std::stable_sort(sorted.begin(), sorted.end(), [&](const Any& a, const Any& b) {
    return down ? order(b, a, call.budget) < 0 : order(a, b, call.budget) < 0;
  });
  items = std::move(sorted);
  return nullptr;
}

Any clear(Call& call) {
  changing(call).clear();
  return nullptr;
}

Any copy(Call& call) {
  call.budget.bytes(call[0].list().size() * sizeof(Any));
  return call[0].list().items();
}

Any get(Call& call) {
  require_defined(call[1]);
  if (const Any* found = call[0].dict().find(call[1])) return *found;
  if (call[1].soft())
    if (const Any* found = call[0].dict().find(text_of(call[1], call.budget))) return *found;
  return call.has(2) ? call[2] : Any(nullptr);
}

Any keys(Call& call) {
  call.budget.bytes(call[0].dict().size() * sizeof(Any));
  return iterate(call[0], call.budget);
}

Any values(Call& call) {
  call.budget.bytes(call[0].dict().size() * sizeof(Any));
  Items items;
  for (const auto& [key, value] : call[0].dict().entries()) items.push_back(value);
  return items;
}

Any items_of(Call& call) {
  call.budget.bytes(call[0].dict().size() * sizeof(Any) * 4);
  Items items;
  for (const auto& [key, value] : call[0].dict().entries()) items.push_back(Any::tuple({key, value}));
  return items;
}

Any update(Call& call) {
  Dict& dict = changing_dict(call);
  if (call.has(1)) {
    if (call[1].is_dict()) {
      const std::vector<Dict::Entry> more = call[1].dict().entries();
      call.budget.bytes(more.size() * 2 * sizeof(Any));
      for (const auto& [key, value] : more) dict.set(key, value);
    } else {
      for (const Any& pair : call.items(1)) {
        const Items both = iterate(pair, call.budget);
        if (both.size() != 2) fail("dictionary update sequence element has length {}; 2 is required", both.size());
        dict.set(both[0], both[1]);
      }
    }
  }
  for (auto& [key, value] : call.named) dict.set(key, std::move(value));
  return nullptr;
}

Any take(Call& call) {
  call.budget.step(call[0].dict().size() / 4);
  if (auto taken = changing_dict(call).take(call[1])) return *taken;
  if (call.has(2)) return call[2];
  fail("the mapping has no key {}", repr(call[1], call.budget));
}

Any setdefault(Call& call) {
  if (const Any* found = call[0].dict().find(call[1])) return *found;
  Any value = call.has(2) ? call[2] : Any(nullptr);
  changing_dict(call).set(call[1], value);
  return value;
}

Any clear_dict(Call& call) {
  changing_dict(call).clear();
  return nullptr;
}

Any copy_dict(Call& call) {
  call.budget.bytes(call[0].dict().size() * 2 * sizeof(Any));
  auto made = std::make_shared<Dict>();
  for (const auto& [key, value] : call[0].dict().entries()) made->set(key, value);
  return made;
}

Any is_integer(Call& call) {
  if (!call[0].real()) fail("'int' object has no attribute 'is_integer'");
  return std::floor(call[0].real_number()) == call[0].real_number();
}

Any bit_length(Call& call) {
  std::int64_t number = call.whole(0), bits = 0;
  for (; number != 0; number /= 2) ++bits;
  return bits;
}

constexpr Function list_table[] = {
    {"append", append, "self object~"},
    {"extend", extend, "self iterable"},
    {"insert", insert, "self index object~"},
    {"pop", pop, "self index?"},
    {"remove", remove, "self value"},
    {"index", index, "self value"},
    {"count", count, "self value"},
    {"reverse", reverse, "self"},
    {"sort", sort, "self reverse?"},
    {"clear", clear, "self"},
    {"copy", copy, "self"},
};

constexpr Function dict_table[] = {
    {"get", get, "self key default?~"},
    {"keys", keys, "self"},
    {"values", values, "self"},
    {"items", items_of, "self"},
    {"update", update, "self other? **"},
    {"pop", take, "self key default?~"},
    {"setdefault", setdefault, "self key default?~"},
    {"clear", clear_dict, "self"},
    {"copy", copy_dict, "self"},
};

constexpr Function number_table[] = {
    {"is_integer", is_integer, "self"},
    {"bit_length", bit_length, "self"},
};

}  // namespace
}  // namespace methods_other_parts

const Functions list_methods = methods_other_parts::list_table;
const Functions dict_methods = methods_other_parts::dict_table;
const Functions number_methods = methods_other_parts::number_table;

}  // namespace cef::expr
