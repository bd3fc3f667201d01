// What a run knows: its hosts with all that was registered and set, its groups, and the play that is under way.
#pragma once

#include <cef/inventory/inventory.hpp>
#include <cef/inventory/selector.hpp>
#include <cef/playbook/model.hpp>
#include <cef/playbook/run.hpp>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

class Loader;

/// A value that was made while the run went on: it is not evaluated again, whatever is in it.
struct Known {
  Value value;
  bool templated = false;  // see expr::Variable
};

struct HostState {
  std::string name;
  std::vector<std::string> groups;
  Value inventory_vars = Value::object();         // as written: their texts are templates
  std::map<std::string, Known, std::less<>> set;  // set_fact and register
  Variables included;                             // include_vars
  Variables vars_files;                           // of the play, chosen for this host
  Value facts = Value::object();                  // by their full names: `ansible_distribution`
  bool may_gather = false;                        // facts are gathered when one is used
  bool gathered = false;
  std::set<std::string> roles_done;  // by identity
};

/// Whether it means this machine where no inventory has it.
bool is_local_name(std::string_view name);

class State {
 public:
  /// All are used until this goes.
  State(const inventory::Inventory& inventory, RunOptions options, Loader& loader);

  const RunOptions& options() const { return options_; }
  Loader& loader() const { return loader_; }
  const inventory::Inventory& inventory() const { return inventory_; }

  HostState* host(std::string_view name);
  /// One that was not there is added; the groups too. True: something is new.
  bool add_host(const std::string& name, const std::vector<std::string>& groups, const Value& variables);
  bool add_to_group(HostState& host, const std::string& group);
  /// Localhost is a host although no inventory names it.
  HostState& localhost();

  /// Of the group, those that were added too; in inventory order.
  std::vector<std::string> members(std::string_view group) const;
  bool has_group(std::string_view group) const;
  std::vector<std::string> host_names() const;
  /// As inventory::match_play_hosts, with the hosts and groups that were added.
  Result<inventory::PlayMatch> match(const std::string& pattern) const;

  // The variables of the same names.
  const Value& groups() const;
  Value play_hosts = Value::array(), play_hosts_all = Value::array(), batch = Value::array();
  const Play* play = nullptr;
  Variables prompted;

 private:
  const inventory::Inventory& inventory_;
  RunOptions options_;
  Loader& loader_;
  std::vector<std::unique_ptr<HostState>> hosts_;
  std::map<std::string, HostState*, std::less<>> by_name_;
  std::vector<std::string> group_order_;
  std::map<std::string, std::vector<std::string>, std::less<>> members_;
  mutable std::optional<Value> groups_value_;
  bool made_localhost_ = false, grown_ = false;
};

}  // namespace cef::playbook
