// Machines of the tests' own, in namespaces: each with its own network link, processes, hostname and root, so that it
// can fall silent, be unplugged and reboot. Takes root; nothing of it touches this machine's network.
#pragma once

#include "child.hpp"
#include "temp_dir.hpp"

#include <memory>
#include <string>
#include <vector>

namespace cef::testing {

/// Whether this machine allows such nodes. Where it does not, a test says so and is left out; with CI set that is an
/// error: what is meant to be tested there would not be.
bool nodes_work();

/// Whether they may have a systemd of their own, too; where not, a test is left out in the same way.
bool systemd_works();

/// The network in which cef runs: no way out, only links to its nodes.
class Network {
 public:
  Network();
  /// What to put before a command to run it here.
  std::vector<std::string> inside() const;
  pid_t pid() const { return holder_->pid(); }
  int next_number() { return ++nodes_; }

 private:
  std::unique_ptr<Child> holder_;
  int nodes_ = 0;
};

class Node {
 public:
  /// What is its pid 1: next to nothing, or this machine's systemd, with logind and sessions of its own.
  enum class Init { plain, systemd };

  /// `persona`: a folder of scripts/fleet/personas. The user is `edge`, who logs in with the key `ed25519`; the host's
  /// key is `ed25519-host`. `packages`: it has those of scripts/fleet/archive in their old versions, and the new ones
  /// to upgrade to.
  Node(Network& network, std::string name, const std::string& persona = "control", bool packages = false,
       Init init = Init::plain);
  ~Node();

  const std::string& name() const { return name_; }
  std::string address() const;
  std::string known_hosts() const;
  /// As this boot's /proc/sys/kernel/random/boot_id shows it.
  std::string boot_id() const;
  std::string log() const { return read_file(folder_ / "log"); }

  /// Drops every answer: packets arrive and none goes back.
  void silence() const;
  /// Takes the node's link down.
  void unplug() const;
  /// Undoes both.
  void restore() const;
  /// Narrows the link in both directions.
  void slow_down(int kbit_per_second) const;
  /// Ends the listener and every session.
  void kill_sshd() const;
  /// Stops the listener and every session where they are, as a machine out of memory does.
  void hang_sshd() const;
  /// Ends everything at once, as a power cut does, and starts it again.
  void power_cycle(Milliseconds down = Milliseconds(300));
  /// Waits until the node has been told to reboot, and starts it again after `down`.
  void come_back(Milliseconds down = Milliseconds(300));
  /// Waits until the node has been told to reboot, and leaves it down: power_cycle() starts it.
  void go_down();
  /// From the next boot on its host key is `ed25519-other-host`.
  void change_host_key() const;
  /// From the next boot on it has another address.
  void move() { number_ = network_.next_number(); }
  /// Runs a shell command as root inside and returns its output. Throws when it fails.
  std::string shell(const std::string& command) const;

 private:
  void start();
  void end();
  void link() const;
  std::string in_node(const std::string& command) const;

  Network& network_;
  std::string name_;
  int number_;
  TempDir folder_;
  std::unique_ptr<Child> child_;
};

}  // namespace cef::testing
