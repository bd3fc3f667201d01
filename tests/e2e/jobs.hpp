// For tests of work that goes on by itself on its host.
#pragma once

#include "fleet.hpp"
#include "proc.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <unistd.h>
#include <utility>
#include <vector>

namespace cef::testing {

inline std::string unusual_sleep() {
  static int last = 0;
  return fmt::format("sleep {}.{}", 90'000 + ++last, ::getpid());
}
/// A server with a /var/tmp of its own. Takes mounts.
inline SshdOptions with_own_var_tmp(const std::string& mount_options = "") {
  SshdOptions options;
  options.wrapper = {"unshare", "-m", "sh", "-c", "mount -t tmpfs " + mount_options + " none /var/tmp && exec \"$@\"",
                     "test"};
  return options;
}
inline bool is_running(const std::string& command) { return !processes_with(command).empty(); }

/// A host of its own sshd, and what cef says of its jobs.
struct JobHost {
  Sshd server;
  Fleet fleet;

  explicit JobHost(SshdOptions options = {}) : server(std::move(options)) { fleet.add("n1", server); }
  CefResult jobs(std::vector<std::string> words) const {
    words.insert(words.begin(), "jobs");
    words.insert(words.end(), {"host=n1", "--format", "json"});
    return fleet.cef(words);
  }
  std::string start(const std::string& command, std::vector<std::string> options = {}) const {
    std::vector<std::string> words{"exec", "host=n1", "--detach", "--format", "json"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", command});
    const auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    REQUIRE(result.exit_code == 0);
    return result["n1"]["data"]["job"].get<std::string>();
  }
  // The job as `cef jobs list` has it, or null.
  nlohmann::json entry(const std::string& id) const {
    const auto listed = jobs({"list"})["n1"];
    for (const auto& job : listed["data"]["jobs"])
      if (job["id"] == id) return job;
    return nullptr;
  }
  std::string state(const std::string& id) const {
    const auto job = entry(id);
    return job.is_null() ? "none" : job["state"].get<std::string>();
  }
  // An attached cef that has shown the word `begun`.
  std::unique_ptr<Process> attach(const std::string& id, std::vector<std::string> options = {}) const {
    std::vector<std::string> words{"jobs", "attach", id, "host=n1"};
    words.insert(words.end(), options.begin(), options.end());
    auto process = fleet.start(words);
    REQUIRE(process->wait_for_output("begun"));
    return process;
  }
  std::string until_go() const { return "echo begun; until [ -e ~/go ]; do sleep 0.05; done; echo done; exit 4"; }
  void go() const { write_file(server.home() / "go", ""); }
};

}  // namespace cef::testing
