// Clocks on whole nodes: real chrony, which measures and sets nothing; the wrong clock is its server's.
#include "nodes.hpp"

#include <catch2/catch.hpp>

#include <filesystem>

using namespace cef::testing;

namespace {

struct Host : PackagedHost {
  // A time server of the node's own, so many seconds ahead; by another name than the one that is looked for.
  void serve_time(const std::string& ahead, bool knows_time = true) const {
    node.shell(
        "[ -e /usr/sbin/hub-daemon ] || cp /usr/sbin/chronyd /usr/sbin/hub-daemon; "
        "[ ! -e /run/hub.pid ] || { kill -9 $(cat /run/hub.pid); rm -f /run/hub.pid /run/hub.sock; }; "
        "sed -i /^makestep/d /etc/chrony/chrony.conf; "  // it would only believe that it has set the clock

        "printf 'bindaddress 127.0.0.1\\ncmdport 0\\nbindcmdaddress /run/hub.sock\\npidfile /run/hub.pid\\nallow "
        "all\\n" +
        std::string(knows_time ? "local stratum 3\\n" : "") +
        "' >/etc/hub.conf; LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) FAKETIME=" + ahead +
        " hub-daemon -x -f /etc/hub.conf; [ ! -e /run/chrony/chronyd.pid ] || /etc/init.d/chrony restart >/dev/null");
  }
};

// Whether the archive has it: it comes from this machine's own sources.
bool no_chrony(const Host& host) {
  if (host.node.shell("ls /srv/archive/new").find("chrony_") != std::string::npos) return false;
  WARN("skipped: chrony could not be fetched, or is installed here");
  return true;
}

}  // namespace

TEST_CASE("timesync installs a daemon, waits for it, and proves the clock twice", "[e2e][timesync]") {
  if (left_out()) return;
  Host host;
  if (no_chrony(host)) return;
  host.node.shell("ip link set lo up");
  const auto none = host.cef({"timesync"});
  INFO(none.told());
  CHECK(none.code("n1") == "not_synchronized");
  CHECK(none["n1"]["error"]["hint"].get<std::string>().find("--install") != std::string::npos);
  CHECK(none["n1"]["data"]["service"].is_null());
  CHECK(host.cef({"timesync", "--install", "-C"}).code("n1") == "changed");
  CHECK(host.node.shell("ls /usr/sbin/chronyd 2>&1 || true").find("No such") != std::string::npos);

  host.node.shell("apt-get -qq update && apt-get -qq -y install libfaketime >/dev/null 2>&1");
  host.fleet.set("ntp_servers", "[127.0.0.1]");
  const auto without_server = host.cef({"timesync", "--install", "--wait", "1"});
  INFO(without_server.told());
  CHECK(without_server.code("n1") == "not_synchronized");  // nobody answers
  CHECK(without_server["n1"]["data"]["service"] == "chrony");
  host.serve_time("+0");
  const auto right = host.cef({"timesync"});
  INFO(right.told());
  REQUIRE_FALSE(right["n1"].contains("error"));
  const auto data = right["n1"]["data"];
  CHECK(data["synced"] == true);
  CHECK(data["stratum"] == 4);
  CHECK(data["reference"] == "127.0.0.1");
  CHECK(std::abs(data["offset_after_s"].get<double>()) < 0.1);
  CHECK(std::abs(data["controller_offset_s"].get<double>()) <= data["controller_error_s"].get<double>() + 1e-4);
  // The machine that cef runs on has a row when its own clock is not kept.
  CHECK(right["(controller)"].is_null() == data["controller_synced"].get<bool>());
  CHECK(host.cef({"timesync"}).code("n1") == "ok");
  CHECK(host.node.shell("cat /etc/chrony/sources.d/cef.sources") == "server 127.0.0.1 iburst prefer\n");

  // A daemon that died is started again.
  host.node.shell("/etc/init.d/chrony stop >/dev/null");
  const auto dead = host.cef({"timesync", "-C"});
  INFO(dead.told());
  CHECK(dead.code("n1") == "not_synchronized");
  CHECK(host.node.shell("pidof chronyd || true") == "");
  const auto started = host.cef({"timesync"});
  INFO(started.told());
  CHECK(started.code("n1") == "changed");
  CHECK(host.cef({"timesync"}).code("n1") == "ok");

  // Another server: rewritten only then.
  const auto other = host.cef({"timesync", "--server", "127.0.0.1,localhost", "-C"});
  CHECK(other.code("n1") == "changed");

  for (const auto* ahead : {"+3600", "+0.3"}) {
    host.serve_time(ahead);
    const auto off = host.cef({"timesync", "--wait", "12"});
    INFO(off.told());
    CHECK(off.code("n1") == "not_synchronized");
    CHECK(off["n1"]["error"]["message"].get<std::string>().find("slow") != std::string::npos);
    CHECK(off["n1"]["data"]["offset_after_s"].get<double>() < -0.1);
  }
  // Nothing in a node may set its clock, and one that was not set is not called so.
  const auto unset = host.cef({"timesync", "--step", "--wait", "12"});
  INFO(unset.told());
  CHECK(unset.code("n1") == "not_synchronized");
  CHECK(unset["n1"]["error"]["message"].get<std::string>().find("did not set the clock") != std::string::npos);
  // Stratum 16: a server that does not know the time itself.
  host.serve_time("+0", false);
  CHECK(host.cef({"timesync", "--wait", "3"}).code("n1") == "not_synchronized");
}

// Its answers are real ones; itself it could not run beside the test's own server.
TEST_CASE("ntpsec is found, told its servers once, and believed", "[e2e][timesync]") {
  if (left_out()) return;
  Network network;
  Node node(network, "n1");
  Fleet fleet;
  fleet.add(node, network);
  node.shell(
      "cp /bin/sleep /usr/sbin/ntpd; ntpd 86400 >/dev/null 2>&1 </dev/null & mkdir -p /etc/ntpsec; touch "
      "/etc/ntpsec/ntp.conf; printf '#!/bin/sh\necho $1 >>/run/ntpsec-told\n' >/etc/init.d/ntpsec; "
      "printf '#!/bin/sh\ncat /run/ntpq\n' >/usr/bin/ntpq; chmod 755 /etc/init.d/ntpsec /usr/bin/ntpq");
  const auto says = [&](const char* file) {
    node.shell("cat >/run/ntpq <<'END'\n" + read_file(std::string(CEF_SOURCE) + "/tests/fixtures/clock/" + file) +
               "END\n");
  };
  const auto timesync = [&] {
    auto result = fleet.cef({"timesync", "host=n1", "--server", "10.7.0.1", "--wait", "1", "--format", "json"});
    UNSCOPED_INFO(result.told());
    return result;
  };
  says("ntpq-synced.txt");
  const auto told = timesync();
  CHECK(told.code("n1") == "changed");
  CHECK(told["n1"]["data"]["service"] == "ntp");
  CHECK(told["n1"]["data"]["synced"] == true);
  CHECK(told["n1"]["data"]["stratum"] == 4);
  CHECK(node.shell("cat /etc/ntpsec/ntp.d/cef.conf") == "server 10.7.0.1 iburst prefer\n");
  CHECK(timesync().code("n1") == "ok");
  CHECK(node.shell("cat /run/ntpsec-told") == "stop\nstart\n");
  says("ntpq-lost.txt");
  CHECK(timesync().code("n1") == "not_synchronized");
}

TEST_CASE("a clock that is wrong is seen from here whatever its daemon says", "[e2e][timesync]") {
  if (left_out()) return;
  Host host;
  if (no_chrony(host)) return;
  host.node.shell("apt-get -qq update && apt-get -qq -y install libfaketime >/dev/null 2>&1");
  host.node.shell(
      "echo \"export LD_PRELOAD=$(ls /usr/lib/*/faketime/libfaketime.so.1) FAKETIME=+0.3\" >/home/edge/.bashrc; "
      "chown edge: /home/edge/.bashrc");
  const auto off = host.cef({"timesync", "-C"});
  INFO(off.told());
  CHECK(off["n1"]["data"]["controller_offset_s"].get<double>() == Approx(0.3).margin(0.1));
  CHECK(off["n1"]["data"]["controller_error_s"].get<double>() < 0.2);
}

TEST_CASE("timesync refuses what is no server before anything is sent", "[e2e][timesync]") {
  Fleet fleet;
  fleet.add({.name = "n1"});
  CHECK(fleet.cef({"timesync", "host=n1", "--server", "-x"}).exit_code == 5);
  CHECK(fleet.cef({"timesync", "host=n1", "--server", "a;b"}).exit_code == 5);
  fleet.set("ntp_servers", "['$(reboot)']");
  CHECK(fleet.cef({"timesync", "host=n1"}).exit_code == 5);
}
