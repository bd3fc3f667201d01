// Where each host is and how to log in to it: options, the host's variables, ssh's configuration and the defaults laid
// over one another, and the jump hosts on the way.
#pragma once

#include "options/options.hpp"

#include <cef/inventory/inventory.hpp>
#include <cef/inventory/ssh_config.hpp>
#include <cef/transport/session.hpp>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli {

using Warn = std::function<void(std::string_view)>;

class Targets {
 public:
  /// Reads ssh's configuration, and the options that concern logging in. `inventory` is used until this goes.
  /// Errors: usage, for an option value that does not parse; invalid_config, all findings in one message.
  static Result<Targets> make(const inventory::Inventory& inventory, const Options& options, Warn warn);

  /// For logins that no key is enough for. `forced`: even where the inventory has another one.
  void set_password(Secret password, bool forced) {
    password_ = std::move(password);
    password_forced_ = forced;
  }

  struct Way {
    transport::Target target;
    Milliseconds connect_timeout{0};
  };
  /// Errors: invalid_inventory (jump hosts that lead in a circle, or are not [user@]host[:port]), invalid_config.
  Result<Way> to(const inventory::Host& host);

 private:
  struct Hop {
    std::string user, host;
    std::optional<std::uint16_t> port;
  };
  using Trail = std::vector<std::string>;  // the jump hosts that led here

  Targets(const inventory::Inventory& inventory, const Options& options, Warn warn)
      : inventory_(inventory), options_(options), warn_(std::move(warn)) {}

  Result<Way> lay(const std::string& name, const inventory::Settings& own, inventory::SshSettings ssh);
  std::vector<std::string> files(std::string_view option, const std::vector<std::string>& own,
                                 const std::vector<std::string>& ssh, std::vector<std::string> otherwise) const;
  Result<std::vector<transport::Target>> hops(const std::string& jump, Trail trail);
  Result<std::vector<transport::Target>> jumps_of(const inventory::Settings& own, const inventory::SshSettings& ssh,
                                                  const Trail& trail);
  static std::optional<Hop> parse(std::string_view text);

  const inventory::Inventory& inventory_;
  const Options& options_;
  Warn warn_;
  inventory::SshConfig config_;
  std::string self_;
  std::optional<std::string> user_;
  std::optional<HostKeyPolicy> policy_;
  std::optional<Milliseconds> connect_timeout_;
  Milliseconds keepalive_{0};
  std::optional<Secret> password_;
  bool password_forced_ = false;
  std::set<std::string> warned_;
  std::map<std::string, Result<std::vector<transport::Target>>> known_hops_;  // by a host's `jump`
};

/// The name of the user who runs cef.
std::string current_user();

}  // namespace cef::cli
