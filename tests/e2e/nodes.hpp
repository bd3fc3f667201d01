// For tests on whole nodes.
#pragma once

#include "fleet.hpp"
#include "node.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace cef::testing {

/// Says loudly that a test did not run.
inline bool left_out() {
  if (nodes_work()) return false;
  WARN("skipped: this machine allows no namespaces");
  return true;
}

inline bool left_out_without_systemd() {
  if (left_out()) return true;
  if (systemd_works()) return false;
  WARN("skipped: no systemd with logind, or no control groups for one");
  return true;
}

/// A node with packages of which there are newer ones, and a fleet of it alone.
struct PackagedHost {
  Network network;
  Node node{network, "n1", "control", true};
  Fleet fleet;

  PackagedHost() { fleet.add(node, network); }
  /// The verb comes first.
  CefResult cef(std::vector<std::string> words) const {
    words.insert(words.begin() + 1, {"host=n1", "--format", "json"});
    return fleet.cef(words);
  }
  /// `1.1 installed`: its version and its state, as dpkg says.
  std::string version(const std::string& package) const {
    return node.shell("dpkg-query -W -f='${Version} ${db:Status-Status}' " + package + " 2>/dev/null || true");
  }
  /// How often dpkg has configured it in this version, since the node was started.
  int configured(const std::string& package, const std::string& version = "1.1") const {
    return std::stoi(node.shell("grep -c ' configure " + package + ":all " + version + " ' /var/log/dpkg.log || true"));
  }
};

}  // namespace cef::testing
