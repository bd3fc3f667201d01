#include "vars/state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <unordered_map>
#include <unordered_set>

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

HostState& State::make_host(const std::string& name) {
  auto state = std::make_unique<HostState>();
  state->name = name;
  HostState& made = *state;
  by_name_.emplace(name, state.get());
  hosts_.push_back(std::move(state));
  return made;
}

HostState& State::stranger(const std::string& name) {
  HostState& made = make_host(name);
  made.listed = false;
  return made;
}

HostState& State::localhost() {
  for (const char* name : local_names)
    if (HostState* known = host(name)) return *known;
  HostState& made = stranger("localhost");
  made.inventory_vars["ansible_connection"] = "local";
  return made;
}

inventory::Growth& State::growth() {
  if (!growth_) growth_ = inventory_.growth();
  if (!growth_) growth_ = std::make_shared<inventory::Growth>(inventory_);
  return *growth_;
}

const std::vector<inventory::Group>& State::all_groups() const {
  if (!has_grown_) return inventory_.groups();
  if (!grown_) grown_ = growth_->groups();
  return *grown_;
}

Result<void, std::string> State::take_growth(const Names& hosts) {
  if (const auto settled = growth().settle(); !settled) return settled;
  has_grown_ = true;
  grown_.reset();
  groups_value_.reset();
  for (const std::string& name : hosts) {
    auto grown = growth().host(name);
    if (!grown) return Unexpected(grown.error());
    HostState* const known = host(name);
    HostState& state = known ? *known : make_host(name);
    if (state.listed || !state.inventory_vars.contains("ansible_connection"))
      state.inventory_vars = std::move(grown->vars);
    else
      for (auto& [key, value] : grown->vars.items()) state.inventory_vars[key] = std::move(value);
    state.groups = std::move(grown->groups);
    state.listed = true;
  }
  return {};
}

Result<bool, std::string> State::add_host(const std::string& name, const Names& groups, const Value& variables) {
  bool changed = growth().add_host(name);
  changed = growth().add_member("all", name) || changed;
  for (const auto& [key, value] : variables.items()) changed = growth().set_variable(name, key, value) || changed;
  for (const std::string& group : groups) changed = growth().add_member(group, name) || changed;
  if (changed)
    if (const auto taken = take_growth({name}); !taken) return Unexpected(taken.error());
  return changed;
}

Result<bool, std::string> State::add_to_group(HostState& host, const std::string& group, const Names& parents) {
  bool changed = growth().add_group(group), risen = false;
  for (const std::string& parent : parents) changed = growth().add_group(parent) || changed;
  for (const std::string& parent : parents) risen = growth().add_child(parent, group) || risen;
  changed = growth().add_member(group, host.name) || changed || risen;
  if (!changed) return false;
  Names concerned{host.name};
  // What is in it already is in its new parents, too.
  if (risen && groups().contains(group))
    for (const Value& each : groups()[group])
      if (each != host.name) concerned.push_back(each.get<std::string>());
  if (const auto taken = take_growth(concerned); !taken) return Unexpected(taken.error());
  return true;
}

std::vector<std::string> State::host_names() const {
  std::vector<std::string> names;
  for (const auto& host : hosts_)
    if (host->listed) names.push_back(host->name);
  return names;
}

namespace {

using Index = std::unordered_map<std::string_view, std::size_t>;

// Ansible's order: the group's own hosts, then those of its child groups, level by level.
Value members_of(const std::vector<inventory::Group>& groups, const Index& index, std::size_t group) {
  std::vector<std::size_t> order{group};
  std::vector<bool> seen(groups.size());
  seen[group] = true;
  for (std::size_t i = 0; i < order.size(); ++i)
    for (const std::string& child : groups[order[i]].children)
      if (const auto found = index.find(child); found != index.end() && !seen[found->second]) {
        seen[found->second] = true;
        order.push_back(found->second);
      }
  Value names = Value::array();
  std::unordered_set<std::string_view> there;
  for (const std::size_t each : order)
    for (const std::string& host : groups[each].hosts)
      if (there.insert(host).second) names.push_back(host);
  return names;
}

}  // namespace

const Value& State::groups() const {
  if (!groups_value_) {
    const auto& groups = all_groups();
    Index index;
    for (std::size_t i = 0; i < groups.size(); ++i) index.emplace(groups[i].name, i);
    Value all = Value::object();
    for (std::size_t i = 0; i < groups.size(); ++i) all[groups[i].name] = members_of(groups, index, i);
    groups_value_ = std::move(all);
  }
  return *groups_value_;
}

// Those that were added are in no inventory that was read.
Result<inventory::PlayMatch> State::match(const std::string& pattern) const {
  if (!has_grown_) return inventory::match_play_hosts(inventory_, pattern);
  std::vector<inventory::Host> hosts;
  for (const std::string& name : host_names()) hosts.emplace_back().name = name;
  return inventory::match_play_hosts({std::move(hosts), all_groups()}, pattern);
}

}  // namespace cef::playbook
