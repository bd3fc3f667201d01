// cef ping: what it prints and how it exits, on real servers.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cef::testing;

TEST_CASE("ping tells the time of each stage", "[e2e][ping]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  const auto result = fleet.cef({"ping", "group=fleet", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto& document = result.document;
  CHECK(document.at("schema") == "cef/1");
  CHECK(document.at("verb") == "ping");
  CHECK(document.at("run").is_string());
  CHECK(document.at("started").is_string());
  CHECK(document.at("duration_ms").is_number());
  const nlohmann::json summary{{"hosts", 2},  {"ok", 2},          {"changed", 0},
                               {"failed", 0}, {"unreachable", 0}, {"skipped", 0}};
  CHECK(document.at("summary") == summary);
  REQUIRE(document.at("results").size() == 2);
  const auto& first = document["results"][0];
  CHECK(first.at("host") == "n1");
  CHECK(first.at("groups") == nlohmann::json{"fleet"});
  CHECK(first.at("status") == "ok");
  CHECK(first.at("attempts") == 1);
  const auto& data = first.at("data");
  CHECK(data.at("address") == "127.0.0.1");
  CHECK(data.at("port") == server.port());
  CHECK(data.at("server").get<std::string>().find("OpenSSH") != std::string::npos);
  double sum = 0;
  for (const auto* stage : {"connect_ms", "handshake_ms", "auth_ms", "exec_ms"}) {
    INFO(stage);
    CHECK(data.at(stage).get<double>() > 0);
    sum += data.at(stage).get<double>();
  }
  CHECK(data.at("total_ms").get<double>() >= sum * 0.99);
  CHECK(server.connections() == 2);
  CHECK(server.logins() == 2);
}

TEST_CASE("ping prints a table on a pipe, and its summary on standard error", "[e2e][ping]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  const auto result = fleet.cef({"ping", "group=fleet"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("n1") != std::string::npos);
  CHECK(result.out.find("n2") != std::string::npos);
  CHECK(result.out.find('\x1b') == std::string::npos);
  CHECK(result.out.find("hosts") == std::string::npos);
  CHECK(result.err.starts_with("2 hosts: 2 ok in "));
  CHECK(std::ranges::count(result.err, '\n') == 1);
}

TEST_CASE("the exit code tells what kind of trouble there was", "[e2e][ping]") {
  const Sshd server;
  const RefusedPort refused;
  Fleet fleet;
  fleet.add("good", server, {.group = "up"});
  fleet.add({.name = "gone", .port = refused.port(), .group = "down"});
  struct Case {
    std::vector<std::string> arguments;
    int exit_code;
  };
  const auto c = GENERATE(values<Case>({
      {{"ping", "group=up"}, 0},
      {{"exec", "group=up", "--", "false"}, 2},
      {{"ping", "group=upp"}, 3},
      {{"ping", "host=nobody"}, 3},
      {{"ping", "tag=none"}, 3},
      {{"ping", "group=all"}, 4},
      {{"ping", "group=down"}, 4},
      {{"ping"}, 5},
      {{"ping", "group=up", "--no-such-option"}, 5},
      {{"pingg", "group=up"}, 5},
      {{"ping", "group=up", "--format", "xml"}, 5},
      {{"ping", "group=up", "-i", "/nowhere/inventory.yml"}, 5},
      {{"exec", "group=up"}, 5},
      {{"exec", "group=all", "--", "false"}, 6},
  }));
  std::string name;
  for (const auto& word : c.arguments) name += word + ' ';
  DYNAMIC_SECTION(name) {
    const auto result = fleet.cef(c.arguments);
    INFO(result.told());
    CHECK(result.exit_code == c.exit_code);
    if (c.exit_code == 3 || c.exit_code == 5) {
      CHECK(result.out.empty());
      CHECK_FALSE(result.err.empty());
      CHECK(server.connections() == 0);
    }
  }
}

TEST_CASE("a run without a selector names the groups", "[e2e][ping]") {
  Fleet fleet;
  fleet.add({.name = "a", .group = "rpi"});
  fleet.add({.name = "b", .group = "server"});
  const auto result = fleet.cef({"ping"});
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK(result.err.find("rpi") != std::string::npos);
  CHECK(result.err.find("server") != std::string::npos);
}

TEST_CASE("words that have no meaning are usage errors, and nothing is sent", "[e2e][ping]") {
  struct Case {
    std::vector<std::string> arguments;
    const char* says;
  };
  const auto c = GENERATE(values<Case>({
      {{"--", "rm", "x"}, "ping takes no command after --"},
      {{"--progress", "zz"}, "--progress: 'zz' is not auto, always, never or json"},
      {{"--user", ""}, "--user: it is empty"},
      {{"--key-file", ""}, "--key-file: it is empty"},
      {{"--known-hosts", ""}, "--known-hosts: it is empty"},
      {{"--timeout", "2600000h"}, "--timeout: '2600000h' is not a duration"},
  }));
  DYNAMIC_SECTION(c.says) {
    const Sshd server;
    Fleet fleet;
    fleet.add("n1", server);
    std::vector<std::string> words{"ping", "group=fleet"};
    words.insert(words.end(), c.arguments.begin(), c.arguments.end());
    const auto result = fleet.cef(words);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK(result.err.find(c.says) != std::string::npos);
    CHECK(server.connections() == 0);
  }
}

TEST_CASE("a verb is found after short options in one word", "[e2e][ping]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"-qf", "5", "ping", "group=fleet"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
}

TEST_CASE("a mistyped group names the one that is near", "[e2e][ping]") {
  Fleet fleet;
  fleet.add({.name = "a", .group = "rpi"});
  const auto result = fleet.cef({"ping", "group=rip"});
  INFO(result.told());
  CHECK(result.exit_code == 3);
  CHECK(result.err.find("'rip'") != std::string::npos);
  CHECK(result.err.find("did you mean 'rpi'?") != std::string::npos);
}

TEST_CASE("a mistake in the inventory is told with its place, and nothing is sent", "[e2e][ping]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add({.name = "n[3-1]"});
  const auto result = fleet.cef({"ping", "group=fleet"});
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK(result.err.find("inventory.yml:") != std::string::npos);
  CHECK(server.connections() == 0);
}

TEST_CASE("a full disk under standard output is an error of cef's own", "[e2e][ping]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result =
      run({"sh", "-c", "exec \"$0\" ping group=fleet >/dev/full", CEF_PROGRAM}, {.env = fleet.environment()});
  INFO(result.err);
  CHECK(result.exit_code == 1);
  CHECK_FALSE(result.err.empty());
  const auto version = run({"sh", "-c", "exec \"$0\" --version >/dev/full", CEF_PROGRAM}, {.env = fleet.environment()});
  CHECK(version.exit_code == 1);
}

TEST_CASE("a reader that goes away ends cef quietly", "[e2e][ping]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = run({"sh", "-c", "\"$0\" ping group=fleet | true", CEF_PROGRAM}, {.env = fleet.environment()});
  INFO(result.err);
  CHECK(result.exit_code == 0);
  CHECK(result.err.find("bug") == std::string::npos);
  CHECK(result.err.find("terminate") == std::string::npos);
}
