// Host keys: known, unknown, changed, in every policy.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

std::string known_line(const Sshd& server, const std::string& key) {
  return "[127.0.0.1]:" + std::to_string(server.port()) + ' ' + public_key(key) + '\n';
}

}  // namespace

TEST_CASE("each policy treats each state of a host key as it should", "[e2e][hostkeys]") {
  enum class State { known, unknown, changed };
  struct Case {
    const char* policy;
    State state;
    const char* code;
    bool recorded;  // in known_hosts afterwards
  };
  const auto c = GENERATE(values<Case>({
      {"strict", State::known, "ok", true},
      {"strict", State::unknown, "host_key_unknown", false},
      {"strict", State::changed, "host_key_changed", false},
      {"ask", State::unknown, "host_key_unknown", false},  // without a terminal
      {"ask", State::changed, "host_key_changed", false},
      {"accept-new", State::known, "ok", true},
      {"accept-new", State::unknown, "ok", true},
      {"accept-new", State::changed, "host_key_changed", false},
      {"off", State::unknown, "ok", false},
      {"off", State::changed, "ok", false},
  }));
  const char* states[] = {"known", "unknown", "changed"};
  DYNAMIC_SECTION(c.policy << ", " << states[static_cast<int>(c.state)]) {
    const Sshd server;
    Fleet fleet;
    fleet.add({.name = "n1", .port = server.port()});
    if (c.state == State::known) fleet.know(server.known_hosts());
    if (c.state == State::changed) fleet.know(known_line(server, "ed25519-other"));
    const auto result = fleet.cef({"ping", "host=n1", "--host-key", c.policy, "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == c.code);
    CHECK(result.exit_code == (c.code == std::string("ok") ? 0 : 4));
    const auto known = read_file(fleet.known_hosts_file());
    CHECK((known.find(public_key("ed25519-host")) != std::string::npos) == c.recorded);
    if (c.state == State::changed) {
      CHECK(known == known_line(server, "ed25519-other"));
      if (result.exit_code != 0) {
        CHECK(result["n1"]["error"].value("message", "").find(fingerprint("ed25519-host")) != std::string::npos);
        CHECK(server.logins() == 0);
      }
    }
  }
}

TEST_CASE("ask shows all new keys once and asks once", "[e2e][hostkeys]") {
  const Sshd first;
  SshdOptions options;
  options.host_keys = {"ed25519-second"};
  const Sshd second(options);
  Fleet fleet;
  fleet.add({.name = "n1", .port = first.port()});
  fleet.add({.name = "n2", .port = second.port()});
  for (const bool accepts : {false, true}) {
    const auto terminal = fleet.start_on_terminal({"ping", "group=fleet", "--host-key", "ask"}, {.columns = 200});
    INFO(plain(terminal->screen()));
    REQUIRE(terminal->wait_for(fingerprint("ed25519-host")));
    REQUIRE(terminal->wait_for(fingerprint("ed25519-second")));
    REQUIRE(terminal->wait_for("?"));
    terminal->type(accepts ? "yes\n" : "no\n");
    const auto result = terminal->wait();
    INFO(plain(terminal->screen()));
    CHECK(result.exit_code == (accepts ? 0 : 4));
    const auto known = read_file(fleet.known_hosts_file());
    CHECK((known.find(public_key("ed25519-host")) != std::string::npos) == accepts);
    CHECK((known.find(public_key("ed25519-second")) != std::string::npos) == accepts);
  }
  CHECK(fleet.cef({"ping", "group=fleet", "--host-key", "strict"}).exit_code == 0);
}

TEST_CASE("anything but yes and no is asked again, and Ctrl-C ends the run", "[e2e][hostkeys]") {
  const Sshd server;
  Fleet fleet;
  fleet.add({.name = "n1", .port = server.port()});
  const auto terminal = fleet.start_on_terminal({"ping", "group=fleet", "--host-key", "ask"}, {.columns = 200});
  REQUIRE(terminal->wait_for("(yes/no)"));
  terminal->type("yse\n");
  REQUIRE(terminal->wait_for("Please type yes or no"));
  SECTION("answered at last") {
    terminal->type("yes\n");
    CHECK(terminal->wait().exit_code == 0);
  }
  SECTION("interrupted") {
    terminal->type("\x03");
    CHECK(terminal->wait().exit_code == 130);
    CHECK(read_file(fleet.known_hosts_file()).find(public_key("ed25519-host")) == std::string::npos);
  }
  INFO(plain(terminal->screen()));
}

TEST_CASE("a question does not wait for hosts that work, nor they for its answer", "[e2e][hostkeys]") {
  const Sshd known;
  SshdOptions options;
  options.host_keys = {"ed25519-second"};
  const Sshd unknown(options);
  Fleet fleet;
  fleet.add("busy", known);
  fleet.add({.name = "new", .port = unknown.port()});
  const auto flag = known.home() / "go-on";
  const auto terminal =
      fleet.start_on_terminal({"exec", "group=fleet", "--host-key", "ask", "--stream", "--",
                               "echo at work; until [ -e '" + flag.string() + "' ]; do sleep 0.1; done; echo over"},
                              {.columns = 200});
  REQUIRE(terminal->wait_for("(yes/no)"));
  REQUIRE(terminal->wait_for("1 waiting for you"));
  write_file(flag, "");
  REQUIRE(terminal->wait_for("over"));
  terminal->type("yes\n");
  const auto result = terminal->wait();
  INFO(plain(terminal->screen()));
  CHECK(result.exit_code == 0);
  CHECK(unknown.execs() == 1);
}

TEST_CASE("many hosts accepted at once all end up in known_hosts", "[e2e][hostkeys]") {
  SshdOptions options;
  options.addresses = everywhere;
  const Sshd server(options);
  Fleet fleet;
  for (int i = 1; i <= 20; ++i) {
    fleet.add({.name = "n" + std::to_string(i), .address = "127.9.0." + std::to_string(i), .port = server.port()});
  }
  const auto first = fleet.cef({"ping", "group=fleet", "--host-key", "accept-new", "--format", "json"});
  INFO(first.told());
  CHECK(first.exit_code == 0);
  const auto again = fleet.cef({"ping", "group=fleet", "--host-key", "strict", "--format", "json"});
  INFO(again.told());
  CHECK(again.exit_code == 0);
}

TEST_CASE("whoever holds a lock on known_hosts or its folder holds up nobody", "[e2e][hostkeys]") {
  const Sshd server;
  Fleet fleet;
  fleet.add({.name = "n1", .port = server.port()});
  write_file(fleet.known_hosts_file(), "");
  Process folder({"flock", fleet.folder().string(), "sh", "-c", "echo held; exec sleep 600"});
  Process file({"flock", fleet.known_hosts_file().string(), "sh", "-c", "echo held; exec sleep 600"});
  REQUIRE(folder.wait_for_output("held"));
  REQUIRE(file.wait_for_output("held"));
  const auto result = fleet.cef({"ping", "host=n1", "--host-key", "accept-new", "--known-hosts",
                                 fleet.known_hosts_file().string(), "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
  CHECK(result.wall < std::chrono::seconds(30));
  CHECK(read_file(fleet.known_hosts_file()).find("ssh-ed25519") != std::string::npos);
}

TEST_CASE("a host known by one of its other keys is asked for that one", "[e2e][hostkeys]") {
  SshdOptions options;
  options.host_keys = {"ed25519-host", "ecdsa256-host", "rsa2048-host"};
  const Sshd server(options);
  const auto* key = GENERATE("ed25519-host", "ecdsa256-host", "rsa2048-host");
  DYNAMIC_SECTION(key) {
    Fleet fleet;
    fleet.add({.name = "n1", .port = server.port()});
    fleet.know(known_line(server, key));
    const auto result = fleet.cef({"ping", "host=n1", "--host-key", "strict", "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
  }
}

TEST_CASE("host keys of every kind are read", "[e2e][hostkeys]") {
  const auto* key = GENERATE("ecdsa256-host", "ecdsa384-host", "ecdsa521-host", "rsa3072-host");
  DYNAMIC_SECTION(key) {
    SshdOptions options;
    options.host_keys = {key};
    const Sshd server(options);
    Fleet fleet;
    fleet.add("n1", server);
    const auto result = fleet.cef({"ping", "host=n1", "--host-key", "strict", "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
  }
}

TEST_CASE("hashed known hosts count, revoked keys are refused", "[e2e][hostkeys]") {
  const Sshd server;
  Fleet fleet;
  fleet.add({.name = "n1", .port = server.port()});
  write_file(fleet.known_hosts_file(), server.known_hosts());
  SECTION("hashed") {
    REQUIRE(run({"ssh-keygen", "-q", "-H", "-f", fleet.known_hosts_file().string()}).exit_code == 0);
    const auto result = fleet.cef({"ping", "host=n1", "--host-key", "strict", "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
  }
  SECTION("revoked") {
    write_file(fleet.known_hosts_file(), server.known_hosts() + "@revoked * " + public_key("ed25519-host") + '\n');
    const auto result = fleet.cef({"ping", "host=n1", "--host-key", "accept-new", "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 4);
    CHECK(result["n1"]["error"].value("stage", "") == "hostkey");
    CHECK(server.logins() == 0);
  }
}

TEST_CASE("a known_hosts file that cannot be written does not stop the run, and is not passed over",
          "[e2e][hostkeys]") {
  const Sshd server;
  Fleet fleet;
  fleet.add({.name = "n1", .port = server.port()});
  const auto result = fleet.cef(
      {"ping", "host=n1", "--host-key", "accept-new", "--known-hosts", "/proc/none/known_hosts", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("host keys are not recorded: cannot make /proc/none") != std::string::npos);
}
