// Every way in which a host can be broken gets a code of its own, in time, and never holds up the others.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

// Whether `code` is one of `accepted`, which are parted by bars.
bool one_of(const std::string& code, const std::string& accepted) {
  return !code.empty() && ('|' + accepted + '|').find('|' + code + '|') != std::string::npos;
}

}  // namespace

TEST_CASE("each misbehaving server is reported with its own code", "[e2e][faults]") {
  struct Case {
    Fault fault;
    const char* codes;
    bool waits;  // until the connect timeout
  };
  const auto c = GENERATE(values<Case>({
      {Fault::silent, "connect_timeout", true},
      {Fault::mute, "banner_timeout", true},
      {Fault::drip, "banner_timeout", true},
      {Fault::mute_after_banner, "handshake_timeout", true},
      {Fault::garbage, "not_ssh", false},
      {Fault::http, "not_ssh", false},
      {Fault::old, "not_ssh|kex_failed", false},
      {Fault::endless_banner, "not_ssh", false},
      {Fault::endless_lines, "not_ssh|banner_timeout", true},
      {Fault::closes, "throttled", false},
      {Fault::not_allowed, "throttled", false},
      {Fault::max_startups, "throttled", false},
      {Fault::resets, "connection_reset|throttled", false},
      {Fault::kex_closes, "kex_failed", false},
      {Fault::kex_resets, "kex_failed|connection_reset", false},
  }));
  DYNAMIC_SECTION(name_of(c.fault)) {
    const Sshd server;
    BadServer bad;
    Fleet fleet;
    fleet.add({.name = "bad", .port = bad.listen(c.fault)});
    fleet.add("good", server);
    fleet.add({.name = "quiet", .port = bad.listen(Fault::silent)});  // tells how long -T is on this machine
    const auto result = fleet.cef({"ping", "group=fleet", "-T", "2", "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 4);
    CHECK(one_of(result.code("bad"), c.codes));
    CHECK(result.code("good") == "ok");
    const auto host = result["bad"];
    REQUIRE(host.is_object());
    CHECK(host.at("status") == "unreachable");
    CHECK_FALSE(host["error"].value("stage", "").empty());
    CHECK_FALSE(host["error"].value("message", "").empty());
    CHECK_FALSE(host["error"].value("hint", "").empty());
    // A second try is for one that is late while others are slow, too.
    CHECK(host["duration_ms"].get<double>() <
          (host["attempts"].get<int>() + 0.5) * result["quiet"]["duration_ms"].get<double>());
    if (c.waits && c.fault != Fault::endless_lines) CHECK(host["duration_ms"].get<double>() > 1900);
    if (!sanitized) CHECK(result.max_rss_kib < 400'000);
  }
}

TEST_CASE("a port where nothing listens is refused, at once", "[e2e][faults]") {
  const RefusedPort refused;
  Fleet fleet;
  BadServer bad;
  fleet.add({.name = "silent", .port = bad.listen(Fault::silent)});
  fleet.add({.name = "gone", .port = refused.port()});
  const auto result = fleet.cef({"ping", "group=fleet", "-T", "3", "--format", "ndjson"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  REQUIRE(result.lines.size() >= 2);
  CHECK(result.lines[0]["host"] == "gone");
  CHECK(result.lines[1]["host"] == "silent");
  CHECK(result.code("gone") == "connect_refused");
  CHECK(result["gone"]["error"]["stage"] == "connect");
}

TEST_CASE("a name that cannot be resolved holds up no other host", "[e2e][faults]") {
  const Sshd server;
  Fleet fleet;
  // A label of more than 63 characters is no name at all, so nobody is asked for it.
  fleet.add({.name = "lost", .address = std::string(64, 'a') + ".invalid"});
  fleet.add("good", server);
  const auto result = fleet.cef({"ping", "group=fleet", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(result.code("lost") == "name_unknown");
  CHECK(result.code("good") == "ok");
}

TEST_CASE("text that a server sends before its banner is passed on", "[e2e][faults]") {
  BadServer bad;
  Fleet fleet;
  fleet.add({.name = "bad", .port = bad.listen(Fault::not_allowed)});
  const auto result = fleet.cef({"ping", "group=fleet", "-T", "2", "--format", "json"});
  INFO(result.told());
  REQUIRE(result["bad"].is_object());
  CHECK(result["bad"]["error"].value("message", "").find("Not allowed at this time") != std::string::npos);
}

TEST_CASE("a server that turns logins away for a moment is tried again", "[e2e][faults]") {
  SshdOptions options;
  options.config = {"MaxStartups 2:100:2"};
  const Sshd server(options);
  Fleet fleet;
  for (int i = 1; i <= 6; ++i) fleet.add("rpi640" + std::to_string(i), server);  // all behind one address
  const auto result = fleet.cef({"ping", "group=fleet", "--retries", "10", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.document["summary"]["ok"] == 6);
}

TEST_CASE("retries are for what may pass, not for what stays", "[e2e][faults]") {
  const Sshd server;
  Fleet fleet;
  fleet.add({.name = "unknown", .port = server.port()});
  const auto result = fleet.cef({"ping", "group=fleet", "--retries", "5", "--host-key", "strict", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("unknown") == "host_key_unknown");
  CHECK(server.connections() == 1);
}

TEST_CASE("a server of other algorithms is told by that", "[e2e][faults]") {
  SshdOptions options;
  options.config = {"KexAlgorithms sntrup761x25519-sha512@openssh.com"};
  const Sshd server(options);
  Fleet fleet;
  fleet.add("new", server);
  const auto result = fleet.cef({"ping", "group=fleet", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(result.code("new") == "kex_failed");
}

TEST_CASE("--deadline ends the whole run and reports who was not done", "[e2e][faults]") {
  const Sshd server;
  BadServer bad;
  Fleet fleet;
  fleet.add("good", server);
  fleet.add({.name = "mute", .port = bad.listen(Fault::mute)});
  const auto result = fleet.cef({"ping", "group=fleet", "-T", "600", "--deadline", "2", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 124);
  CHECK(result.code("good") == "ok");
  CHECK(result.code("mute") == "deadline");
}

TEST_CASE("a login that is allowed no commands says so", "[e2e][faults]") {
  SshdOptions options;
  options.config = {"MaxSessions 0"};
  const Sshd server(options);
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"exec", "host=n1", "--format", "json", "--", "true"});
  INFO(result.told());
  REQUIRE(result.code("n1") == "connection_lost");
  CHECK(result["n1"]["error"]["hint"].get<std::string>().find("allows this login no commands") != std::string::npos);
}
