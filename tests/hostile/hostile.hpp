// Hosts of a simulator that do what the test says, and cef run on them within bounds.
#pragma once

#include "fleet.hpp"
#include "simulator.hpp"

#include <catch2/catch.hpp>

#include <map>
#include <string>
#include <vector>

namespace cef::testing {

/// KiB of address space that cef may take: no more than a run of ten thousand well-meaning hosts needs. Sanitizers map
/// more than any machine has; under them a run's resident memory alone is looked at.
inline constexpr long most_kib = 600'000, most_resident_kib = sanitized ? 1'500'000 : 400'000;

/// `cef` under these limits. It has to end by itself.
inline CefResult run_bounded(std::vector<std::string> words, RunOptions options) {
  if (!sanitized) {
    const std::string limited = "ulimit -v " + std::to_string(most_kib) + "; exec \"$@\"";
    words.insert(words.begin(), {"sh", "-c", limited, "sh"});
  }
  auto result = read_result(run(words, std::move(options)));
  CHECK_FALSE(result.timed_out);
  CHECK(result.max_rss_kib < most_resident_kib);
  return result;
}

class Hostile {
 public:
  explicit Hostile(const std::vector<std::string>& rules) : simulator(rules) { fleet.know(simulator.known_hosts()); }

  void add(const std::string& name, const std::string& address, std::map<std::string, std::string> variables = {}) {
    fleet.add({.name = name, .address = address, .port = simulator.port(), .variables = std::move(variables)});
  }
  CefResult cef(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), CEF_PROGRAM);
    return run_bounded(std::move(arguments), {.env = fleet.environment()});
  }

  Simulator simulator;
  Fleet fleet;
};

}  // namespace cef::testing
