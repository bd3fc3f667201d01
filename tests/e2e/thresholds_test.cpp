// cef --assert: values of real hosts held against thresholds, from the command line, a file and the inventory.
#include "fleet.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

TEST_CASE("a value that crosses a threshold is exit code 10, and told", "[e2e][thresholds]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  auto result = fleet.cef({"snapshot", "group=fleet", "--assert", "mem.used_pct>=0", "--assert", "disk.used_pct<=100"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK_FALSE(holds(result.out, "is not"));

  result = fleet.cef({"snapshot", "group=fleet", "--assert", "cpu.threads<1", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 10);
  CHECK(result.document["summary"]["violated"] == 2);
  const auto violations = result["n1"].at("violations");
  CHECK(violations.at(0).at("metric") == "cpu.threads");
  CHECK(violations.at(0).at("value") == result["n1"].at("data").at("cpu").at("threads"));
  CHECK(violations.at(0).at("expected") == "<1");

  result = fleet.cef({"cpu", "group=fleet", "--assert", "threads<1"});
  INFO(result.told());
  CHECK(result.exit_code == 10);
  CHECK(holds(result.out, "\n    cpu.threads "));
  CHECK(holds(result.out, " is not < 1\n"));
  CHECK(holds(result.err, "2 hosts: 2 ok; 2 crossed a threshold in "));

  fleet.add({.name = "gone", .port = free_port()});
  result = fleet.cef({"cpu", "group=fleet", "--assert", "threads<1"});
  CHECK(result.exit_code == 4);
}

TEST_CASE("a mistake in a threshold is told before any host is asked", "[e2e][thresholds]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  write_file(fleet.folder() / "limits", "# comments\n\n  mem.used_pct<=100  # all\ndisk.used_pc<90\n");
  struct Case {
    std::vector<std::string> arguments;
    const char* message;
  };
  const std::vector<Case> cases{
      {{"temp", "host=n1", "--assert", "temp.cpu_celsios<80"}, "did you mean 'temp.cpu_celsius'?"},
      {{"snapshot", "host=n1", "--assert", "temp.cpu_celsius<hot"}, "'hot' is not a number"},
      {{"temp", "host=n1", "--assert", "disk.used_pct<80"}, "there is no metric 'disk.used_pct'"},
      {{"exec", "host=n1", "--assert", "temp.cpu_celsius<80", "--", "true"}, "this verb has none"},
      {{"snapshot", "host=n1", "--assert-file", (fleet.folder() / "limits").string()},
       "/limits:4: there is no metric 'disk.used_pc': did you mean 'disk.used_pct'?"},
      {{"snapshot", "host=n1", "--assert-file", "/nowhere"}, "cannot read /nowhere"},
  };
  for (const Case& c : cases) {
    const auto result = fleet.cef(c.arguments);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK(holds(result.err, c.message));
  }
  fleet.add("n2", server, {.variables = {{"assert", "'mem.used<1'"}}});
  auto result = fleet.cef({"snapshot", "host=n2"});
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK(holds(result.err, "host 'n2': assert: there is no metric 'mem.used'"));
  fleet.add("n3", server, {.variables = {{"cef_assert", "[3]"}}});
  result = fleet.cef({"snapshot", "host=n3"});
  CHECK(result.exit_code == 2);
  CHECK(holds(result.out + result.err, "cef_assert must be a threshold such as"));
  CHECK(server.connections() == 0);
}

TEST_CASE("hosts have thresholds of their own, and the command line's win", "[e2e][thresholds]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("strict", server, {.variables = {{"assert", "['mem.used_pct<0', 'cpu.threads>=1', 'gpu.used_pct<1']"}}});
  fleet.add("plain", server);
  auto result = fleet.cef({"snapshot", "group=fleet", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 10);
  CHECK(result["strict"].at("violations").size() == 1);
  CHECK_FALSE(result["plain"].contains("violations"));
  CHECK(result.err.empty());  // nobody has a GPU, and nobody minds

  // What is of another verb means nothing here.
  CHECK(fleet.cef({"cpu", "group=fleet"}).exit_code == 0);
  CHECK(fleet.cef({"exec", "group=fleet", "--", "true"}).exit_code == 0);
  result = fleet.cef({"snapshot", "group=fleet", "--assert", "mem.used_pct<=100"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
}

TEST_CASE("-q shows hosts that crossed a threshold, and names are those that went well", "[e2e][thresholds]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("bad", server, {.variables = {{"assert", "'mem.used_pct<0'"}}});
  fleet.add("good", server);
  auto result = fleet.cef({"mem", "group=fleet", "-q"});
  INFO(result.told());
  CHECK(result.exit_code == 10);
  CHECK(holds(result.out, "bad "));
  CHECK_FALSE(holds(result.out, "good "));
  result = fleet.cef({"mem", "group=fleet", "--format", "names"});
  CHECK(result.exit_code == 10);
  CHECK(result.out == "bad\ngood\n");
  result = fleet.cef({"mem", "group=fleet", "--format", "names", "-q"});
  CHECK(result.exit_code == 10);
  CHECK(result.out == "bad\n");
}

TEST_CASE("a metric that no host has is warned of, and a probe that failed crosses its threshold",
          "[e2e][thresholds]") {
  const Sshd server;
  std::filesystem::create_directories(server.home() / "bin");
  write_file(server.home() / "bin" / "df", "#!/bin/sh\necho nonsense\n", 0755);
  write_file(server.home() / "bin" / "nvidia-smi", "#!/bin/sh\necho 'No devices were found'; exit 6\n", 0755);
  Fleet fleet;
  fleet.add("n1", server);
  auto result = fleet.cef({"snapshot", "host=n1", "--assert", "gpu.used_pct<90"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(holds(result.err, "cef: warning: no host has gpu.used_pct"));
  result = fleet.cef({"snapshot", "host=n1", "--assert", "disk.used_pct<101", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 10);
  CHECK(result["n1"].at("violations").at(0).at("value").is_null());
  CHECK(result["n1"].at("violations").at(0).at("error") == "unexpected_output");
}
