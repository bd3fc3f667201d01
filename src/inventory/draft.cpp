#include "draft.hpp"

#include "host_pattern.hpp"

#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>

namespace cef::inventory {

namespace {

bool contains(const std::vector<Index>& list, Index index) {
  return std::find(list.begin(), list.end(), index) != list.end();
}

std::optional<std::int64_t> whole_number(const Value& value) {
  if (value.is_number_integer()) return value.get<std::int64_t>();
  if (!value.is_string()) return std::nullopt;
  const Value read = Value::parse(value.get_ref<const std::string&>(), nullptr, false);
  return read.is_number_integer() ? std::optional(read.get<std::int64_t>()) : std::nullopt;
}

// C0, DEL, and C1 in UTF-8: they would make two lines of one host, or move a terminal's cursor.
bool has_controls(std::string_view name) {
  for (std::size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    const auto next = i + 1 < name.size() ? static_cast<unsigned char>(name[i + 1]) : 0U;
    if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next < 0xa0)) return true;
  }
  return false;
}

std::string shown(const std::string& name) {
  std::string text = escape_controls(name);  // which leaves line feeds and tabs
  for (std::size_t at = 0; (at = text.find_first_of("\n\t", at)) != std::string::npos; at += 2)
    text.replace(at, 1, text[at] == '\n' ? "\\n" : "\\t");
  return text;
}

// An address such as [2001:db8::1] has brackets that are no range.
bool is_bracketed_ipv6(std::string_view text) {
  return text.starts_with('[') && text.find("::") != std::string_view::npos;
}

// What each of `count` hosts gets for a variable whose text holds a range; nothing when it holds none.
std::optional<std::vector<std::string>> advance(const Variable& variable) {
  if (!variable.keyword || !variable.keyword->ranges || !variable.value.is_string()) return std::nullopt;
  const auto& text = variable.value.get_ref<const std::string&>();
  if (text.find('[') == std::string::npos || is_bracketed_ipv6(text)) return std::nullopt;
  auto values = expand(text);
  if (!values) return std::nullopt;
  return std::move(*values);
}

}  // namespace

void Variables::set(std::string name, Value value, Place place, bool implied) {
  for (Variable& variable : all_)
    if (variable.name == name) {
      variable.value = std::move(value);
      variable.place = place;
      variable.implied = implied;
      return;
    }
  const Keyword* keyword = find_keyword(name);
  all_.push_back({std::move(name), std::move(value), place, keyword, implied});
}

const Variable* Variables::find(std::string_view name) const {
  for (const Variable& variable : all_)
    if (variable.name == name) return &variable;
  return nullptr;
}

Draft::Draft(Problems& problems, Keeps keeps) : problems_(problems), keeps_(keeps) {
  add_group("all");
  add_group("ungrouped");
  add_child(all, ungrouped, {});
}

std::optional<Index> Draft::find_group(std::string_view name) const {
  const auto found = group_index_.find(std::string(name));
  return found == group_index_.end() ? std::nullopt : std::optional(found->second);
}

Index Draft::add_group(const std::string& name) {
  const auto [found, is_new] = group_index_.emplace(name, groups_.size());
  if (is_new) groups_.emplace_back().name = name;
  return found->second;
}

Index Draft::add_host(const std::string& name, Place place) {
  if (has_controls(name))
    problems_.error(place, fmt::format("the host's name '{}' holds control characters", shown(name)));
  const auto [found, is_new] = host_index_.emplace(name, hosts_.size());
  if (is_new) {
    DraftHost& host = hosts_.emplace_back();
    host.name = name;
    host.place = place;
  }
  return found->second;
}

void Draft::add_member(Index group, Index host) {
  if (contains(hosts_[host].groups, group)) return;
  hosts_[host].groups.push_back(group);
  groups_[group].hosts.push_back(host);
}

bool Draft::is_below(Index group, Index ancestor) const {
  std::vector<Index> todo{group};
  std::vector<bool> seen(groups_.size());
  while (!todo.empty()) {
    const Index at = todo.back();
    todo.pop_back();
    if (at == ancestor) return true;
    if (!seen[at]) todo.insert(todo.end(), groups_[at].parents.begin(), groups_[at].parents.end());
    seen[at] = true;
  }
  return false;
}

void Draft::add_child(Index parent, Index child, Place place) {
  if (contains(groups_[parent].children, child)) return;
  if (child == all || is_below(parent, child)) {
    problems_.error(place, fmt::format("group '{}' cannot be a child of '{}': it is above it, so that is a loop",
                                       groups_[child].name, groups_[parent].name));
    return;
  }
  groups_[parent].children.push_back(child);
  groups_[child].parents.push_back(parent);
}

void Draft::set_group_variable(Index group, std::string name, Value value, Place place) {
  if (name == "ansible_group_priority") {
    if (const auto priority = whole_number(value))
      groups_[group].priority = *priority;
    else
      problems_.error(place, fmt::format("ansible_group_priority must be a whole number, not {}", value.dump()));
    return;
  }
  groups_[group].vars.set(std::move(name), std::move(value), place);
}

void Draft::set_host_variable(Index host, std::string name, Value value, Place place) {
  hosts_[host].vars.set(std::move(name), std::move(value), place);
}

void Draft::add_hosts(const std::string& pattern, Index group, const Variables& vars, Place place) {
  const auto parsed = parse_host_pattern(pattern);
  if (!parsed) {
    problems_.error(place, parsed.error().message);
    return;
  }
  std::vector<Index> added;
  for (const std::string& name : parsed->names) {
    const std::size_t known = hosts_.size();
    const Index host = add_host(name, place);
    // A port in the pattern counts only where the host is first named.
    if (parsed->port && host == known) hosts_[host].vars.set("ansible_port", *parsed->port, place, true);
    add_member(group, host);
    added.push_back(host);
  }
  for (const Variable& variable : vars) {
    auto values = advance(variable);
    // A plain word on one host need not be cef's.
    if (values && values->size() != 1 && added.size() == 1 && variable.keyword->spelling == Spelling::plain)
      values.reset();
    if (values && values->size() != added.size()) {
      problems_.error(variable.place,
                      fmt::format("{} holds {} values for the {} host{} of '{}': ranges advance together",
                                  variable.name, values->size(), added.size(), added.size() == 1 ? "" : "s", pattern));
      continue;
    }
    for (std::size_t i = 0; i < added.size(); ++i)
      set_host_variable(added[i], variable.name, values ? Value((*values)[i]) : variable.value, variable.place);
  }
}

void Draft::reconcile() {
  for (Index group = 0; group < groups_.size(); ++group)
    if (group != all && groups_[group].parents.empty()) add_child(all, group, {});
  bool regrouped = false;
  for (Index host = 0; host < hosts_.size(); ++host) {
    auto& groups = hosts_[host].groups;
    const bool grouped = std::any_of(groups.begin(), groups.end(), [](Index g) { return g != all && g != ungrouped; });
    if (grouped && contains(groups, ungrouped)) {
      std::erase(groups, ungrouped);
      regrouped = true;
    } else if (!grouped) {
      add_member(ungrouped, host);
    }
    if (group_index_.contains(hosts_[host].name))
      problems_.warn(hosts_[host].place, fmt::format("'{}' is both a group and a host", hosts_[host].name));
  }
  if (regrouped)  // all at once: their number squared would be much for a large fleet
    std::erase_if(groups_[ungrouped].hosts, [&](Index host) { return !contains(hosts_[host].groups, ungrouped); });
  find_depths();
}

void Draft::find_depths() {
  // Each step down from `all` may lengthen the way to the groups below; there are no loops, so this ends.
  std::vector<Index> changed{all};
  while (!changed.empty()) {
    std::vector<Index> next;
    for (const Index group : changed)
      for (const Index child : groups_[group].children)
        if (groups_[child].depth < groups_[group].depth + 1) {
          groups_[child].depth = groups_[group].depth + 1;
          next.push_back(child);
        }
    changed = std::move(next);
  }
}

}  // namespace cef::inventory
