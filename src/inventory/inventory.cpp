#include <cef/inventory/inventory.hpp>

#include <algorithm>

namespace cef::inventory {

Inventory::Inventory(std::vector<Host> hosts, std::vector<Group> groups)
    : hosts_(std::move(hosts)), groups_(std::move(groups)) {
  for (std::size_t i = 0; i < hosts_.size(); ++i) host_index_.emplace(hosts_[i].name, i);
  for (std::size_t i = 0; i < groups_.size(); ++i) group_index_.emplace(groups_[i].name, i);
}

const Host* Inventory::host(std::string_view name) const {
  const auto found = host_index_.find(name);
  return found == host_index_.end() ? nullptr : &hosts_[found->second];
}

const Group* Inventory::group(std::string_view name) const {
  const auto found = group_index_.find(name);
  return found == group_index_.end() ? nullptr : &groups_[found->second];
}

std::vector<std::size_t> Inventory::members(std::string_view name) const {
  std::vector<bool> member(hosts_.size());
  std::vector<const Group*> todo;
  std::vector<bool> seen(groups_.size());
  const auto enter = [&](std::string_view group) {
    const auto found = group_index_.find(group);
    if (found == group_index_.end() || seen[found->second]) return;
    seen[found->second] = true;
    todo.push_back(&groups_[found->second]);
  };
  enter(name);
  while (!todo.empty()) {
    const Group* group = todo.back();
    todo.pop_back();
    for (const std::string& host : group->hosts)
      if (const auto found = host_index_.find(host); found != host_index_.end()) member[found->second] = true;
    for (const std::string& child : group->children) enter(child);
  }
  std::vector<std::size_t> indices;
  for (std::size_t i = 0; i < member.size(); ++i)
    if (member[i]) indices.push_back(i);
  return indices;
}

}  // namespace cef::inventory
