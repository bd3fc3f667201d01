// 300 hosts of which many are broken: each gets its own code, and none holds up another.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sys/resource.h>

using namespace cef::testing;

namespace {

struct Kind {
  std::string name;
  int hosts;
  std::string code;
};

std::string address(int net, int host) { return "127.30." + std::to_string(net) + '.' + std::to_string(host); }

}  // namespace

TEST_CASE("300 hosts, 80 of them broken", "[e2e][mix]") {
  SshdOptions options;
  options.addresses = everywhere;
  const Sshd server(options);
  BadServer bad;
  std::vector<std::unique_ptr<RefusedPort>> refused;
  Fleet fleet;
  const std::vector<Kind> kinds{{"silent", 20, "connect_timeout"},   {"refused", 20, "connect_refused"},
                                {"mute", 20, "banner_timeout"},      {"garbage", 10, "not_ssh"},
                                {"changed", 10, "host_key_changed"}, {"good", 220, "ok"}};
  // Dealt like cards, so that broken hosts stand between good ones.
  for (int i = 0; i < 220; ++i) {
    for (int kind = 0; kind < 6; ++kind) {
      const auto& [name, hosts, code] = kinds[static_cast<std::size_t>(kind)];
      if (i >= hosts) continue;
      FleetHost host{.name = name + std::to_string(i), .address = address(kind, i + 1), .port = server.port()};
      if (name == "silent") host.port = bad.listen(Fault::silent, host.address);
      if (name == "mute") host.port = bad.listen(Fault::mute, host.address);
      if (name == "garbage") host.port = bad.listen(Fault::garbage, host.address);
      if (name == "refused") host.port = refused.emplace_back(std::make_unique<RefusedPort>(host.address))->port();
      if (name == "good") fleet.know(server.known_hosts(host.address));
      if (name == "changed") {
        fleet.know('[' + host.address + "]:" + std::to_string(host.port) + ' ' + public_key("ed25519-other") + '\n');
      }
      host.group = name == "good" ? "good" : "bad";
      fleet.add(host);
    }
  }

  // What the good ones take by themselves on this machine, now, is the measure for all of them.
  const auto alone = fleet.cef({"ping", "group=good", "-f", "300", "-T", "200", "--host-key", "strict"});
  INFO(alone.told().substr(0, 2000));
  REQUIRE(alone.exit_code == 0);
  const int connect_timeout_s = std::max(10, static_cast<int>(3 * alone.wall.count()));
  const auto result = fleet.cef({"ping", "group=all", "-f", "300", "-T", std::to_string(connect_timeout_s),
                                 "--host-key", "strict", "--format", "ndjson"});
  WARN("good hosts alone: " << alone.wall.count() << " s, all: " << result.wall.count() << " s, cpu "
                            << result.cpu.count() << " s, " << result.max_rss_kib / 1024 << " MiB");
  INFO(result.err.substr(0, 2000));
  CHECK(result.exit_code == 4);
  // The good ones are done before the first one that says nothing is given up, and these together.
  int good_before = 0;
  for (const auto& line : result.lines) {
    const auto code = line.contains("error") ? line["error"].value("code", "") : "";
    if (code == "connect_timeout" || code == "banner_timeout") break;
    good_before += line.value("status", "") == "ok" ? 1 : 0;
  }
  CHECK(good_before == 220);
  CHECK(result.wall.count() <= connect_timeout_s + std::max(3.0, 2 * alone.wall.count()));
  for (const auto& kind : kinds) {
    std::map<std::string, int> codes;
    for (int i = 0; i < kind.hosts; ++i) ++codes[result.code(kind.name + std::to_string(i))];
    std::string seen;
    for (const auto& [code, count] : codes) seen += ' ' + code + " x" + std::to_string(count);
    INFO(kind.name << ":" << seen);
    CHECK(codes[kind.code] == kind.hosts);
  }
  REQUIRE_FALSE(result.lines.empty());
  CHECK(result.lines.back()["summary"]["ok"] == 220);
}

TEST_CASE("more hosts than descriptors are worked on in turn", "[e2e][mix]") {
  SshdOptions options;
  options.addresses = everywhere;
  const Sshd server(options);
  Fleet fleet;
  for (int i = 1; i <= 60; ++i) {
    FleetHost host{.address = address(9, i)};
    fleet.add("n" + std::to_string(i), server, host);
  }
  const auto command = "ulimit -n 40; exec \"$0\" ping group=fleet --format json";
  const auto result = read_result(run({"bash", "-c", command, CEF_PROGRAM}, {.env = fleet.environment()}));
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.document["summary"]["ok"] == 60);
}
