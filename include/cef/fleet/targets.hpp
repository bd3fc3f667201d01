// Where each host is and how to log in to it: the run's settings, the host's variables, ssh's configuration and the
// defaults laid over one another, and the jump hosts on the way.
#pragma once

#include <cef/core/warn.hpp>
#include <cef/fleet/login.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/inventory/ssh_config.hpp>
#include <cef/transport/session.hpp>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::fleet {

class Targets {
 public:
  /// Reads ssh's configuration. `inventory` and `login` are used until this goes.
  /// Errors: invalid_config, all findings in one message.
  static Result<Targets> make(const inventory::Inventory& inventory, const Login& login, Warn warn);

  struct Route {
    transport::Target target;  // its password, and those of its jump hosts, as the inventory has them
    Milliseconds connect_timeout{0};
  };
  /// Errors: invalid_inventory (jump hosts that lead in a circle, or are not [user@]host[:port]), invalid_config.
  Result<Route> to(const inventory::Host& host);

 private:
  struct Hop {
    std::string user, host;
    std::optional<std::uint16_t> port;
  };
  using Trail = std::vector<std::string>;  // the jump hosts that led here

  Targets(const inventory::Inventory& inventory, const Login& login, Warn warn)
      : inventory_(inventory), login_(login), warn_(std::move(warn)), self_(current_user()) {}

  Result<Route> resolve(const std::string& name, const inventory::Settings& own, inventory::SshSettings ssh) const;
  Result<std::vector<transport::Target>> hops(const std::string& jump, Trail trail);
  Result<std::vector<transport::Target>> jumps_of(const inventory::Settings& own, const inventory::SshSettings& ssh,
                                                  const Trail& trail);
  static std::optional<Hop> parse(std::string_view text);

  const inventory::Inventory& inventory_;
  const Login& login_;
  Warn warn_;
  inventory::SshConfig config_;
  std::string self_;
  std::set<std::string> warned_;
  std::map<std::string, Result<std::vector<transport::Target>>> known_hops_;  // by a host's `jump`
};

}  // namespace cef::fleet
