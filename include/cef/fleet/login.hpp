// How a run logs in, as its command line, environment and configuration say it for all hosts. What an inventory says of
// one host is laid over it in targets.hpp.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/secret.hpp>
#include <cef/transport/session.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::fleet {

/// One setting of the run. `forced`: it beats what a host's own variables say; else it only fills what they leave open.
template <class T>
struct Setting {
  std::optional<T> value{};
  bool forced = false;

  /// What holds for a host that says `own`; nothing when neither says anything.
  std::optional<T> over(const std::optional<T>& own) const { return (forced && value) || !own ? value : own; }
};

struct Login {
  Setting<std::string> user;
  Setting<std::vector<std::string>> key_files, known_hosts;  // as written, `~` not expanded; empty: not set
  Setting<HostKeyPolicy> host_key;
  Setting<Milliseconds> connect_timeout;
  Milliseconds keepalive = transport::default_keepalive;  // zero: never
  /// ssh's configuration: in place of the user's and the machine's files; an empty path for none at all.
  std::optional<std::filesystem::path> ssh_config;
  Setting<bool> become;
  Setting<std::string> become_user;
};

/// Known later than the rest: nobody is asked for a password while something else is wrong.
struct Passwords {
  Setting<Secret> login, become;
};

/// The name of the user who runs cef.
std::string current_user();

}  // namespace cef::fleet
