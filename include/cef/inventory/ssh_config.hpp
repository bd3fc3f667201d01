// OpenSSH's client configuration, read once per run: what it says of a host fills what the inventory leaves open.
// Source: ssh_config(5). Understood are Host, Include, `Match all` and the keywords of SshSettings; keywords that mean
// nothing here are passed over.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/result.hpp>
#include <cef/inventory/load.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

/// What is said of one host. What is absent was not set. Paths are as written: see expand_tokens().
struct SshSettings {
  std::optional<std::string> address;  // HostName
  std::optional<std::uint16_t> port;
  std::optional<std::string> user;
  std::vector<std::string> key_files;   // IdentityFile
  std::optional<bool> identities_only;  // IdentitiesOnly
  std::optional<std::string> jump;      // ProxyJump: hops separated by commas, empty for `none`
  std::optional<std::string> proxy;     // ProxyCommand as written, in place of a jump: see proxy_command.hpp
  std::optional<std::vector<std::string>> known_hosts, global_known_hosts;  // UserKnownHostsFile, GlobalKnownHostsFile
  std::optional<HostKeyPolicy> host_key;                                    // StrictHostKeyChecking
  std::optional<Milliseconds> connect_timeout;                              // ConnectTimeout
};

/// What the tokens of a path stand for.
struct SshTokens {
  std::string host;      // %h: after HostName
  std::string original;  // %n: as it was asked for
  std::uint16_t port = 22;
  std::string remote_user, local_user;  // %r, %u
};

/// `text` with `~`, `%h` and `${NAME}` replaced, as ssh does in paths.
/// Errors: invalid_config, for an unknown token or a variable that is not set.
Result<std::string> expand_tokens(std::string_view text, const SshTokens& tokens);

class SshConfig {
 public:
  /// ~/.ssh/config, then /etc/ssh/ssh_config; either may be missing. Never stops at the first error.
  static Result<SshConfig, std::vector<Diagnostic>> load();
  /// This file alone, as `ssh -F` does.
  static Result<SshConfig, std::vector<Diagnostic>> load(const std::filesystem::path& file);

  /// `host` as one would give it to ssh. For each keyword the first value counts; identity files add up.
  SshSettings of(std::string_view host) const;
  const std::vector<Diagnostic>& warnings() const { return warnings_; }

 private:
  friend class SshConfigReader;

  struct Pattern {
    std::string text;
    bool negated = false;
  };
  // When lines count: those under a Host line, within the block that includes their file.
  struct Condition {
    std::optional<std::size_t> parent;
    bool never = false;
    std::vector<Pattern> patterns;  // none: always
  };
  struct Line {
    std::size_t condition;
    SshSettings says;  // one of them
  };

  static bool holds(const Condition& condition, const std::string& host);

  std::vector<Condition> conditions_;
  std::vector<Line> lines_;
  std::vector<Diagnostic> warnings_;
};

}  // namespace cef::inventory
