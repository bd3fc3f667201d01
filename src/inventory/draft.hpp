// The inventory while it is being loaded: groups, hosts and their variables as the files give them, before precedence.
// The rules for what belongs where are Ansible's.
#pragma once

#include "keywords.hpp"

#include <cef/inventory/inventory.hpp>
#include <cef/yaml/problems.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace cef::inventory {

using yaml::Place;
using yaml::Problems;

struct Variable {
  std::string name;
  Value value;
  Place place;
  const Keyword* keyword = nullptr;
  bool implied = false;  // nobody wrote it as a variable: the port of `name:22`
};

/// Variables of one group, host or file, in the order they were first set.
class Variables {
 public:
  void set(std::string name, Value value, Place place, bool implied = false);
  const Variable* find(std::string_view name) const;
  bool empty() const { return all_.empty(); }
  auto begin() const { return all_.begin(); }
  auto end() const { return all_.end(); }

 private:
  std::vector<Variable> all_;
};

using Index = std::size_t;  // into Draft::groups or Draft::hosts

struct DraftHost {
  std::string name;
  Place place;
  Variables vars;
  std::vector<Index> groups;  // direct ones
};

struct DraftGroup {
  std::string name;
  Variables vars;
  std::vector<Index> hosts, children, parents;  // direct ones
  std::int64_t priority = 1;
  std::size_t depth = 0;  // the longest way down from `all`; set by reconcile()
};

class Draft {
 public:
  static constexpr Index all = 0, ungrouped = 1;

  enum class Keeps { everything, names };  // names: of hosts' variables, the loaders may leave those that make none

  explicit Draft(Problems& problems, Keeps keeps = Keeps::everything);

  Keeps keeps() const { return keeps_; }

  const std::vector<DraftHost>& hosts() const { return hosts_; }
  const std::vector<DraftGroup>& groups() const { return groups_; }
  std::optional<Index> find_group(std::string_view name) const;

  Index add_group(const std::string& name);
  Index add_host(const std::string& name, Place place);
  void add_member(Index group, Index host);
  /// A loop is reported at `place` and not made.
  void add_child(Index parent, Index child, Place place);

  void set_group_variable(Index group, std::string name, Value value, Place place);
  void set_host_variable(Index host, std::string name, Value value, Place place);

  /// Hosts of the pattern (`web[1:3]:2222`) with `vars`, in which ranges advance with the pattern's.
  void add_hosts(const std::string& pattern, Index group, const Variables& vars, Place place);

  /// After the last file: every group hangs below `all`, hosts without a group are in `ungrouped`.
  void reconcile();

 private:
  bool is_below(Index group, Index ancestor) const;
  void find_depths();

  Problems& problems_;
  Keeps keeps_;
  std::vector<DraftHost> hosts_;
  std::vector<DraftGroup> groups_;
  std::unordered_map<std::string, Index> host_index_, group_index_;
};

}  // namespace cef::inventory
