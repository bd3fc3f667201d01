// Reboots of whole nodes, whose boot ids are their own.
#include "nodes.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace cef::testing;

namespace {

std::string said(const CefResult& result) { return result["n1"]["error"]["message"].get<std::string>(); }

}  // namespace

TEST_CASE("reboot is over when another boot answers", "[e2e][reboot]") {
  if (left_out()) return;
  PackagedHost host;
  const auto before = host.node.boot_id();
  const auto check = host.cef({"reboot", "-C"});
  INFO(check.told());
  CHECK(check.code("n1") == "changed");
  CHECK(host.cef({"reboot", "--if-required"}).code("n1") == "ok");
  CHECK(host.node.boot_id() == before);
  host.node.shell("touch /run/reboot-required");
  const auto process = host.fleet.start({"reboot", "host=n1", "--if-required", "--format", "json"});
  host.node.come_back(Milliseconds(1500));
  const auto done = read_result(process->wait());
  INFO(done.told());
  CHECK(done.code("n1") == "changed");
  CHECK(done["n1"]["data"]["required"] == true);
  CHECK(done["n1"]["data"]["boot_id_before"] == before);
  CHECK(done["n1"]["data"]["boot_id_after"] == host.node.boot_id());
  CHECK(done["n1"]["data"]["down_s"].get<double>() > 1);
  CHECK(host.cef({"reboot", "--if-required"}).code("n1") == "ok");
}

TEST_CASE("a host that does not go down, or does not come back, is told apart", "[e2e][reboot]") {
  if (left_out()) return;
  PackagedHost host;
  SECTION("it stays up") {
    host.node.shell("printf '#!/bin/sh\\nexit 0\\n' >/usr/sbin/reboot");
    const auto up = host.cef({"reboot", "--timeout", "6"});
    INFO(up.told());
    CHECK(up.code("n1") == "reboot_timeout");
    CHECK(up["n1"]["error"]["message"].get<std::string>().find("still up") != std::string::npos);
  }
  SECTION("it stays down") {
    const auto down = host.cef({"reboot", "--timeout", "6", "-T", "2"});
    INFO(down.told());
    CHECK(down.code("n1") == "reboot_timeout");
    CHECK(down["n1"]["error"]["message"].get<std::string>().find("stage connect") != std::string::npos);
  }
}

TEST_CASE("a reboot that nobody waits for any longer is told so", "[e2e][reboot]") {
  if (left_out()) return;
  PackagedHost host;
  const auto before = host.node.boot_id();
  const auto process = host.fleet.start({"reboot", "host=n1", "--format", "json"});
  host.node.go_down();
  process->signal(SIGINT);
  const auto left = read_result(process->wait());
  INFO(left.told());
  CHECK(left.exit_code == 130);
  CHECK(left.code("n1") == "detached");
  CHECK(said(left).find("told to reboot") != std::string::npos);
  CHECK(left["n1"]["data"]["boot_id_before"] == before);
}

TEST_CASE("an upgrade reboots the host that asks for it", "[e2e][reboot]") {
  if (left_out()) return;
  PackagedHost host;
  const auto process = host.fleet.start({"upgrade", "host=n1", "--reboot", "if-required", "--format", "json"});
  host.node.come_back();
  const auto done = read_result(process->wait());
  INFO(done.told());
  CHECK(done.code("n1") == "changed");
  CHECK(done["n1"]["data"]["rebooted"] == true);
  CHECK(done["n1"]["data"]["count"] == 4);
}

TEST_CASE("systemd reboots as well, with the command `reboot` and without", "[e2e][reboot]") {
  if (left_out_without_systemd()) return;
  Network network;
  Node node(network, "n1", "control", false, Node::Init::systemd);
  Fleet fleet;
  fleet.add(node, network);
  node.shell("rm -f /usr/sbin/reboot");
  const auto has_reboot = GENERATE(false, true);
  if (has_reboot) node.shell("ln -s /bin/systemctl /usr/sbin/reboot");
  const auto process = fleet.start({"reboot", "host=n1", "--format", "json"});
  node.come_back();
  const auto done = read_result(process->wait());
  INFO(done.told());
  CHECK(done.code("n1") == "changed");
  CHECK(done["n1"]["data"]["boot_id_after"] == node.boot_id());
}

TEST_CASE("hosts behind a jump host are rebooted first, and it when they are back", "[e2e][reboot]") {
  if (left_out()) return;
  Network network;
  Node gateway(network, "gw", "control", true), host(network, "n1", "control", true);
  const auto route = [&](const Node& node) {
    const auto address = node.address();
    node.shell("ip route replace default via " + address.substr(0, address.rfind('.')) + ".1");
  };
  auto forwards = network.inside();
  forwards.insert(forwards.end(), {"sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"});
  REQUIRE(run(forwards).exit_code == 0);
  route(gateway);
  route(host);
  Fleet fleet;
  fleet.add(gateway, network);
  fleet.add(host, network, {.variables = {{"jump", "gw"}}});
  const auto gateway_before = gateway.boot_id(), host_before = host.boot_id();
  const bool upgrades = GENERATE(false, true);
  std::vector<std::string> words{upgrades ? "upgrade" : "reboot", "group=fleet", "--format", "json"};
  if (upgrades) words.insert(words.end(), {"--reboot", "always"});
  const auto process = fleet.start(words);
  host.go_down();
  // The gateway would be down by now if it had been told at the same time.
  process->pump_until([] { return false; }, Milliseconds(2500));
  CHECK(gateway.shell("echo up") == "up\n");
  host.power_cycle();
  route(host);
  gateway.come_back();
  route(gateway);
  const auto done = read_result(process->wait());
  INFO(done.told());
  CHECK(done.code("gw") == "changed");
  CHECK(done.code("n1") == "changed");
  CHECK(gateway.boot_id() != gateway_before);
  CHECK(host.boot_id() != host_before);
  if (upgrades) return;
  CHECK(done["gw"]["data"]["boot_id_before"] == gateway_before);
  CHECK(done["gw"]["data"]["boot_id_after"] == gateway.boot_id());
  CHECK(done["n1"]["data"]["boot_id_before"] == host_before);
  CHECK(done["n1"]["data"]["boot_id_after"] == host.boot_id());
}

TEST_CASE("a host behind a jump host that does not come back keeps the jump host from going down", "[e2e][reboot]") {
  if (left_out()) return;
  Network network;
  Node gateway(network, "gw");
  Fleet fleet;
  fleet.add(gateway, network);
  // The gateway itself, by way of itself.
  fleet.add({.name = "n1", .address = "127.0.0.1", .variables = {{"jump", "gw"}}});
  fleet.know("127.0.0.1 " + gateway.known_hosts().substr(gateway.known_hosts().find(' ') + 1));
  gateway.shell("printf '#!/bin/sh\nexit 0\n' >/usr/sbin/reboot");
  const auto before = gateway.boot_id();
  const auto done = fleet.cef({"reboot", "group=fleet", "--timeout", "10", "--max-fail", "0", "--format", "json"});
  INFO(done.told());
  CHECK(done.exit_code == 8);
  CHECK(done.code("n1") == "reboot_timeout");
  CHECK(done.code("gw") == "circuit_open");
  CHECK(gateway.boot_id() == before);
}

TEST_CASE("a host that comes back with another key is not trusted", "[e2e][reboot]") {
  if (left_out()) return;
  PackagedHost host;
  const auto process = host.fleet.start({"reboot", "host=n1", "--format", "json"});
  host.node.change_host_key();
  host.node.come_back();
  const auto done = read_result(process->wait());
  INFO(done.told());
  CHECK(done.code("n1") == "host_key_changed");
  CHECK(done["n1"]["data"]["boot_id_before"] != host.node.boot_id());
}

TEST_CASE("a host that comes back at another address is found by its name", "[e2e][reboot]") {
  if (left_out()) return;
  Network network;
  Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  const auto names = fleet.folder() / "hosts";
  const auto name_it = [&] { write_file(names, node.address() + " n1.example\n", 0644); };
  name_it();
  fleet.names(names);
  fleet.add({.name = "named", .address = "n1.example"});
  fleet.know("n1.example" + node.known_hosts().substr(node.known_hosts().find(' ')));
  const auto reboot = [&](const char* host, const char* timeout) {
    return fleet.start({"reboot", std::string("host=") + host, "--timeout", timeout, "-T", "2", "--format", "json"});
  };
  SECTION("by its name") {
    const auto process = reboot("named", "120");
    node.go_down();
    node.move();
    name_it();
    node.power_cycle();
    const auto done = read_result(process->wait());
    INFO(done.told());
    CHECK(done.code("named") == "changed");
    CHECK(done["named"]["data"]["boot_id_after"] == node.boot_id());
  }
  SECTION("and not where only its old address is known") {
    const auto process = reboot("n1", "12");
    node.go_down();
    node.move();
    node.power_cycle();
    const auto done = read_result(process->wait());
    INFO(done.told());
    CHECK(done.code("n1") == "reboot_timeout");
    CHECK(said(done).find("stage connect") != std::string::npos);
  }
}

TEST_CASE("the machine that cef runs on is not rebooted by mistake", "[e2e][reboot]") {
  Fleet fleet;
  fleet.add({.name = "here", .variables = {{"local", "true"}}});
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"reboot", "host=here"}, {"upgrade", "host=here", "--reboot", "always"}}) {
    const auto refused = fleet.cef(words);
    CHECK(refused.exit_code == 5);
    CHECK(refused.err.find("the machine that cef runs on") != std::string::npos);
  }
}
