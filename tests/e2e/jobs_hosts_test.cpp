// Work that goes on by itself on hosts that lack something, or end what a login leaves behind.
#include "jobs.hpp"
#include "nodes.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

// A node whose systemd ends all processes of a login with it.
struct LoginNode {
  Network network;
  Node node{network, "n1", "control", false, Node::Init::systemd};
  Fleet fleet;

  LoginNode() {
    node.shell(
        "printf '[Login]\\nKillUserProcesses=yes\\n' >/etc/systemd/logind.conf; systemctl restart systemd-logind");
    fleet.add(node, network);
  }
  CefResult cef(std::vector<std::string> words) const {
    words.insert(words.begin() + 1, {"host=n1", "--format", "json"});
    return fleet.cef(words);
  }
  std::string start(std::vector<std::string> options) const {
    std::vector<std::string> words{"exec", "--detach"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", "echo begun; until [ -e /tmp/go ]; do sleep 0.1; done"});
    started = cef(words);
    UNSCOPED_INFO(started.told());
    REQUIRE(started.exit_code == 0);
    // The login is over, and what logind ends is ended.
    REQUIRE(eventually([&] { return node.shell("loginctl --no-legend list-sessions") == ""; }));
    return started["n1"]["data"]["job"].get<std::string>();
  }
  std::string state(const std::string& id) const {
    return cef({"jobs", "show", id})["n1"]["data"]["jobs"][0]["state"].get<std::string>();
  }
  std::string lingering() const { return node.shell("ls /var/lib/systemd/linger 2>/dev/null || true"); }

  mutable CefResult started;
};

}  // namespace

TEST_CASE("BusyBox supervises as well", "[e2e][jobs]") {
  if (::access("/bin/busybox", X_OK) != 0 || ::geteuid() != 0) {
    WARN("left out: it takes root, and BusyBox in /bin/busybox");
    return;
  }
  SshdOptions options;
  // Its sh for every sh, and its programs before all others.
  options.wrapper = {
      "unshare", "-m", "/bin/bash", "-c", "mount --bind /bin/busybox \"$(readlink -f /bin/sh)\" && exec \"$@\"",
      "test"};
  const JobHost host(std::move(options));
  std::filesystem::create_directories(host.server.home() / "bin");
  run({"/bin/busybox", "--install", "-s", (host.server.home() / "bin").string()});
  CHECK(
      host.fleet.cef({"exec", "host=n1", "--format", "raw", "--", "readlink $(which ls)"}).out.ends_with("busybox\n"));
  const auto id = host.start(host.until_go());
  const auto attached = host.attach(id);
  host.go();
  CHECK(attached->wait().out == "begun\ndone\n");
  CHECK(host.state(id) == "none");
  const auto sleeps = unusual_sleep();
  const auto other = host.start("echo begun; " + sleeps + " & setsid " + sleeps + " & " + sleeps);
  CHECK(host.jobs({"kill", other})["n1"]["status"] == "changed");
  CHECK(eventually([&] { return !is_running(sleeps); }));
  CHECK(host.jobs({"clean"})["n1"]["status"] == "changed");
  CHECK(host.state(other) == "none");
}

TEST_CASE("a host without setsid supervises as well", "[e2e][jobs][nodes]") {
  if (left_out()) return;
  Network network;
  Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  node.shell("rm /usr/bin/setsid; cp /bin/sleep /usr/bin/toy-sleep");
  const auto cef = [&](std::vector<std::string> words) {
    words.insert(words.begin() + 1, {"host=n1", "--format", "json"});
    return fleet.cef(words);
  };
  const auto start = [&](const std::string& command) {
    const auto started = cef({"exec", "--detach", "--", command});
    UNSCOPED_INFO(started.told());
    REQUIRE(started.exit_code == 0);
    return started["n1"]["data"]["job"].get<std::string>();
  };
  const auto sleeps = [&] { return node.shell("pidof toy-sleep || true") != ""; };
  // The login that started it is over.
  const auto id = start("echo begun; until [ -e ~/go ]; do sleep 0.1; done; echo done; exit 4");
  CHECK(cef({"jobs", "show", id})["n1"]["data"]["jobs"][0]["state"] == "running");
  node.shell("touch ~edge/go");
  const auto attached = cef({"jobs", "attach", id});
  INFO(attached.told());
  CHECK(attached["n1"]["data"]["rc"] == 4);
  CHECK(attached["n1"]["data"]["stdout"] == "begun\ndone\n");
  const auto other = start("trap '' HUP; toy-sleep 86400 & toy-sleep 86400");
  REQUIRE(eventually(sleeps));
  CHECK(cef({"jobs", "kill", other})["n1"]["status"] == "changed");
  CHECK(eventually([&] { return !sleeps(); }));
  CHECK(cef({"jobs", "clean"})["n1"]["status"] == "changed");
  CHECK(cef({"jobs", "clean"})["n1"]["status"] == "ok");
}

TEST_CASE("a job survives a host that ends all processes of a login with it", "[e2e][jobs][nodes]") {
  if (left_out_without_systemd()) return;
  const LoginNode host;
  const bool as_root = GENERATE(false, true);
  DYNAMIC_SECTION((as_root ? "root's" : "a user's")) {
    const auto id = host.start(as_root ? std::vector<std::string>{"-b"} : std::vector<std::string>{});
    CHECK_FALSE(host.started["n1"]["data"].contains("warning"));
    CHECK(host.lingering() == (as_root ? "" : "edge\n"));
    CHECK(host.state(id) == "running");
    host.node.shell("touch /tmp/go");
    const auto attached = host.cef({"jobs", "attach", id});
    INFO(attached.told());
    CHECK(attached["n1"]["data"]["rc"] == 0);
    CHECK(attached["n1"]["data"]["stdout"] == "begun\n");
    CHECK(host.lingering() == "");  // as it was before
  }
}

TEST_CASE("where a host ends all processes of a login and allows no way out, that is told", "[e2e][jobs][nodes]") {
  if (left_out_without_systemd()) return;
  const LoginNode host;
  host.node.shell("systemctl mask user@1000.service 2>/dev/null");
  const auto id = host.start({});
  CHECK(host.started["n1"]["data"]["warning"].get<std::string>().find("KillUserProcesses") != std::string::npos);
  CHECK(eventually([&] { return host.state(id) == "lost"; }));
  const auto lost = host.cef({"jobs", "attach", id});
  INFO(lost.told());
  CHECK(lost.code("n1") == "job_lost");
  CHECK(lost["n1"]["error"]["message"].get<std::string>().find("ended from outside") != std::string::npos);
}

TEST_CASE("a host that lets nobody in for a while, as when it boots, loses no job", "[e2e][jobs][nodes]") {
  if (left_out_without_systemd()) return;
  Network network;
  Node node(network, "n1", "control", false, Node::Init::systemd);
  Fleet fleet;
  fleet.add(node, network);
  const auto started = fleet.cef({"exec", "host=n1", "--detach", "--format", "json", "--",
                                  "echo begun; until [ -e /tmp/go ]; do sleep 0.1; done; echo done"});
  INFO(started.told());
  const auto id = started["n1"]["data"]["job"].get<std::string>();
  const auto process = fleet.start({"jobs", "attach", id, "host=n1", "--format", "ndjson", "--keepalive", "500ms"});
  REQUIRE(eventually([&] { return node.shell("ls -A /var/tmp/cef-*/" + id).find("bell") != std::string::npos; }));
  node.shell("touch /run/nologin");
  node.unplug();
  process->pump_until([] { return false; }, Milliseconds(3000));
  node.restore();
  REQUIRE(eventually([&] { return node.log().find("Access denied for user edge") != std::string::npos; }));
  node.shell("rm /run/nologin; touch /tmp/go");
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result["n1"]["data"]["stdout"] == "begun\ndone\n");
}
