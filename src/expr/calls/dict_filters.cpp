// Filters of mappings.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <algorithm>

namespace cef::expr {

namespace dict_filters_parts {
namespace {

std::shared_ptr<Dict> copy_of(Dict& dict, Budget& budget) {
  auto made = std::make_shared<Dict>();
  budget.bytes(dict.size() * 2 * sizeof(Any));
  for (const auto& [key, value] : dict.entries()) made->set(key, value);
  return made;
}

Items without(const Items& items, const Items& others, Budget& budget) {
  Items kept;
  for (const Any& each : items)
    if (std::none_of(others.begin(), others.end(), [&](const Any& other) { return equal(each, other, budget); }))
      kept.push_back(each);
  return kept;
}

Items joined(Items a, const Items& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

/// Source: Ansible, utils/vars.py, merge_hash.
class Merge {
 public:
  Merge(bool recursive, std::string lists, Budget& budget)
      : recursive_(recursive), lists_(std::move(lists)), budget_(budget) {}

  // `high` has the last word.
  std::shared_ptr<Dict> merge(Dict& low, Dict& high, int depth = 0) {
    if (depth > Budget::deepest) fail("the value contains itself, or is nested too deeply");
    auto result = copy_of(low, budget_);
    for (const auto& [key, value] : high.entries()) {
      budget_.step();
      const Any* known = result->find(key);
      if (known && value.is_dict() && known->is_dict() && recursive_) {
        const Any below = *known;
        result->set(key, merge(below.dict(), value.dict(), depth + 1));
      } else if (known && value.is_list() && known->is_list()) {
        result->set(key, merged(*known, value));
      } else {
        result->set(key, value);
      }
    }
    return result;
  }

 private:
  Any merged(const Any& low, const Any& high) {
    const Items &a = low.list().items(), &b = high.list().items();
    budget_.bytes((a.size() + b.size()) * sizeof(Any));
    if (lists_ == "keep") return low;
    if (lists_ == "append") return joined(a, b);
    if (lists_ == "prepend") return joined(b, a);
    if (lists_ == "append_rp") return joined(without(a, b, budget_), b);
    if (lists_ == "prepend_rp") return joined(b, without(a, b, budget_));
    return high;
  }

  bool recursive_;
  std::string lists_;
  Budget& budget_;
};

// recursive and list_merge come by name only; the mappings may come in lists.
Any combine(Call& call) {
  bool recursive = false;
  std::string lists = "replace";
  for (const auto& [key, value] : call.named) {
    if (key == "recursive")
      recursive = truth(value);
    else if (key == "list_merge" && value.is_text())
      lists = value.text();
    else
      fail("'recursive' and 'list_merge' are the only valid keyword arguments");
  }
  const char* known[] = {"replace", "keep", "append", "prepend", "append_rp", "prepend_rp"};
  if (std::find(std::begin(known), std::end(known), lists) == std::end(known))
    fail("combine: list_merge is replace, keep, append, prepend, append_rp or prepend_rp, not '{}'", lists);
  Items dicts;
  Items given{call[0]};
  given.insert(given.end(), call.rest.begin(), call.rest.end());
  for (const Any& each : given) {
    require_defined(each);
    if (each.none()) continue;
    if (!each.is_list()) {
      dicts.push_back(each);
      continue;
    }
    for (const Any& below : each.list().items()) dicts.push_back(below);
  }
  if (dicts.empty()) return std::make_shared<Dict>();
  for (const Any& each : dicts) {
    require_defined(each);
    if (!each.is_dict() && dicts.size() > 1)
      fail("combine expects mappings, not {} ('{}')", shown(each, call.budget), type_name(each));
  }
  Any result = dicts.back();
  Merge merge(recursive, lists, call.budget);
  for (std::size_t i = dicts.size() - 1; i > 0; --i) result = merge.merge(dicts[i - 1].dict(), result.dict());
  return result;
}

Any dict2items(Call& call) {
  const std::string key_name = call.text(1, "key"), value_name = call.text(2, "value");
  Items out;
  for (const auto& [key, value] : call.dict(0).entries()) {
    call.budget.bytes(8 * sizeof(Any));
    auto pair = std::make_shared<Dict>();
    pair->set(key_name, key);
    pair->set(value_name, value);
    out.emplace_back(std::move(pair));
  }
  return out;
}

Any items2dict(Call& call) {
  const std::string key_name = call.text(1, "key"), value_name = call.text(2, "value");
  if (!call[0].is_list()) fail("items2dict requires a list, got {} instead.", type_name(call[0]));
  auto made = std::make_shared<Dict>();
  for (const Any& each : call[0].list().items()) {
    call.budget.bytes(2 * sizeof(Any));
    if (!each.is_dict()) fail("items2dict requires a list of dictionaries, not of {}", shown(each, call.budget));
    const Any *key = each.dict().find(key_name), *value = each.dict().find(value_name);
    if (!key || !value)
      fail("items2dict requires each dictionary in the list to contain the keys '{}' and '{}', not {}", key_name,
           value_name, shown(each, call.budget));
    made->set(*key, *value);
  }
  return made;
}

Any items(Call& call) {
  if (call[0].undefined()) return Items();
  Items out;
  for (const auto& [key, value] : call.dict(0).entries()) {
    call.budget.bytes(4 * sizeof(Any));
    out.push_back(Any::tuple({key, value}));
  }
  return out;
}

// Pairs of an item and each element of a list within it.
Any subelements(Call& call) {
  Items elements;
  if (call[0].is_dict()) {
    for (const auto& [key, value] : call[0].dict().entries()) elements.push_back(value);
  } else if (call[0].is_list()) {
    elements = call[0].list().items();
  } else {
    fail("obj must be a list of dicts or a nested dict");
  }
  Items path;
  if (call[1].is_list()) {
    path = call[1].list().items();
  } else {
    const std::string keys = call.text(1);
    for (const std::string_view part : split_at(keys, ".")) path.emplace_back(part);
  }
  Items out;
  for (const Any& element : elements) {
    Any values = element;
    for (const Any& part : path) {
      require_defined(values);
      if (!values.is_dict())
        fail("the key {} should point to a dictionary, got {}", shown(part, call.budget), shown(values, call.budget));
      const Any* found = values.dict().find(part);
      if (!found && call.flag(2)) {
        values = Items();
        break;
      }
      if (!found)
        fail("could not find {} key in iterated item {}", shown(part, call.budget), shown(values, call.budget));
      values = *found;
    }
    if (!values.is_list())
      fail("the key {} should point to a list, got {}", shown(path.empty() ? Any("") : path.back(), call.budget),
           shown(values, call.budget));
    for (const Any& value : values.list().items()) {
      call.budget.bytes(4 * sizeof(Any));
      out.push_back(Any::tuple({element, value}));
    }
  }
  return out;
}

Any rekey_on_member(Call& call) {
  const std::string duplicates = call.text(2, "error");
  if (duplicates != "error" && duplicates != "overwrite")
    fail("duplicates parameter to rekey_on_member has unknown value: {}", duplicates);
  Items all;
  if (call[0].is_dict())
    for (const auto& [key, value] : call[0].dict().entries()) all.push_back(value);
  else if (call[0].is_list())
    all = call[0].list().items();
  else
    fail("rekey_on_member expects a list or a mapping, not '{}'", type_name(call[0]));
  auto made = std::make_shared<Dict>();
  for (const Any& each : all) {
    if (!each.is_dict()) fail("rekey_on_member: {} is no mapping", shown(each, call.budget));
    const Any* key = each.dict().find(call[1]);
    if (!key) fail("Key {} was not found", shown(call[1], call.budget));
    if (made->find(*key) && duplicates == "error")
      fail("Key {} is not unique, cannot correctly turn into dict", shown(*key, call.budget));
    made->set(*key, each);
  }
  return made;
}

// The community's: ['a', 'b'] and a key become [{key: 'a'}, {key: 'b'}].
Any dict_kv(Call& call) {
  auto made = std::make_shared<Dict>();
  made->set(call[1], call[0]);
  return made;
}

constexpr Function table[] = {
    {"combine", combine, "value * **"},
    {"dict2items", dict2items, "mydict key_name? value_name?"},
    {"items2dict", items2dict, "mylist key_name? value_name?"},
    {"items", items, "value~"},
    {"subelements", subelements, "obj subelements skip_missing?"},
    {"rekey_on_member", rekey_on_member, "data key duplicates?"},
    {"dict_kv", dict_kv, "value key"},
};

}  // namespace
}  // namespace dict_filters_parts

const Functions dict_filters = dict_filters_parts::table;

}  // namespace cef::expr
