// One host one is logged in to, and how to get there: what the runner and the verbs see of SSH. There are two of each:
// over SSH (ssh.hpp) and on the controller itself (local.hpp); tests have a third.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/host_key_policy.hpp>
#include <cef/core/result.hpp>
#include <cef/core/secret.hpp>
#include <cef/transport/known_hosts.hpp>

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::transport {

namespace asio = boost::asio;
using Clock = std::chrono::steady_clock;
using Deadline = Clock::time_point;
inline constexpr Deadline no_deadline = Deadline::max();

/// After so long a silence of a host that runs a command it is asked whether it is still there.
inline constexpr Milliseconds default_keepalive{15'000};

/// Lists with commas as ssh_config(5) has them: what to offer, or with `+`, `-` or `^` before it what is added to cef's
/// own list, left out of it, or put before it. Empty: cef's own.
struct Algorithms {
  std::string key_exchanges, host_keys, ciphers, macs, public_keys;
  bool operator==(const Algorithms&) const = default;
};

enum class Family { any, ipv4, ipv6 };

/// Where a host is and how to log in to it.
struct Target {
  std::string name;     // inventory name, for messages
  std::string address;  // host name or IP address
  std::uint16_t port = 22;
  std::string user;
  std::vector<std::string> key_files;    // paths, tried in order; empty: the user's default keys
  std::vector<std::string> known_hosts;  // paths; new keys go to the first
  HostKeyPolicy host_key = HostKeyPolicy::strict;
  std::vector<std::string> host_key_types;     // only host keys of these types; empty: any, those in known_hosts first
  bool identities_only = false;                // offer key_files alone, not the agent's other keys
  std::optional<Secret> password;              // for the methods password and keyboard-interactive, after all keys
  Milliseconds keepalive = default_keepalive;  // zero: never
  std::vector<Target> jumps;                   // hosts to pass through, the one nearest to the controller first
  std::optional<std::string> proxy_command;    // for a shell: its input and output are the way there, in place of jumps
  std::string host_key_alias{};                // stands in known_hosts for address and port; empty: nothing does
  std::vector<std::string> certificates{};     // paths of user certificates that are not beside their keys
  Algorithms algorithms{};                     // to offer the server
  std::string revoked_host_keys{};             // path of a list of keys that no host may have; empty: none
  Family family = Family::any;                 // of the addresses to connect to
  std::string bind_address{};                  // IP address to connect from; empty: the system's choice
  bool tries_keys = true;                      // false: no public key is offered
  std::optional<std::string> agent{};          // the agent's socket, empty for none; absent: SSH_AUTH_SOCK

  /// What known_hosts has it under.
  const std::string& known_address() const { return host_key_alias.empty() ? address : host_key_alias; }
  std::uint16_t known_port() const { return host_key_alias.empty() ? port : 22; }
  bool operator==(const Target&) const = default;
};

/// How long each stage of a login took, in milliseconds; absent when it was not reached.
struct LoginTimes {
  std::optional<double> resolve_ms, connect_ms, handshake_ms, auth_ms;
  std::string address;  // IP address that was connected to
  std::string server;   // the server's software, from its banner: `OpenSSH_9.2p1 Debian-2+deb12u3`
};

/// What the commands of several hosts may write together.
struct OutputTotal {
  std::size_t limit;     // bytes
  std::size_t used = 0;  // counted as they come; whoever keeps less of them in the end takes the rest off
};
/// A command that wrote no more than this is not ended because others wrote so much.
inline constexpr std::size_t output_share = 65536;

/// Where a command's output goes, and where its input comes from when that is not a text.
struct Streams {
  std::function<void(bool is_stderr, std::string_view bytes)> on_output = nullptr;  // as it comes
  bool keeps_output = true;                         // false: on_output alone gets it, however much it is
  bool limits_output = false;                       // the limits hold for on_output alone, too
  std::size_t output_limit = std::size_t{8} << 20;  // bytes of stdout and stderr together; more ends the command
  std::shared_ptr<OutputTotal> total = nullptr;     // with other commands; null: none
  /// Standard input made while it is sent, in place of Command::input: asked for at most so many bytes when there is
  /// room for them, and after each output. What it returns must stay until the next call. Nothing: not now; nullopt:
  /// the end.
  std::function<std::optional<std::string_view>(std::size_t most)> source = nullptr;
  /// For a source that minds the time: asked after whatever was sent or heard, and again when the time that it returned
  /// has come, upon which the source is asked too. An error gives the command up, and is its result.
  std::function<Result<Deadline>()> tick = nullptr;
};

/// What becomes of a command when the caller gives up or the connection is lost.
enum class Lifetime {
  tied,  // it and all its descendants are ended; costs the host two more processes, and a few more for a source
  free,  // it goes on, without anyone to read its output
};

/// What to run, and how. Every combination works on every session.
struct Command {
  std::string text;                       // for the user's login shell
  std::string input;                      // its standard input; empty: none at all
  std::optional<std::string> become;      // run as this user by sudo
  std::optional<Secret> become_password;  // for sudo, should it ask
  bool become_afresh = false;             // sudo asks even if it has been told the password just before
  /// `text` is the name of one of the server's subsystems instead: free, and of the user who logs in. Not on the
  /// controller itself.
  bool is_subsystem = false;
  Lifetime lifetime = Lifetime::tied;
  Streams streams;
  /// Of a free command: written to its standard input when it is given up while the connection stands; it then has a
  /// moment to end. Empty: nothing.
  std::string parting{};
};

struct ExecResult {
  int status = -1;     // exit status; -1 when a signal ended it
  std::string signal;  // its name without SIG, or empty
  std::string out, err;
  bool sudo_asked = false;  // for the password; always false without `become`
};

class Session {
 public:
  virtual ~Session() = default;
  /// Runs one command and collects its output. A non-zero exit status is a result, not an error. `command` is taken
  /// over, and must stay until the result is there.
  /// Errors: command_timeout when `deadline` passes, connection_lost, output_limit, and the run's reason when it is
  /// stopped; a tied command is ended on the host in each case. With `become` also every code of the stage become,
  /// command_not_found where there is no sudo, and circuit_open; an exit status is then the command's own.
  /// Source: RFC 4254, 6.5 (exec), 6.10 (exit status and signal).
  virtual asio::awaitable<Result<ExecResult>> exec(Command&& command, Deadline deadline) = 0;
  virtual const LoginTimes& times() const = 0;
  /// Whether another command may be tried: false once the connection is known to have ended. Sends nothing.
  virtual bool is_open() { return true; }
  /// The key by which the host proved who it is. Errors: internal for a host that needs none.
  virtual Result<HostKey> host_key() const { return Unexpected(Error{Code::internal, "it has no host key", ""}); }
};

class Executor {
 public:
  virtual ~Executor() = default;
  /// Logs in once. `times` is filled as far as it came, also on failure.
  /// Errors: every code of the stages resolve to auth, and the run's reason when it is stopped.
  virtual asio::awaitable<Result<std::unique_ptr<Session>>> connect(Target target, Deadline deadline,
                                                                    LoginTimes& times) = 0;
};

}  // namespace cef::transport
