#include "vars/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fnmatch.h>

namespace cef::playbook {

State::State(const inventory::Inventory& inventory, RunOptions options, Loader& loader)
    : inventory_(inventory), options_(std::move(options)), loader_(loader) {
  for (const inventory::Host& host : inventory.hosts()) {
    auto state = std::make_unique<HostState>();
    state->name = host.name;
    state->groups = host.groups;
    state->inventory_vars = host.vars;
    by_name_.emplace(host.name, state.get());
    hosts_.push_back(std::move(state));
  }
  for (const inventory::Group& group : inventory.groups()) {
    group_order_.push_back(group.name);
    auto& names = members_[group.name];
    for (const std::size_t index : inventory.members(group.name)) names.push_back(inventory.hosts()[index].name);
  }
}

HostState* State::host(std::string_view name) {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

HostState& State::localhost() {
  for (const char* name : {"localhost", "127.0.0.1", "::1"})
    if (HostState* known = host(name)) return *known;
  auto state = std::make_unique<HostState>();
  state->name = "localhost";
  state->inventory_vars["ansible_connection"] = "local";
  made_localhost_ = true;
  HostState& made = *state;
  by_name_.emplace("localhost", state.get());
  hosts_.push_back(std::move(state));
  return made;
}

bool State::add_to_group(HostState& host, const std::string& group) {
  if (!members_.contains(group)) group_order_.push_back(group);
  auto& names = members_[group];
  if (std::find(names.begin(), names.end(), host.name) != names.end()) return false;
  names.push_back(host.name);
  if (group != "all" && std::find(host.groups.begin(), host.groups.end(), group) == host.groups.end())
    host.groups.push_back(group);
  groups_value_.reset();
  return true;
}

bool State::add_host(const std::string& name, const std::vector<std::string>& groups, const Value& variables) {
  bool changed = false;
  HostState* known = host(name);
  if (!known) {
    auto state = std::make_unique<HostState>();
    state->name = name;
    known = state.get();
    by_name_.emplace(name, known);
    hosts_.push_back(std::move(state));
    changed = true;
  }
  // Its values are final: nothing of them is a template any more.
  for (const auto& [key, value] : variables.items()) {
    if (!known->inventory_vars.contains(key)) changed = true;
    known->set.insert_or_assign(key, Known{value, true});
  }
  changed = add_to_group(*known, "all") || changed;
  for (const std::string& group : groups) changed = add_to_group(*known, group) || changed;
  return changed;
}

bool State::has_group(std::string_view group) const { return members_.contains(group); }

std::vector<std::string> State::members(std::string_view group) const {
  const auto found = members_.find(group);
  return found == members_.end() ? std::vector<std::string>() : found->second;
}

std::vector<std::string> State::host_names() const {
  std::vector<std::string> names;
  for (const auto& host : hosts_)
    if (!made_localhost_ || host->name != "localhost") names.push_back(host->name);
  return names;
}

const Value& State::groups() const {
  if (!groups_value_) {
    Value all = Value::object();
    for (const std::string& group : group_order_) all[group] = members_.at(group);
    groups_value_ = std::move(all);
  }
  return *groups_value_;
}

namespace {

// Pattern parts are separated by commas, or by colons outside brackets.
std::vector<std::string> parts_of(const std::string& pattern) {
  std::vector<std::string> parts{""};
  const bool commas = pattern.find(',') != std::string::npos;
  int inside = 0;
  for (const char c : pattern) {
    if (c == '[') ++inside;
    if (c == ']') --inside;
    if (inside <= 0 && (c == ',' || (c == ':' && !commas))) {
      parts.emplace_back();
    } else if (c != ' ' && c != '\n') {
      parts.back() += c;
    }
  }
  std::erase(parts, "");
  return parts;
}

}  // namespace

// Unions first, then intersections (`&`), then exclusions (`!`).
Result<std::vector<std::string>, std::string> State::match(const std::string& pattern) const {
  const auto meant = [this](const std::string& part) -> std::vector<std::string> {
    std::vector<std::string> names;
    if (part == "all" || part == "*") return host_names();
    if (members_.contains(part)) return members(part);
    const auto add = [&names](const std::string& name) {
      if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(name);
    };
    // group[0], group[1:3], group[-1]
    const auto bracket = part.find('[');
    if (bracket != std::string::npos && part.back() == ']' && members_.contains(part.substr(0, bracket))) {
      const auto all = members(part.substr(0, bracket));
      const std::string inside = part.substr(bracket + 1, part.size() - bracket - 2);
      const auto colon = inside.find_first_of(":-", 1);
      const auto number = [&](const std::string& text, long otherwise) {
        return text.empty() ? otherwise : std::strtol(text.c_str(), nullptr, 10);
      };
      const long size = static_cast<long>(all.size());
      long from = number(inside.substr(0, colon), 0);
      long to = colon == std::string::npos ? from : number(inside.substr(colon + 1), size - 1);
      if (from < 0) from += size;
      if (to < 0) to += size;
      for (long i = std::max(from, 0L); i <= to && i < size; ++i) names.push_back(all[static_cast<std::size_t>(i)]);
      return names;
    }
    for (const std::string& group : group_order_)
      if (::fnmatch(part.c_str(), group.c_str(), 0) == 0)
        for (const std::string& name : members(group)) add(name);
    for (const auto& host : hosts_)
      if (host->name == part || ::fnmatch(part.c_str(), host->name.c_str(), 0) == 0) add(host->name);
    return names;
  };
  const auto has = [](const std::vector<std::string>& names, const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  std::vector<std::string> result;
  bool any_union = false;
  const auto parts = parts_of(pattern);
  for (const std::string& part : parts)
    if (part[0] != '&' && part[0] != '!') {
      any_union = true;
      for (const std::string& name : meant(part))
        if (!has(result, name)) result.push_back(name);
    }
  if (!any_union && !parts.empty()) result = host_names();
  for (const std::string& part : parts) {
    if (part[0] != '&' && part[0] != '!') continue;
    const auto other = meant(part.substr(1));
    std::erase_if(result, [&](const std::string& name) { return has(other, name) == (part[0] == '!'); });
  }
  return result;
}

}  // namespace cef::playbook
