#include "vars/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

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

namespace {
constexpr const char* local_names[] = {"localhost", "127.0.0.1", "::1"};
}  // namespace

bool is_local_name(std::string_view name) {
  return std::find(std::begin(local_names), std::end(local_names), name) != std::end(local_names);
}

HostState& State::localhost() {
  for (const char* name : local_names)
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
  grown_ = true;
  if (host.name == "localhost") made_localhost_ = false;  // it is one like any other
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

// Those that were added are in no inventory that was read.
Result<inventory::PlayMatch> State::match(const std::string& pattern) const {
  if (!grown_) return inventory::match_play_hosts(inventory_, pattern);
  std::vector<inventory::Host> hosts;
  for (const std::string& name : host_names()) hosts.emplace_back().name = name;
  std::vector<inventory::Group> groups;
  for (const std::string& name : group_order_) {
    inventory::Group& group = groups.emplace_back();
    group.name = name;
    group.hosts = members_.at(name);
  }
  return inventory::match_play_hosts({std::move(hosts), std::move(groups)}, pattern);
}

}  // namespace cef::playbook
