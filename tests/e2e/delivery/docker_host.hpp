// Nodes with a real dockerd, for tests of docker on hosts.
#pragma once

#include "nodes.hpp"
#include "process.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

namespace cef::testing {

/// A persona of a server that has docker.io's files, or an apt that gives them: what scripts/fleet/docker makes, once.
/// The persona itself is this process's own. Empty: this machine's own sources cannot be reached.
inline std::string docker_persona(bool has_it) {
  namespace fs = std::filesystem;
  static const TempDir personas;
  const fs::path scripts = fs::path(CEF_SOURCE) / "scripts/fleet", made = fs::path(CEF_TEST_STATE) / "docker";
  const fs::path persona = personas / (has_it ? "with-docker" : "without-docker");
  if (!fs::exists(persona)) {
    fs::create_directories(CEF_TEST_STATE);
    const auto ran =
        run({"flock", std::string(CEF_TEST_STATE) + "/.docker", (scripts / "docker").string(), made.string()},
            {.timeout = 10 * patience});
    if (ran.exit_code != 0) return "";
    fs::copy(scripts / "personas/server", persona, fs::copy_options::recursive);
    write_file(persona / "archive", (made / "archive").string());
    if (has_it) write_file(persona / "layer", (made / "layer").string());
  }
  return fs::relative(persona, scripts / "personas").string();
}

/// Says loudly that a test did not run.
inline bool left_out_without_docker() {
  if (left_out()) return true;
  if (!docker_persona(true).empty()) return false;
  WARN("skipped: Debian's docker.io is not there and cannot be fetched");
  return true;
}

struct DockerHost {
  Network network;
  Node node;
  Fleet fleet;
  TempDir files;

  /// `has_it`: docker's files are there; its daemon does not run yet.
  explicit DockerHost(bool has_it = true) : node(network, "d1", docker_persona(has_it)) { fleet.add(node, network); }

  CefResult cef(std::vector<std::string> words, RunOptions options = {}) const {
    words.insert(std::ranges::find(words, "--"), {"host=d1", "--format", "json"});
    if (options.timeout == RunOptions().timeout) options.timeout = 4 * patience;
    auto result = fleet.cef(words, std::move(options));
    UNSCOPED_INFO(result.told());
    return result;
  }
  CefResult docker(std::vector<std::string> words) const {
    words.insert(words.begin(), "docker");
    return cef(std::move(words));
  }
  void start_daemon() const { start_daemon(node); }
  static void start_daemon(const Node& node) {
    node.shell(
        "service docker start >/dev/null; for i in $(seq 300); do docker version >/dev/null 2>&1 && exit 0; sleep 0.2; "
        "done; "
        "cat /var/log/docker.log >&2; exit 1");
  }
  /// A context here: a static program `smoke` and a Dockerfile of `lines`, with nothing to fetch. The program sleeps
  /// for N seconds by `sleep N`, fails by `fail`, and else says its words.
  std::filesystem::path context(const std::string& name, const std::string& lines) const {
    const auto folder = files / name;
    std::filesystem::create_directories(folder);
    write_file(files / "smoke.c", R"(
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
int main(int n, char** w) {
  for (int i = 0; i < n; ++i) printf("%s%s", i ? " " : "", i ? w[i] : "smoke:");
  puts("");
  fflush(stdout);
  if (n > 2 && !strcmp(w[1], "sleep")) sleep(atoi(w[2]));
  return n > 1 && !strcmp(w[1], "fail");
})");
    const auto built =
        run({"cc", "-static", "-Os", "-s", "-o", (folder / "smoke").string(), (files / "smoke.c").string()});
    REQUIRE(built.exit_code == 0);
    write_file(folder / "Dockerfile", "FROM scratch\nCOPY smoke /smoke\n" + lines);
    return folder;
  }
  CefResult build(const std::filesystem::path& context, const std::string& tag,
                  const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words{"build", "--push-context", context.string(), "--tag", tag};
    words.insert(words.end(), options.begin(), options.end());
    return docker(std::move(words));
  }
  /// How often an image was given that name. Events of the second that is not over yet count, too.
  int tagged(const std::string& tag) const {
    return std::stoi(node.shell(
        "docker events --since 0 --until $(($(date +%s) + 1)) --filter event=tag --filter image=" + tag + " | wc -l"));
  }
};

}  // namespace cef::testing
