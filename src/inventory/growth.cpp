#include "parts.hpp"
#include "resolve.hpp"

namespace cef::inventory {

Growth::Growth(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Growth::~Growth() = default;

Growth::Growth(const Inventory& inventory) : parts_(std::make_unique<Parts>()) {
  Draft& draft = parts_->draft;
  parts_->files.emplace(std::vector<std::filesystem::path>(), parts_->beside, parts_->problems);
  for (const Host& host : inventory.hosts()) {
    const Index index = draft.add_host(host.name, {});
    for (const auto& [name, value] : host.vars.items()) draft.set_host_variable(index, name, value, {});
  }
  for (const Group& group : inventory.groups()) {
    const Index index = draft.add_group(group.name);
    for (const auto& [name, value] : group.vars.items()) draft.set_group_variable(index, name, value, {});
    for (const std::string& host : group.hosts) draft.add_member(index, draft.add_host(host, {}));
    for (const std::string& child : group.children) draft.add_child(index, draft.add_group(child), {});
  }
}

bool Growth::add_host(const std::string& name) {
  const std::size_t before = parts_->draft.hosts().size();
  return parts_->draft.add_host(name, {}) == before;
}

bool Growth::add_group(const std::string& name) {
  const bool is_new = !parts_->draft.find_group(name);
  parts_->draft.add_group(name);
  return is_new;
}

bool Growth::set_variable(const std::string& host, const std::string& name, const Value& value) {
  const Index index = parts_->draft.add_host(host, {});
  const Variable* const known = parts_->draft.hosts()[index].vars.find(name);
  if (known && known->value == value) return false;
  parts_->draft.set_host_variable(index, name, value, {});
  return true;
}

bool Growth::add_member(const std::string& group, const std::string& host) {
  const Index index = parts_->draft.add_group(group);
  const std::size_t before = parts_->draft.groups()[index].hosts.size();
  parts_->draft.add_member(index, parts_->draft.add_host(host, {}));
  return parts_->draft.groups()[index].hosts.size() != before;
}

bool Growth::add_child(const std::string& parent, const std::string& child) {
  const Index above = parts_->draft.add_group(parent), below = parts_->draft.add_group(child);
  const std::size_t before = parts_->draft.groups()[above].children.size();
  parts_->draft.add_child(above, below, {});
  return parts_->draft.groups()[above].children.size() != before;
}

Result<void, std::string> Growth::settle() {
  parts_->draft.reconcile();
  return told();
}

// The warnings were told when the inventory was loaded.
Result<void, std::string> Growth::told() {
  parts_->problems.warnings().clear();
  if (parts_->problems.errors().empty()) return {};
  std::string first = show(parts_->problems.errors().front());
  parts_->problems.errors().clear();
  return Unexpected(std::move(first));
}

Result<Host, std::string> Growth::host(const std::string& name) {
  Host host =
      resolve_host(parts_->draft, *parts_->files, parts_->beside, parts_->problems, parts_->draft.add_host(name, {}));
  if (const auto fine = told(); !fine) return Unexpected(fine.error());
  return host;
}

std::vector<Group> Growth::groups() const {
  std::vector<Group> groups;
  for (const DraftGroup& draft : parts_->draft.groups()) {
    Group& group = groups.emplace_back(Group{draft.name, {}, {}, Value::object()});
    for (const Index host : draft.hosts) group.hosts.push_back(parts_->draft.hosts()[host].name);
    for (const Index child : draft.children) group.children.push_back(parts_->draft.groups()[child].name);
  }
  return groups;
}

}  // namespace cef::inventory
