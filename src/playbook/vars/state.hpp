// What a run knows: its hosts with all that was registered and set, its groups, and the play that is under way.
#pragma once

#include <cef/inventory/growth.hpp>
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
  bool listed = true;                // in the inventory, or added to it
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
  using Names = std::vector<std::string>;
  /// Hosts and groups that were not there are added; `variables` are the host's in the inventory. True: something is
  /// other than before. Errors: a message.
  Result<bool, std::string> add_host(const std::string& name, const Names& groups, const Value& variables);
  Result<bool, std::string> add_to_group(HostState& host, const std::string& group, const Names& parents);
  /// Localhost is a host although no inventory names it.
  HostState& localhost();
  /// One that no inventory names; its name is its address.
  HostState& stranger(const std::string& name);

  std::vector<std::string> host_names() const;
  /// As inventory::match_play_hosts, with the hosts and groups that were added.
  Result<inventory::PlayMatch> match(const std::string& pattern) const;

  // The variables of the same names.
  const Value& groups() const;
  Value play_hosts = Value::array(), play_hosts_all = Value::array(), batch = Value::array();
  const Play* play = nullptr;
  std::string play_name;
  Variables prompted;

 private:
  const std::vector<inventory::Group>& all_groups() const;
  HostState& make_host(const std::string& name);
  inventory::Growth& growth();
  Result<void, std::string> take_growth(const Names& hosts);

  const inventory::Inventory& inventory_;
  RunOptions options_;
  Loader& loader_;
  std::vector<std::unique_ptr<HostState>> hosts_;
  std::map<std::string, HostState*, std::less<>> by_name_;
  std::shared_ptr<inventory::Growth> growth_;
  bool has_grown_ = false;
  mutable std::optional<std::vector<inventory::Group>> grown_;  // what came of it, once it is asked for
  mutable std::optional<Value> groups_value_;
};

}  // namespace cef::playbook
