// The demo fleet comes up, is repaired, and goes away without a trace.
#include "fleet.hpp"
#include "proc.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>
#include <map>
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

  // Every probe in one login and one command, as each host's sshd counts them; p01 has a card without its software.
  const auto counted = [&](const std::string& host, const std::string& text) {
    const std::string log = read_file(folder.path() / "nodes" / host / "log");
    int times = 0;
    for (auto at = log.find(text); at != std::string::npos; at = log.find(text, at + 1)) ++times;
    return times;
  };
  std::map<std::string, std::pair<int, int>> before;
  for (const auto& host : ping.document["results"]) {
    const std::string name = host["host"];
    before[name] = {counted(name, "Accepted publickey"), counted(name, "Starting session")};
  }
  const auto snapshot = run_cef({"snapshot", "group=all", "--format", "json"}, folder);
  INFO(snapshot.told());
  CHECK(snapshot.document["summary"]["ok"] == 10);
  CHECK(snapshot["p01"]["data"]["gpu"]["error"]["code"] == "gpu_software_missing");
  CHECK(snapshot["w01"]["data"]["gpu"]["gpus"].size() == 2);
  CHECK(snapshot["rpi6401"]["data"]["gpu"].is_null());
  REQUIRE(before.size() == 10);
  for (const auto& [name, counts] : before) {
    INFO(name);
    CHECK(counted(name, "Accepted publickey") == counts.first + 1);
    CHECK(counted(name, "Starting session") == counts.second + 1);
  }

  pid_t pid = 0;
  std::istringstream(read_file(folder.path() / "nodes" / "rpi6403" / "pid")) >> pid;
  for (const auto process : tree_of(pid)) kill(process, SIGKILL);
  CHECK(run_cef({"ping", "host=rpi6403", "--format", "json"}, folder).code("rpi6403") == "connect_refused");
  CHECK(script("start", folder).exit_code == 0);
  CHECK(run_cef({"ping", "host=rpi6403"}, folder).exit_code == 0);

  // As a start leaves it that failed before its end: the nodes run, and nobody was told where they are.
  std::filesystem::remove(folder / "inventory.yml");
  CHECK(script("start", folder).exit_code == 0);
  CHECK(run_cef({"ping", "group=all"}, folder).exit_code == 0);

  for (int i = 0; i < 2; ++i) CHECK(script("stop", folder).exit_code == 0);
  CHECK(eventually([&] { return processes_with(folder.path().string()).empty(); }));
  CHECK(read_file("/proc/self/mounts").find(folder.path().string()) == std::string::npos);
}
