// map, select, sort and their like: filters that look into the items of a list.

#include "calls/path.hpp"
#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"

#include <algorithm>
#include <unordered_set>

namespace cef::expr {

Any at_path(const Any& value, const Any& path, Budget& budget) {
  if (!path.is_text()) return item(value, path, budget);
  Any found = value;
  for (const std::string_view part : split_at(path.text(), ".")) {
    require_defined(found);
    const bool number =
        !part.empty() && part.size() < 10 && part.find_first_not_of("0123456789") == std::string_view::npos;
    found = item(found, number ? Any(std::stoi(std::string(part))) : Any(part), budget);
  }
  return found;
}

namespace select_filters_parts {
namespace {

// map('filter', arguments...), map(attribute='a.b', default=x)
Any map(Call& call) {
  Any path, otherwise;
  Named named;
  for (auto& [key, value] : call.named)
    if (key == "attribute" && call.rest.empty())
      path = value;
    else if (key == "default" && call.rest.empty())
      otherwise = value;
    else
      named.emplace_back(key, value);
  if (path.given() && !named.empty()) fail("Unexpected keyword argument '{}'", named[0].first);
  if (!path.given() && call.rest.empty()) fail("map requires a filter argument");
  Items out;
  std::string name;
  if (!path.given()) {
    if (!call.rest[0].is_text()) fail("map expects the name of a filter, not '{}'", type_name(call.rest[0]));
    name = call.rest[0].text();
  }
  for (const Any& each : call.items(0)) {
    call.budget.bytes(sizeof(Any));
    if (path.given()) {
      Any found = each;
      if (otherwise.given() && path.is_text()) {
        // Each part may be missing.
        for (const std::string_view part : split_at(path.text(), "."))
          if (!found.undefined()) found = at_path(found, part, call.budget);
      } else {
        found = at_path(each, path, call.budget);
      }
      out.push_back(found.undefined() && otherwise.given() ? otherwise : std::move(found));
      continue;
    }
    Items positional{each};
    positional.insert(positional.end(), call.rest.begin() + 1, call.rest.end());
    out.push_back(call.evaluation.filter(name, std::move(positional), named));
  }
  return out;
}

// By a test of the item, or of an attribute of it; without a test by its truth.
template <bool wanted, bool by_attribute>
Any selected(Call& call) {
  std::size_t used = 0;
  Any path;
  if (by_attribute) {
    if (call.rest.empty()) fail("{} requires an attribute", call.function.name);
    path = call.rest[used++];
  }
  std::string test;
  if (used < call.rest.size()) {
    if (!call.rest[used].is_text())
      fail("{} expects the name of a test, not '{}'", call.function.name, type_name(call.rest[used]));
    test = call.rest[used++].text();
  }
  Items out;
  for (const Any& each : call.items(0)) {
    call.budget.bytes(sizeof(Any));
    Any value = by_attribute ? at_path(each, path, call.budget) : each;
    bool holds = false;
    if (test.empty()) {
      holds = truth(value);
    } else {
      Items positional{std::move(value)};
      positional.insert(positional.end(), call.rest.begin() + static_cast<std::ptrdiff_t>(used), call.rest.end());
      holds = call.evaluation.test(test, std::move(positional), call.named);
    }
    if (holds == wanted) out.push_back(each);
  }
  return out;
}

constexpr Function select_table[] = {
    {"map", map, "value * **"},
    {"select", selected<true, false>, "value * **"},
    {"reject", selected<false, false>, "value * **"},
    {"selectattr", selected<true, true>, "value * **"},
    {"rejectattr", selected<false, true>, "value * **"},
};

// Texts without regard to case, unless it is asked for.
Any folded(const Any& any, bool case_sensitive) {
  if (case_sensitive || !any.is_text()) return any;
  return lower_case(any.text());
}

/// What an item is sorted by: one or several attributes of it.
Items sort_key(const Any& item, const Any& attribute, bool case_sensitive, Budget& budget) {
  Items keys;
  if (!attribute.given() || attribute.none()) {
    keys.push_back(folded(item, case_sensitive));
  } else if (attribute.is_text()) {
    for (const std::string_view part : split_at(attribute.text(), ","))
      keys.push_back(folded(at_path(item, part, budget), case_sensitive));
  } else {
    keys.push_back(folded(at_path(item, attribute, budget), case_sensitive));
  }
  for (const Any& key : keys) require_defined(key);
  return keys;
}

struct Keyed {
  Any key;
  Any value;
};

std::vector<Keyed> keyed(const Items& items, const Any& attribute, bool case_sensitive, Budget& budget) {
  std::vector<Keyed> all;
  budget.bytes(items.size() * 6 * sizeof(Any));
  for (const Any& each : items) {
    Items keys = sort_key(each, attribute, case_sensitive, budget);
    all.push_back({keys.size() == 1 ? keys[0] : Any(std::move(keys)), each});
  }
  return all;
}

void sort_keyed(std::vector<Keyed>& all, bool down, Budget& budget) {
  std::stable_sort(all.begin(), all.end(), [&](const Keyed& a, const Keyed& b) {
    return down ? order(b.key, a.key, budget) < 0 : order(a.key, b.key, budget) < 0;
  });
}

// value reverse case_sensitive attribute
Any sort(Call& call) {
  auto all = keyed(call.items(0), call[3], call.flag(2), call.budget);
  sort_keyed(all, call.flag(1), call.budget);
  Items out;
  for (Keyed& each : all) out.push_back(std::move(each.value));
  return out;
}

// value case_sensitive by reverse
Any dictsort(Call& call) {
  const std::string by = call.text(2, "key");
  if (by != "key" && by != "value") fail("You can only sort by either \"key\" or \"value\"");
  std::vector<Keyed> all;
  for (const auto& [key, value] : call.dict(0).entries())
    all.push_back({folded(by == "key" ? key : value, call.flag(1)), Any::tuple({key, value})});
  call.budget.bytes(all.size() * 6 * sizeof(Any));
  sort_keyed(all, call.flag(3), call.budget);
  Items out;
  for (Keyed& each : all) out.push_back(std::move(each.value));
  return out;
}

// value attribute default case_sensitive
Any groupby(Call& call) {
  const bool case_sensitive = call.flag(3);
  Items items = call.items(0);
  std::vector<Keyed> all;
  call.budget.bytes(items.size() * 6 * sizeof(Any));
  for (const Any& each : items) {
    Any key = at_path(each, call[1], call.budget);
    if (key.undefined() && call.has(2)) key = call[2];
    require_defined(key);
    all.push_back({std::move(key), each});
  }
  std::stable_sort(all.begin(), all.end(), [&](const Keyed& a, const Keyed& b) {
    return order(folded(a.key, case_sensitive), folded(b.key, case_sensitive), call.budget) < 0;
  });
  Items out, group;
  for (std::size_t i = 0; i < all.size(); ++i) {
    group.push_back(all[i].value);
    const bool ends = i + 1 == all.size() ||
                      !equal(folded(all[i].key, case_sensitive), folded(all[i + 1].key, case_sensitive), call.budget);
    if (!ends) continue;
    const Any& name = all[i + 1 - group.size()].key;
    out.push_back(Any::tuple({name, std::exchange(group, {})}));
  }
  return out;
}

template <bool largest>
Any extreme(Call& call) {
  const Items items = call.items(0);
  if (items.empty()) return Any::missing("No aggregated item, sequence was empty.");
  const auto all = keyed(items, call[2], call.flag(1), call.budget);
  const Keyed* best = &all[0];
  for (const Keyed& each : all) {
    const auto result = order(each.key, best->key, call.budget);
    if (largest ? result > 0 : result < 0) best = &each;
  }
  return best->value;
}

// value attribute start
Any sum(Call& call) {
  Any total = call.has(2) ? call[2] : Any(0);
  for (const Any& each : call.items(0)) {
    const Any value = call.empty(1) ? each : at_path(each, call[1], call.budget);
    require_defined(value);
    total = add(total, value, call.budget);
  }
  return total;
}

// value case_sensitive attribute: the first of each.
Any unique(Call& call) {
  Items out;
  std::unordered_set<std::string> seen;
  Items unhashed;
  for (const Any& each : call.items(0)) {
    require_defined(each);
    const Any key = folded(call.empty(2) ? each : at_path(each, call[2], call.budget), call.flag(1));
    require_defined(key);
    call.budget.bytes(sizeof(Any));
    if (!key.is_list() && !key.is_dict()) {
      if (seen.insert(hash_text(key)).second) out.push_back(each);
      continue;
    }
    if (std::any_of(unhashed.begin(), unhashed.end(), [&](const Any& known) { return equal(known, key, call.budget); }))
      continue;
    unhashed.push_back(key);
    out.push_back(each);
  }
  return out;
}

constexpr Function sort_table[] = {
    {"sort", sort, "value reverse? case_sensitive? attribute?"},
    {"dictsort", dictsort, "value case_sensitive? by? reverse?"},
    {"groupby", groupby, "value attribute default? case_sensitive?"},
    {"min", extreme<false>, "value case_sensitive? attribute?"},
    {"max", extreme<true>, "value case_sensitive? attribute?"},
    {"sum", sum, "value attribute? start?"},
    {"unique", unique, "value case_sensitive? attribute?"},
};

}  // namespace
}  // namespace select_filters_parts

const Functions select_filters = select_filters_parts::select_table;
const Functions sort_filters = select_filters_parts::sort_table;

}  // namespace cef::expr
