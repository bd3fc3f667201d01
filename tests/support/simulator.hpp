// The SSH server simulator of bench/: every address of 127.0.0.0/8 is a host, which behaves as its address says.
#pragma once

#include "process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace cef::testing {

class Simulator {
 public:
  /// `rules`: addresses and what they do, as in `127.2=mute,exec-delay=1s` (`sshsim --help`). All others are well.
  /// `before`: what its command line begins with, as Network::inside().
  explicit Simulator(const std::vector<std::string>& rules = {}, const std::vector<std::string>& before = {});
  ~Simulator();

  std::uint16_t port() const { return port_; }
  /// For all its hosts.
  const std::string& known_hosts() const { return known_hosts_; }

 private:
  Process process_;
  std::uint16_t port_ = 0;
  std::string known_hosts_;
};

}  // namespace cef::testing
