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
};

}  // namespace cef::testing
