// Upgrades that somebody watches, or stops watching: they go on, and what came of them is told to whoever asks.
#include "nodes.hpp"
#include "pty.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <regex>

using namespace cef::testing;

namespace {

constexpr const char* upgraded_toys[] = {"toy-clock", "toy-kernel", "toy-library", "toy-settings"};

bool half_way(const PackagedHost& host) {
  return eventually([&] { return host.version("toy-library") == "1.1 half-configured"; });
}

}  // namespace

TEST_CASE("an upgrade that is stopped here goes on there, and is told by who attaches", "[e2e][upgrade]") {
  if (left_out()) return;
  const PackagedHost host;
  host.node.shell("touch /run/hold-toys");
  struct Case {
    const char* name;
    int signal;
    const char* deadline;
    int exit_code;
  };
  const auto c = GENERATE(values<Case>({{"Ctrl-C", SIGINT, "0", 130}, {"the deadline", 0, "6s", 124}}));
  DYNAMIC_SECTION(c.name) {
    const auto process = host.fleet.start({"upgrade", "host=n1", "--deadline", c.deadline, "--format", "json"});
    REQUIRE(half_way(host));
    if (c.signal != 0) process->signal(c.signal);
    const auto left = read_result(process->wait());
    INFO(left.told());
    CHECK(left.exit_code == c.exit_code);
    CHECK(left.code("n1") == "detached");
    const auto hint = left["n1"]["error"]["hint"].get<std::string>();
    REQUIRE(hint.starts_with("cef jobs attach "));
    const auto id = hint.substr(16, hint.find(' ', 16) - 16);
    const auto job = host.cef({"jobs", "show", id})["n1"]["data"]["jobs"][0];
    CHECK(job["label"] == "upgrade");
    CHECK(job["state"] == "running");

    host.node.shell("rm /run/hold-toys");
    const auto attached = host.cef({"jobs", "attach", id});
    INFO(attached.told());
    CHECK(attached.code("n1") == "changed");
    CHECK(attached["n1"]["data"]["count"] == 4);
    CHECK(attached["n1"]["data"]["held_back"] == nlohmann::json{"toy-suite"});
    CHECK(attached["n1"]["data"]["stdout"].get<std::string>().find("upgraded toy-library 1.0 -> 1.1\n") !=
          std::string::npos);
    CHECK(host.cef({"jobs", "attach", id}).code("n1") == "job_lost");
    for (const char* package : upgraded_toys) CHECK(host.configured(package) == 1);
    CHECK(host.cef({"upgrade"}).code("n1") == "ok");
  }
}

TEST_CASE("an upgrade that is ended by who interrupts it is mended by the next one", "[e2e][upgrade]") {
  if (left_out()) return;
  const PackagedHost host;
  host.node.shell("touch /run/hold-toys");
  const auto process = host.fleet.start({"upgrade", "host=n1", "--on-interrupt", "kill", "--format", "json"});
  REQUIRE(half_way(host));
  process->signal(SIGINT);
  CHECK(process->wait().exit_code == 130);
  CHECK(eventually([&] { return host.node.shell("pidof dpkg apt-get || true") == ""; }));
  CHECK(host.version("toy-library") == "1.1 half-configured");
  host.node.shell("rm /run/hold-toys");
  const auto mended = host.cef({"upgrade"});
  INFO(mended.told());
  CHECK(mended.code("n1") == "changed");
  CHECK(host.version("toy-library") == "1.1 installed");
  CHECK(host.cef({"upgrade"}).code("n1") == "ok");
  CHECK(host.cef({"jobs", "clean"}).exit_code == 0);
}

TEST_CASE("whoever watches an upgrade sees how far it is", "[e2e][upgrade]") {
  if (left_out()) return;
  const PackagedHost host;
  host.node.shell("touch /run/hold-toys");
  const auto terminal = host.fleet.start_on_terminal({"upgrade", "host=n1"});
  // apt configures in an order of its own.
  const std::regex held("n1: configure [1-4]/4 toy-library");
  CHECK(terminal->wait_until([&](const std::string& shown) { return std::regex_search(shown, held); }));
  host.node.shell("rm /run/hold-toys");
  const auto ended = terminal->wait();
  CHECK(ended.exit_code == 0);
  CHECK(plain(ended.out).find("1 host: 1 changed in ") != std::string::npos);
  // And the table begins where the progress stood.
  const auto last = ended.out.rfind(" 1/1 hosts");
  const auto cleared = ended.out.find("\r\x1b[K", last == std::string::npos ? 0 : last);
  CHECK(cleared < ended.out.find("HOST"));
}
