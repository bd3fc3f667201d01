// A real OpenSSH server on loopback, for the user who runs the tests.
#pragma once

#include "child.hpp"
#include "proc.hpp"
#include "temp_dir.hpp"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace cef::testing {

struct SshdOptions {
  std::vector<std::string> addresses{"127.0.0.1"};     // or `everywhere`
  std::vector<std::string> host_keys{"ed25519-host"};  // names for key_file()
  std::vector<std::string> user_keys{"ed25519"};       // those that may log in
  std::vector<std::string> config{};                   // lines that stand before, and so above, the usual ones
  std::uint16_t port = 0;                              // chosen free
  std::vector<std::string> environment{};              // NAME=value of every session
  std::vector<std::string> wrapper{};                  // command that runs the server: its words and then the server's
};

/// Every address of 127.0.0.0/8 and no other: the server is bound to the loopback device.
inline const std::vector<std::string> everywhere{"0.0.0.0 rdomain lo"};

class Sshd {
 public:
  /// Starts it and waits until it listens. Throws with the server's own words when it does not.
  explicit Sshd(SshdOptions options = {});
  /// Ends it, and every process of its sessions.
  ~Sshd();

  std::uint16_t port() const { return port_; }
  pid_t pid() const { return child_->pid(); }
  /// The home of the sessions: for a .bashrc, a program in bin/, which comes first in PATH, or .ssh/authorized_keys,
  /// whose keys may log in too.
  std::filesystem::path home() const { return folder_ / "home"; }
  /// Known-hosts lines for `address` at this server's port.
  std::string known_hosts(const std::string& address = "127.0.0.1") const;

  std::string log() const;
  /// Lines of the log that hold `text`.
  std::size_t count(const std::string& text) const;
  std::size_t connections() const { return count("Connection from "); }
  std::size_t logins() const { return count("Accepted publickey for "); }
  /// Commands that were started.
  std::size_t execs() const { return count("Starting session: command"); }

  /// Processes of the sessions that run now: shells, and what they started.
  std::vector<ProcessEntry> session_processes() const;
  /// Kills every session, as a server that dies does; the listener stays.
  void kill_sessions() const;
  /// Stops every session where it is, as a machine out of memory does: the kernel goes on acknowledging packets.
  void hang_sessions() const;

 private:
  void configure(const SshdOptions& options);
  bool start();
  void signal_sessions(int number) const;

  TempDir folder_;
  SshdOptions options_;
  std::string mark_;  // in the environment of every session
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> child_;
};

/// The user whom tests log in as: their own.
std::string login_user();
/// A port that was free on `address` a moment ago.
std::uint16_t free_port(const std::string& address = "127.0.0.1");

/// A program of its own for the hosts of `server`, first in their PATH: `script` is sh without its first line.
void put_program(const Sshd& server, const std::string& name, const std::string& script);

}  // namespace cef::testing
