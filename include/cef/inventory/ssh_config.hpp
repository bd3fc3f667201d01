// OpenSSH's client configuration, read once per run: what it says of a host fills what the inventory leaves open.
// Source: ssh_config(5). Understood are Host, Match, Include and the keywords of SshSettings; ssh's others
// mean nothing here, and are passed over. One that ssh does not know either is the fault of the hosts it concerns where
// it looks like one that it does know, and else a warning; IgnoreUnknown counts. For a host to which something applies
// that cannot be worked out here (CanonicalizeHostname, criteria of Match that are newer), `ssh -G` is asked.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/result.hpp>
#include <cef/inventory/load.hpp>
#include <cef/inventory/ssh_options.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
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
  std::optional<std::string> host_key_alias;                                // HostKeyAlias
  std::vector<std::string> certificates;                                    // CertificateFile
  std::optional<std::string> agent;  // IdentityAgent, as written: a path, `none`, SSH_AUTH_SOCK, `$NAME`
  std::optional<bool> canonicalize;  // CanonicalizeHostname
  SshOptions options;
  std::string wrong;                               // `file:line: ...`: a line that concerns the host and cannot be used
  std::map<std::string_view, std::string> places;  // `file:line` that decided, by keyword in small letters
};

/// What the tokens of a path stand for.
struct SshTokens {
  std::string host;      // %h: after HostName
  std::string original;  // %n: as it was asked for
  std::uint16_t port = 22;
  std::string remote_user, local_user;  // %r, %u
  std::string alias{};                  // %k: HostKeyAlias; empty: `original`
};

/// `text` with `~`, `%h` and `${NAME}` replaced, as ssh does in paths.
/// Errors: invalid_config, for an unknown token or a variable that is not set.
Result<std::string> expand_tokens(std::string_view text, const SshTokens& tokens);

/// The tokens alone, as in a ProxyJump. Errors: as above.
Result<std::string> replace_tokens(std::string_view text, const SshTokens& tokens);

/// The socket that an IdentityAgent stands for; empty for none at all. Errors: those of expand_tokens().
Result<std::string> agent_socket(std::string_view text, const SshTokens& tokens);

class SshConfig {
 public:
  /// ~/.ssh/config, then /etc/ssh/ssh_config; either may be missing. Errors: a file that cannot be read, or that others
  /// could write to. What is wrong with a line is the fault of the hosts it concerns: SshSettings::wrong.
  static Result<SshConfig, std::vector<Diagnostic>> load();
  /// This file alone, as `ssh -F` does.
  static Result<SshConfig, std::vector<Diagnostic>> load(const std::filesystem::path& file);

  /// `host` and `user` as one would give them to ssh. For each keyword the first value counts; identity files and
  /// certificates add up. Runs the commands of `Match exec` that concern the host, each once.
  SshSettings of(std::string_view host, const std::optional<std::string>& user = std::nullopt) const;
  const std::vector<Diagnostic>& warnings() const { return warnings_; }

 private:
  friend class SshConfigReader;
  friend class SshLookup;

  struct Pattern {
    std::string text;
    bool negated = false;
  };
  // Of a Match line; `word` in small letters, empty for one that only ssh knows.
  struct Criterion {
    std::string word, argument;
    bool negated = false;
  };
  // When lines count: those under a Host or a Match line, within the block that includes their file.
  struct Condition {
    std::optional<std::size_t> parent;
    std::vector<Pattern> patterns;    // of Host; none: always
    std::vector<Criterion> criteria;  // of Match
    std::size_t first_line = 0;       // what the lines before that say is known when this is judged
  };
  struct Line {
    std::size_t condition;
    std::string_view keyword;
    std::string place;  // `file:line`
    SshSettings says;   // one of them, or what is wrong
  };

  std::vector<Condition> conditions_;
  std::vector<Line> lines_;
  std::vector<Diagnostic> warnings_;
  std::filesystem::path file_;                    // when it was named
  mutable std::map<std::string, bool> commands_;  // of `Match exec`, that have been run
};

}  // namespace cef::inventory
