// What only whole machines show: silence in mid-work, power cuts, and what a host says about itself.
#include "nodes.hpp"

#include "keys.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <thread>

using namespace cef::testing;

namespace {

std::vector<std::string> ssh(const Network& network, const Node& node, const TempDir& folder,
                             const std::string& command) {
  write_file(folder / "known_hosts", node.known_hosts());
  auto words = network.inside();
  for (const std::string& word :
       {std::string("ssh"), std::string("-F"), std::string("none"), std::string("-oBatchMode=yes"),
        std::string("-oConnectTimeout=1"), "-oUserKnownHostsFile=" + (folder / "known_hosts").string(),
        "-i" + key_file("ed25519").string(), "edge@" + node.address(), command}) {
    words.push_back(word);
  }
  return words;
}

}  // namespace

TEST_CASE("nodes fall silent, lose their link, and come back from a power cut", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  Node node(network, "rpi6401", "rpi4");
  const TempDir folder;
  const auto says = [&](const std::string& command) { return run(ssh(network, node, folder, command)); };
  CHECK(says("hostname; uname -m").out == "rpi6401\naarch64\n");
  CHECK(node.shell("hostname") == "rpi6401\n");
  node.silence();
  CHECK(says("true").err.find("timed out") != std::string::npos);
  node.restore();
  CHECK(says("true").exit_code == 0);
  node.unplug();
  CHECK(says("true").err.find("timed out") != std::string::npos);
  node.restore();
  CHECK(says("true").exit_code == 0);
  const auto before = node.boot_id();
  CHECK(says("cat /proc/sys/kernel/random/boot_id").out == before + '\n');
  node.power_cycle();
  CHECK(node.boot_id() != before);
  CHECK(says("cat /proc/sys/kernel/random/boot_id").out == node.boot_id() + '\n');
  node.kill_sshd();
  CHECK(says("true").err.find("refused") != std::string::npos);
}

TEST_CASE("a silent node times out, and is back when it answers again", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const Node quiet(network, "quiet");
  const Node other(network, "other");
  Fleet fleet;
  fleet.add(quiet, network);
  fleet.add(other, network);
  const auto ping = [&] { return fleet.cef({"ping", "group=fleet", "-T", "2", "--format", "json"}); };
  const auto first = ping();
  INFO(first.told());
  CHECK(first.exit_code == 0);
  for (const bool unplugged : {false, true}) {
    if (unplugged) {
      quiet.unplug();
    } else {
      quiet.silence();
    }
    const auto result = ping();
    INFO(result.told());
    CHECK(result.exit_code == 4);
    CHECK(result.code("quiet") == "connect_timeout");
    CHECK(result.code("other") == "ok");
    CHECK(result.wall < Milliseconds(3500) + 5 * first.wall);
    quiet.restore();
    CHECK(ping().exit_code == 0);
  }
}

TEST_CASE("a host without a route is told at once", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  fleet.add({.name = "elsewhere", .address = "203.0.113.5"});
  const auto result = fleet.cef({"ping", "group=fleet", "-T", "600", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("elsewhere") == "network_unreachable");
  CHECK(result.code("n1") == "ok");
}

TEST_CASE("a link that is gone for a moment does not end a command", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  const auto process = fleet.start({"exec", "host=n1", "--format", "json", "--", "sleep 2; echo through"});
  REQUIRE(eventually([&] { return node.log().find("Starting session: command") != std::string::npos; }));
  node.silence();
  std::this_thread::sleep_for(Milliseconds(2500));  // longer than the command takes
  node.restore();
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
  CHECK(result["n1"]["data"]["stdout"] == "through\n");
}

TEST_CASE("a node that dies in the middle of a command does not hold up the run", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  const auto process = fleet.start({"exec", "host=n1", "--timeout", "6", "--format", "json", "--", "sleep 600"});
  REQUIRE(eventually([&] { return node.log().find("Starting session: command") != std::string::npos; }));
  SECTION("silence") {
    node.silence();
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK((result.code("n1") == "command_timeout" || result.code("n1") == "connection_lost"));
  }
  SECTION("power cut") {
    node.power_cycle(Milliseconds(1000));
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK((result.code("n1") == "command_timeout" || result.code("n1") == "connection_lost"));
  }
  SECTION("sshd killed") {
    node.kill_sshd();
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.code("n1") == "connection_lost");
  }
}

TEST_CASE("a host that hangs in mid-work is found out, and the others are not held up", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const Node hung(network, "hung");
  const Node other(network, "other");
  Fleet fleet;
  fleet.add(hung, network);
  fleet.add(other, network);
  const std::string command = "test $(hostname) = other || sleep 600";
  const auto process = fleet.start({"exec", "group=fleet", "--keepalive", "1", "--format", "json", "--", command});
  REQUIRE(eventually([&] { return hung.log().find("Starting session: command") != std::string::npos; }));
  hung.hang_sshd();  // the kernel goes on acknowledging packets
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.code("hung") == "connection_lost");
  CHECK(result["hung"]["error"].value("message", "").find("has not answered for over 3 s") != std::string::npos);
  CHECK(result.code("other") == "ok");
}

TEST_CASE("a quiet command outlives many keepalives", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  const auto result =
      fleet.cef({"exec", "host=n1", "--keepalive", "200ms", "--format", "json", "--", "sleep 3; echo awake"});
  INFO(result.told());
  CHECK(result["n1"]["data"]["stdout"] == "awake\n");
}

TEST_CASE("a slow link still logs in", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const Node node(network, "n1");
  node.slow_down(64);
  Fleet fleet;
  fleet.add(node, network);
  const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
}

TEST_CASE("os tells what a Raspberry Pi and a server are", "[e2e][nodes]") {
  if (left_out()) return;
  Network network;
  const auto began = Clock::now();
  Node pi(network, "rpi6401", "rpi4");
  const Node old(network, "rpi6471", "rpi3");
  const Node server(network, "w01", "gpu");
  Fleet fleet;
  fleet.add(pi, network);
  fleet.add(old, network);
  fleet.add(server, network);
  const auto result = fleet.cef({"os", "group=fleet", "--format", "json"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto data = result["rpi6401"]["data"];
  CHECK(data["hostname"] == "rpi6401");
  CHECK(data["kernel"] == "6.6.51+rpt-rpi-v8");
  CHECK(data["arch"] == "aarch64");
  CHECK(data["os_id"] == "debian");
  CHECK(data["os_version"] == "12.8");
  CHECK(data["codename"] == "bookworm");
  CHECK(data["model"] == "Raspberry Pi 4 Model B Rev 1.4");
  CHECK(data["boot_id"] == pi.boot_id());
  CHECK(data["uptime_s"].get<double>() <= std::chrono::duration<double>(Clock::now() - began).count() + 1);
  CHECK(result["rpi6471"]["data"]["arch"] == "armv7l");
  CHECK(result["rpi6471"]["data"]["os_id"] == "raspbian");
  CHECK(result["w01"]["data"]["os_name"].get<std::string>().find("Ubuntu") != std::string::npos);
}
