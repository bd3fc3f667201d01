// The two outputs of ansible-inventory that other programs and people's eyes are used to.

#include <cef/inventory/inventory.hpp>

#include <fmt/format.h>

#include <functional>
#include <map>

namespace cef::inventory {

namespace {

// Ansible's own variables, which it never lists.
constexpr std::string_view hidden[] = {"ansible_diff_mode",
                                       "ansible_config_file",
                                       "ansible_facts",
                                       "ansible_forks",
                                       "ansible_inventory_sources",
                                       "ansible_limit",
                                       "ansible_playbook_python",
                                       "ansible_run_tags",
                                       "ansible_skip_tags",
                                       "ansible_verbosity",
                                       "ansible_version",
                                       "inventory_dir",
                                       "inventory_file",
                                       "inventory_hostname",
                                       "inventory_hostname_short",
                                       "groups",
                                       "group_names",
                                       "omit",
                                       "playbook_dir"};

bool is_hidden(std::string_view name) {
  for (const std::string_view one : hidden)
    if (one == name) return true;
  return false;
}

Value to_object(std::map<std::string, Value>&& entries) {
  Value object = Value::object();
  auto& pairs = object.get_ref<Value::object_t&>();
  pairs.reserve(entries.size());
  for (auto& [key, value] : entries) pairs.emplace_back(key, std::move(value));
  return object;
}

// Keys in alphabetical order, all the way down.
Value sorted(const Value& value) {
  if (value.is_array()) {
    Value list = Value::array();
    for (const Value& item : value) list.push_back(sorted(item));
    return list;
  }
  if (!value.is_object()) return value;
  std::map<std::string, Value> entries;
  for (const auto& [key, item] : value.items()) entries.emplace(key, sorted(item));
  return to_object(std::move(entries));
}

void draw(const Inventory& inventory, const Group& group, std::size_t depth, std::string& lines) {
  const auto line = [&](std::size_t level, std::string_view text) {
    for (std::size_t i = 0; i < level; ++i) lines += "  |";
    lines += fmt::format("{}{}\n", level ? "--" : "", text);
  };
  line(depth, fmt::format("@{}:", group.name));
  for (const std::string& child : group.children) draw(inventory, *inventory.group(child), depth + 1, lines);
  if (group.name == "all") return;
  for (const std::string& host : group.hosts) line(depth + 1, host);
}

}  // namespace

Value list_json(const Inventory& inventory) {
  std::map<std::string, Value> entries;
  for (const Group& group : inventory.groups()) {
    Value entry = Value::object();
    if (!group.children.empty()) entry["children"] = group.children;
    if (group.name != "all" && !group.hosts.empty()) entry["hosts"] = group.hosts;
    if (!entry.empty()) entries[group.name] = std::move(entry);
  }
  std::map<std::string, Value> hostvars;
  for (const Host& host : inventory.hosts()) {
    std::map<std::string, Value> vars;
    for (const auto& [name, value] : host.vars.items())
      if (!is_hidden(name)) vars.emplace(name, sorted(value));
    if (!vars.empty()) hostvars.emplace(host.name, to_object(std::move(vars)));
  }
  entries["_meta"] = Value{{"hostvars", to_object(std::move(hostvars))}};
  return to_object(std::move(entries));
}

std::string graph(const Inventory& inventory, std::string_view root) {
  std::string lines;
  if (const Group* group = inventory.group(root)) draw(inventory, *group, 0, lines);
  return lines;
}

}  // namespace cef::inventory
