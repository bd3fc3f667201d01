// The demo fleet comes up, is repaired, and goes away without a trace.
#include "fleet.hpp"
#include "proc.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <sstream>

using namespace cef::testing;

namespace {

RunResult script(const char* name, const TempDir& folder) {
  return run({std::string(CEF_SOURCE) + "/scripts/fleet/" + name, folder.path().string()});
}

CefResult run_cef(const std::vector<std::string>& arguments, const TempDir& folder) {
  std::vector<std::string> command{CEF_PROGRAM};
  command.insert(command.end(), arguments.begin(), arguments.end());
  return read_result(run(command, {.env = {{"HOME", folder.path().string()},
                                           {"CEF_INVENTORY", (folder / "inventory.yml").string()},
                                           {"CEF_KNOWN_HOSTS", (folder / "known_hosts").string()}}}));
}

}  // namespace

TEST_CASE("the demo fleet starts, answers, is repaired and leaves nothing behind", "[e2e][demo]") {
  const TempDir folder;
  const auto started = script("start", folder);
  INFO(started.err);
  REQUIRE(started.exit_code == 0);
  const auto ping = run_cef({"ping", "group=all", "--format", "json"}, folder);
  INFO(ping.told());
  CHECK(ping.exit_code == 0);
  CHECK(ping.err.empty());
  CHECK(ping.document["summary"]["ok"] == 10);

  pid_t pid = 0;
  std::istringstream(read_file(folder.path() / "nodes" / "rpi6403" / "pid")) >> pid;
  for (const auto process : tree_of(pid)) kill(process, SIGKILL);
  CHECK(run_cef({"ping", "host=rpi6403", "--format", "json"}, folder).code("rpi6403") == "connect_refused");
  CHECK(script("start", folder).exit_code == 0);
  CHECK(run_cef({"ping", "host=rpi6403"}, folder).exit_code == 0);

  for (int i = 0; i < 2; ++i) CHECK(script("stop", folder).exit_code == 0);
  CHECK(eventually([&] { return processes_with(folder.path().string()).empty(); }));
  CHECK(read_file("/proc/self/mounts").find(folder.path().string()) == std::string::npos);
}
