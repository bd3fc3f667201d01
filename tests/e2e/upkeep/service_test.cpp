// Services on whole nodes: by init scripts, and by systemd.
#include "nodes.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

// A daemon with an init script, which breaks when /run/broken is there, and is not seen at once when /run/slow is.
constexpr const char* sysv = R"sh(
cp /bin/sleep /usr/bin/toyd
cat >/etc/init.d/toyd <<'END'
#!/bin/sh
### BEGIN INIT INFO
# Provides:          toyd
# Required-Start:
# Required-Stop:
# Default-Start:     2 3 4 5
# Default-Stop:      0 1 6
# Short-Description: a daemon to try services with
### END INIT INFO
stop() { [ ! -e /run/toyd.pid ] || kill "$(cat /run/toyd.pid)"; rm -f /run/toyd.pid; }
start() {
  [ ! -e /run/broken ] || { echo 'toyd: no luck today' >&2; exit 1; }
  toyd 86400 >/dev/null 2>&1 </dev/null &
  pid=$!
  if [ -e /run/slow ]; then (sleep 0.5; echo $pid >/run/toyd.pid) >/dev/null 2>&1 </dev/null & else echo $pid >/run/toyd.pid; fi
}
case $1 in
start) start ;;
stop) stop ;;
restart) stop; start ;;
reload) touch /run/reloaded ;;
status) [ -e /run/toyd.pid ] && kill -0 "$(cat /run/toyd.pid)" ;;
esac
END
chmod 755 /etc/init.d/toyd
)sh";

// The same as a unit.
constexpr const char* systemd = R"sh(
cp /bin/sleep /usr/bin/toyd
cat >/etc/systemd/system/toyd.service <<'END'
[Service]
ExecStartPre=/bin/sh -c 'test ! -e /run/broken'
ExecStart=/usr/bin/toyd 86400
ExecReload=/usr/bin/touch /run/reloaded
[Install]
WantedBy=node.target
END
systemctl daemon-reload
)sh";

}  // namespace

TEST_CASE("services are started, stopped, enabled and disabled once", "[e2e][service]") {
  const bool by_systemd = GENERATE(false, true);
  if (by_systemd ? left_out_without_systemd() : left_out()) return;
  Network network;
  Node node(network, "n1", "control", false, by_systemd ? Node::Init::systemd : Node::Init::plain);
  Fleet fleet;
  fleet.add(node, network);
  node.shell(by_systemd ? systemd : sysv);
  const auto service = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "service");
    words.insert(words.end(), {"host=n1", "--format", "json"});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  };
  const auto runs = [&] { return node.shell("pidof toyd || true") != ""; };
  const auto is = [&](const char* field) { return service({"status", "toyd"})["n1"]["data"]["services"][0][field]; };
  DYNAMIC_SECTION((by_systemd ? "systemd" : "init scripts")) {
    CHECK(is("active") == false);
    CHECK(is("enabled") == false);
    CHECK(service({"start", "toyd", "-C"}).code("n1") == "changed");
    CHECK_FALSE(runs());
    const auto started = service({"start", "toyd"});
    CHECK(started.code("n1") == "changed");
    CHECK(started["n1"]["data"]["services"][0]["was_active"] == false);
    CHECK(started["n1"]["data"]["services"][0]["active"] == true);
    CHECK(runs());
    CHECK(service({"start", "toyd"}).code("n1") == "ok");
    const auto pid = node.shell("pidof toyd");
    CHECK(service({"restart", "toyd.service"}).code("n1") == "changed");
    CHECK(node.shell("pidof toyd") != pid);
    node.shell("touch /run/slow");
    CHECK(service({"restart", "toyd"}).code("n1") == "changed");
    node.shell("rm /run/slow");
    CHECK(service({"reload", "toyd"}).code("n1") == "changed");
    CHECK(node.shell("ls /run/reloaded") == "/run/reloaded\n");
    for (const char* action : {"enable", "disable"}) {
      CHECK(service({action, "toyd", "-C"}).code("n1") == "changed");
      CHECK(service({action, "toyd"}).code("n1") == "changed");
      CHECK(is("enabled") == (std::string(action) == "enable"));
      CHECK(service({action, "toyd"}).code("n1") == "ok");
      CHECK(service({action, "toyd", "-C"}).code("n1") == "ok");
    }
    CHECK(service({"stop", "toyd"}).code("n1") == "changed");
    CHECK_FALSE(runs());
    CHECK(service({"stop", "toyd"}).code("n1") == "ok");
    node.shell("touch /run/broken");
    const auto broken = service({"start", "toyd"});
    CHECK(broken.code("n1") == "service_failed");
    const auto said = broken["n1"]["error"]["message"].get<std::string>();
    CHECK(said.find(by_systemd ? "Job for toyd.service failed" : "no luck today") != std::string::npos);
    const auto missing = service({"start", "nonsuch"});
    CHECK(missing.code("n1") == "service_failed");
    CHECK(missing["n1"]["error"]["message"].get<std::string>().find("no service nonsuch") != std::string::npos);
  }
  for (const auto& words : std::vector<std::vector<std::string>>{
           {}, {"start"}, {"strat", "toyd"}, {"start", "-x"}, {"start", "a b"}, {"start", ".."}, {"start", "$(id)"}})
    CHECK(service(words).exit_code == 5);
}
