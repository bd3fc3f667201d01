// Hosts behind jump hosts, each of them a real sshd.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>

using namespace cef::testing;

namespace {

std::string text(const nlohmann::json& result, const char* field) {
  return result.is_object() && result.contains("error") ? result["error"].value(field, "") : "";
}

}  // namespace

TEST_CASE("a host is reached through one jump host, and through two", "[e2e][jump]") {
  const Sshd outer, inner, server;
  Fleet fleet;
  fleet.add("gw", outer);
  fleet.add("gw2", inner, {.variables = {{"jump", "gw"}}});
  fleet.add("near", server, {.variables = {{"jump", "gw"}}});
  fleet.add("far", server, {.variables = {{"jump", "gw2"}}});
  fleet.add("listed", server, {.variables = {{"jump", "'gw,gw2'"}}});
  const auto spelled = login_user() + "@127.0.0.1:" + std::to_string(outer.port());
  fleet.add("spelled", server, {.variables = {{"jump", spelled}}});
  const auto key = key_file("ed25519").string();
  const auto result = fleet.cef({"ping", "group=fleet", "--format", "json", "--key-file", key});
  INFO(result.told());
  INFO(outer.log());
  for (const auto* host : {"gw", "gw2", "near", "far", "listed", "spelled"}) CHECK(result.code(host) == "ok");
  CHECK(result["far"]["data"]["address"] == "127.0.0.1");
  CHECK(server.logins() == 4);
  // One login as a host of its own, and one as everybody's jump host; gw2 as "gw2" and as jump host.
  CHECK(outer.logins() == 2);
  CHECK(inner.logins() == 2);
}

TEST_CASE("the hosts behind a jump host share one login to it", "[e2e][jump]") {
  const Sshd gateway;
  const Sshd server;
  Fleet fleet;
  fleet.set("jump", "gw");
  fleet.add("gw", gateway, {.group = "gateways"});
  for (int i = 0; i < 50; ++i) fleet.add("n" + std::to_string(i), server);
  const auto result = fleet.cef({"exec", "group=fleet", "--format", "json", "--", "echo $SSH_CONNECTION"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(gateway.logins() == 1);
  CHECK(gateway.connections() == 1);
  CHECK(server.logins() == 50);
}

TEST_CASE("a jump host that fails is named by every host behind it, with its own failure", "[e2e][jump]") {
  const Sshd server;
  Fleet fleet;
  fleet.set("jump", "gw");
  for (const auto* host : {"n1", "n2", "n3"}) fleet.add(host, server);
  BadServer silent;  // tells how long -T is on this machine
  fleet.add({.name = "quiet", .port = silent.listen(Fault::silent), .variables = {{"jump", "''"}}});
  const auto ping = [&] { return fleet.cef({"ping", "group=fleet", "-T", "3", "--format", "json"}); };
  const auto check = [&](const CefResult& result, const char* part) {
    INFO(result.told());
    CHECK(result.exit_code == 4);
    for (const auto* host : {"n1", "n2", "n3"}) {
      CHECK(result.code(host) == "jump_failed");
      CHECK(result[host]["error"]["stage"] == "connect");
      CHECK(holds(text(result[host], "message"), "jump host gw: "));
      CHECK(holds(text(result[host], "message"), part));
    }
    CHECK(result.code("quiet") == "connect_timeout");
    CHECK(result.document["duration_ms"].get<double>() < 1.6 * result["quiet"]["duration_ms"].get<double>());
    CHECK(server.connections() == 0);
  };
  SECTION("nothing listens") {
    const RefusedPort refused;
    fleet.add({.name = "gw", .port = refused.port(), .group = "gateways"});
    check(ping(), "refused the connection");
  }
  SECTION("it is silent") {
    BadServer bad;
    fleet.add({.name = "gw", .port = bad.listen(Fault::silent), .group = "gateways"});
    check(ping(), "did not answer");
  }
  SECTION("it accepts and says nothing") {
    BadServer bad;
    fleet.add({.name = "gw", .port = bad.listen(Fault::mute), .group = "gateways"});
    check(ping(), "says nothing");
    CHECK(bad.accepted() == 1);
  }
  SECTION("its host key has changed") {
    const Sshd gateway;
    fleet.add({.name = "gw", .port = gateway.port(), .group = "gateways"});
    fleet.know("[127.0.0.1]:" + std::to_string(gateway.port()) + ' ' + public_key("ed25519-other-host") + '\n');
    check(ping(), "the host key has changed");
    CHECK(gateway.logins() == 0);
  }
  SECTION("its host key is not known") {
    const Sshd gateway;
    fleet.add({.name = "gw", .port = gateway.port(), .group = "gateways"});
    check(ping(), "the host key is not known");
  }
  SECTION("it refuses the login") {
    SshdOptions options;
    options.user_keys = {"ed25519-stranger"};
    const Sshd gateway(options);
    fleet.add("gw", gateway, {.group = "gateways"});
    check(ping(), "refused");
  }
}

TEST_CASE("unknown keys are asked about on the way: the jump host's, then those behind it", "[e2e][jump]") {
  SshdOptions options;
  options.host_keys = {"ed25519-second"};
  const Sshd gateway(options);
  const Sshd server;
  Fleet fleet;
  fleet.set("jump", "gw");
  fleet.add({.name = "gw", .port = gateway.port(), .group = "gateways"});
  fleet.add({.name = "n1", .port = server.port()});
  fleet.add({.name = "n2", .port = server.port()});
  const auto terminal = fleet.start_on_terminal({"ping", "group=fleet", "--host-key", "ask"}, {.columns = 200});
  REQUIRE(terminal->wait_for(fingerprint("ed25519-second")));
  REQUIRE(terminal->wait_for("?"));
  terminal->type("yes\n");
  REQUIRE(terminal->wait_for(fingerprint("ed25519-host")));
  REQUIRE(terminal->wait_for("Trust all 2"));
  terminal->type("yes\n");
  const auto result = terminal->wait();
  INFO(plain(terminal->screen()));
  CHECK(result.exit_code == 0);
  CHECK(gateway.logins() == 1);
  CHECK(fleet.cef({"ping", "group=fleet", "--host-key", "strict"}).exit_code == 0);
}

TEST_CASE("what a jump host cannot reach is told with both names", "[e2e][jump]") {
  const Sshd gateway;
  const Sshd server;
  const RefusedPort refused;
  BadServer bad;
  Fleet fleet;
  fleet.set("jump", "gw");
  fleet.add("gw", gateway, {.group = "gateways"});
  fleet.add("good", server);
  fleet.add({.name = "refused", .port = refused.port()});
  fleet.add({.name = "silent", .port = bad.listen(Fault::silent)});
  fleet.add({.name = "nameless", .address = "no-such-host.invalid"});
  fleet.add({.name = "mute", .port = bad.listen(Fault::mute)});
  fleet.add({.name = "drip", .port = bad.listen(Fault::drip)});
  fleet.add({.name = "http", .port = bad.listen(Fault::http)});
  fleet.add({.name = "closes", .port = bad.listen(Fault::closes)});
  const auto result = fleet.cef({"ping", "group=fleet", "-T", "4", "--retries", "0", "--format", "ndjson"});
  INFO(result.told());
  CHECK(result.code("good") == "ok");
  // It waited for none of those that are waited for.
  for (const auto& line : result.lines) {
    if (line["host"] == "good") break;
    CHECK_FALSE((line["host"] == "silent" || line["host"] == "mute" || line["host"] == "drip"));
  }
  CHECK(result.code("refused") == "connect_refused");
  CHECK(result.code("silent") == "connect_timeout");
  CHECK((result.code("nameless") == "name_unknown" || result.code("nameless") == "connect_timeout"));
  for (const auto* host : {"refused", "silent"}) {
    CHECK(holds(text(result[host], "message"), "127.0.0.1 port "));
    CHECK(holds(text(result[host], "message"), "jump host gw"));
  }
  CHECK(result.code("mute") == "banner_timeout");
  CHECK(result.code("drip") == "banner_timeout");
  CHECK(result.code("http") == "not_ssh");
  CHECK(result.code("closes") == "throttled");
  CHECK(result.lines.back()["summary"]["duration_ms"].get<double>() <
        1.5 * result["silent"]["duration_ms"].get<double>());
}

TEST_CASE("refusals that arrive together are each told with their reason", "[e2e][jump]") {
  const Sshd gateway;
  const auto nobody = free_port();
  Fleet fleet;
  fleet.set("jump", "gw");
  fleet.add("gw", gateway, {.group = "gateways"});
  for (int i = 1; i <= 60; ++i)
    fleet.add({.name = "n" + std::to_string(i), .address = "127.9.9." + std::to_string(i), .port = nobody});
  const auto result = fleet.cef({"ping", "group=fleet", "--format", "json"});
  INFO(result.told());
  for (int i = 1; i <= 60; ++i) CHECK(result.code("n" + std::to_string(i)) == "connect_refused");
  CHECK(gateway.logins() == 1);
}

TEST_CASE("a jump host that forbids forwarding says so", "[e2e][jump]") {
  SshdOptions options;
  options.config = {"AllowTcpForwarding no"};
  const Sshd gateway(options);
  const Sshd server;
  Fleet fleet;
  fleet.add("gw", gateway, {.group = "gateways"});
  fleet.add("n1", server, {.variables = {{"jump", "gw"}}});
  const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "jump_failed");
  CHECK(holds(text(result["n1"], "message"), "prohibited"));
  CHECK(holds(text(result["n1"], "hint"), "AllowTcpForwarding"));
}

TEST_CASE("jump hosts that lead in a circle fail their hosts before anything is sent", "[e2e][jump]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("a", server, {.variables = {{"jump", "b"}}});
  fleet.add("b", server, {.variables = {{"jump", "c"}}});
  fleet.add("c", server, {.variables = {{"jump", "a"}}});
  auto result = fleet.cef({"ping", "host=a", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 2);
  CHECK(result.code("a") == "invalid_inventory");
  CHECK(holds(text(result["a"], "message"), "circle: b -> c -> a -> b"));
  CHECK(server.connections() == 0);
  fleet.add("d", server);
  result = fleet.cef({"ping", "host=a,d", "--format", "json"});
  CHECK(result.code("d") == "ok");
}

TEST_CASE("much output passes a jump host whole, and in no more memory than without", "[e2e][jump]") {
  const Sshd gateway;
  const Sshd server;
  Fleet fleet;
  fleet.add("gw", gateway, {.group = "gateways"});
  fleet.add("direct", server);
  fleet.add("behind", server, {.variables = {{"jump", "gw"}}});
  const auto environment = fleet.environment();
  // Numbered lines: a byte too many, too few or out of order shows in the sum.
  const std::string numbers = "seq -w 0 9999999 | head -c " + std::to_string(60u << 20);
  const auto local = run({"sh", "-c", numbers + " | sha256sum"});
  SECTION("twice at once, downwards") {
    fleet.add("behind2", server, {.variables = {{"jump", "gw"}}});
    const auto sum = local.out.substr(0, 64);
    const auto result =
        fleet.cef({"exec", "host=behind,behind2", "--output-limit", "64M", "--format", "raw", "--", numbers});
    CHECK(result.out.size() == std::size_t{120} << 20);
    for (const std::size_t half : {std::size_t{0}, result.out.size() / 2})
      CHECK(run({"sha256sum"}, {.input = result.out.substr(half, result.out.size() / 2)}).out.substr(0, 64) == sum);
  }
  SECTION("in memory") {
    long most[2] = {};
    for (const bool behind : {false, true}) {
      const auto out = (fleet.folder() / "out").string();
      const auto result = fleet.cef({"exec", behind ? "host=behind" : "host=direct", "--output-limit", "64M",
                                     "--output", out, "--format", "raw", "--", numbers});
      INFO(result.err);
      CHECK(result.exit_code == 0);
      CHECK(run({"sha256sum"}, {.input = read_file(out)}).out == local.out);
      most[behind] = result.max_rss_kib;
    }
    if (!sanitized) CHECK(most[1] < most[0] + 12 * 1024);
  }
  SECTION("a reader that is slow") {
    const auto result = run({"sh", "-c",
                             std::string(CEF_PROGRAM) + " exec host=behind --output-limit 64M --format raw -- '" +
                                 numbers + "' | { sleep 1; sha256sum; }"},
                            {.env = environment});
    INFO(result.err);
    CHECK(result.out == local.out);
  }
  SECTION("upwards") {
    const std::string data(std::size_t{30} << 20, 'x');
    const auto script = fleet.folder() / "script";
    write_file(script, "sha256sum <<'END'\n" + data + "\nEND\n");
    const auto sum = run({"sha256sum"}, {.input = data + '\n'}).out;
    const auto result = fleet.cef({"exec", "host=behind", "--format", "json", "--script", script.string()});
    INFO(result.told());
    CHECK(result.code("behind") == "ok");
    CHECK(result["behind"]["data"]["stdout"] == sum);
  }
}

TEST_CASE("a command behind a jump host is ended with all it started when its time is up", "[e2e][jump]") {
  const Sshd gateway;
  const Sshd server;
  Fleet fleet;
  fleet.add("gw", gateway, {.group = "gateways"});
  fleet.add("n1", server, {.variables = {{"jump", "gw"}}});
  SECTION("timeout") {
    const auto result =
        fleet.cef({"exec", "host=n1", "--timeout", "2", "--format", "json", "--", "sleep 300 & sleep 301"});
    INFO(result.told());
    CHECK(result.code("n1") == "command_timeout");
  }
  SECTION("interrupt") {
    const auto process = fleet.start({"exec", "host=n1", "--format", "json", "--", "sleep 300 & sleep 301"});
    REQUIRE(eventually([&] { return server.execs() > 0; }));
    process->signal(SIGINT);
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.exit_code == 130);
  }
  CHECK(eventually([&] { return server.session_processes().empty(); }));
}

TEST_CASE("a jump host that dies under its hosts is logged in to once more for the next ones", "[e2e][jump]") {
  const Sshd gateway;
  const Sshd server;
  Fleet fleet;
  fleet.set("jump", "gw");
  fleet.add("gw", gateway, {.group = "gateways"});
  for (const auto* host : {"n1", "n2", "n3", "n4", "n5", "n6"}) fleet.add(host, server);
  // Three at work when it dies, three to come after; on a slow machine some of these have been lent a place already.
  write_file(server.home() / "started", "");
  const auto process = fleet.start({"exec", "group=fleet", "-f", "3", "--timeout", "200", "--format", "json", "--",
                                    "test -e ~/second && exit; echo x >> ~/started; sleep 600"});
  REQUIRE(eventually([&] { return read_file(server.home() / "started").starts_with("x\nx\nx\n"); }));
  write_file(server.home() / "second", "");
  gateway.kill_sessions();
  const auto result = read_result(process->wait());
  INFO(result.told());
  int lost = 0, fine = 0;
  for (const auto* host : {"n1", "n2", "n3", "n4", "n5", "n6"}) {
    lost += result.code(host) == "connection_lost";
    fine += result.code(host) == "ok";
  }
  CHECK(lost >= 3);
  CHECK(lost + fine == 6);
  CHECK(gateway.logins() == (fine > 0 ? 2 : 1));
  CHECK(eventually([&] { return server.session_processes().empty(); }));
}

TEST_CASE("ProxyJump and HostName of ssh's configuration lead to a host", "[e2e][jump]") {
  const Sshd gateway;
  const Sshd server;
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.set("user", "''");
  fleet.know(gateway.known_hosts());
  fleet.know(server.known_hosts());
  write_file(fleet.folder() / "inventory.ini", "[fleet]\nweb1\n");
  std::filesystem::create_directories(fleet.home() / ".ssh");
  const auto config = "Host door\n  HostName 127.0.0.1\n  Port " + std::to_string(gateway.port()) +
                      "\nHost web*\n  HostName 127.0.0.1\n  Port " + std::to_string(server.port()) +
                      "\n  ProxyJump door\nHost *\n  User " + login_user() + "\n  IdentityFile " +
                      key_file("ed25519").string() + "\n";
  write_file(fleet.home() / ".ssh" / "config", config);
  const auto inventory = (fleet.folder() / "inventory.ini").string();
  const auto result = fleet.cef({"ping", "-i", inventory, "group=fleet", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("web1") == "ok");
  CHECK(gateway.logins() == 1);
  const auto shown = fleet.cef({"hosts", "-i", inventory, "--format", "json"});
  INFO(shown.told());
  CHECK(shown["web1"]["data"]["address"] == "127.0.0.1");
  CHECK(shown["web1"]["data"]["port"] == server.port());
  CHECK(shown["web1"]["data"]["user"] == login_user());
  CHECK(shown["web1"]["data"]["jump"] == "door");
  const auto without = fleet.cef({"ping", "-i", inventory, "group=fleet", "--ssh-config", "none", "--format", "json"});
  CHECK(without.code("web1") == "name_unknown");
  write_file(fleet.home() / ".ssh" / "config", "Host web1\n Port many\n");
  const auto wrong = fleet.cef({"ping", "-i", inventory, "group=fleet", "--format", "json"});
  INFO(wrong.told());
  CHECK(wrong.exit_code == 2);
  CHECK(wrong.code("web1") == "invalid_config");
  CHECK(holds(text(wrong["web1"], "message"), "config:2: Port: 'many' is not a port"));
}

TEST_CASE("what a lax entry took for good is no answer to a strict one of the same jump host", "[e2e][jump]") {
  const Sshd gateway, server;
  Fleet fleet;
  const auto at = [&](const std::string& name, const std::string& policy) {
    fleet.add({.name = name, .port = gateway.port(), .group = "gates", .variables = {{"host_key", policy}}});
  };
  at("lax", "'off'");
  at("strict", "strict");
  fleet.add("by_lax", server, {.variables = {{"jump", "lax"}}});
  fleet.add("by_strict", server, {.variables = {{"jump", "strict"}}});
  const auto result = fleet.cef({"ping", "group=fleet", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("by_lax") == "ok");
  CHECK(result.code("by_strict") != "ok");
  CHECK(server.logins() == 1);
}
