// Work that goes on by itself on hosts that lack something, or end what a login leaves behind.
#include "jobs.hpp"
#include "nodes.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>

using namespace cef::testing;

namespace {

// A node where every login is a session of systemd's, as far as a process sees of it: a control group of the login's
// name, which end_session() empties as logind does at a login's end. systemd-run puts what it starts into a group of
// its own, unless /run/no-manager says that there is nobody who would; loginctl only notes who lingers.
class LoginNode {
 public:
  static bool works() {
    if (left_out()) return false;
    std::error_code error;
    const auto probe = groups() / fmt::format("cef-probe-{}", ::getpid());
    std::filesystem::create_directory(probe, error);
    std::filesystem::remove(probe, error);
    if (!error) return true;
    WARN("left out: no control groups can be made here");
    return false;
  }

  LoginNode() {
    std::filesystem::create_directories(session_);
    std::filesystem::create_directories(scope_);
    node.shell(fmt::format(R"sh(
mkdir -p /etc/systemd /var/lib/systemd/linger
printf '[Login]\nKillUserProcesses=yes\n' >/etc/systemd/logind.conf
echo '[ "$USER" != edge ] || [ ! -e /run/sessions ] || sudo sh -c "echo $$ >{0}/cgroup.procs"' >/home/edge/.bashrc
touch /run/sessions
rm -f /usr/bin/systemd-run /usr/bin/loginctl
cat >/usr/bin/systemd-run <<'END'
#!/bin/sh
echo "$(id -un) $*" >>/run/runs
[ ! -e /run/no-manager ] || exit 1
while [ "$1" != -- ]; do shift; done
shift
sudo sh -c "echo $$ >{1}/cgroup.procs" || exit 1
exec "$@"
END
cat >/usr/bin/loginctl <<'END'
#!/bin/sh
case $1 in
enable-linger) sudo touch "/var/lib/systemd/linger/$USER" ;;
disable-linger) sudo rm -f "/var/lib/systemd/linger/$USER" ;;
esac
END
chmod 755 /usr/bin/systemd-run /usr/bin/loginctl
touch /run/runs
chmod 666 /run/runs
)sh",
                           session_.string(), scope_.string()));
    fleet.add(node, network);
  }
  ~LoginNode() {
    for (const auto& folder : {session_, scope_}) {
      end(folder);
      eventually([&] {
        std::error_code error;
        return std::filesystem::remove(folder, error);
      });
    }
    std::error_code error;
    std::filesystem::remove(session_.parent_path(), error);
  }

  CefResult cef(std::vector<std::string> words) const {
    words.insert(words.begin() + 1, {"host=n1", "--format", "json"});
    return fleet.cef(words);
  }
  void end_session() const { end(session_); }
  std::string lingering() const { return node.shell("ls /var/lib/systemd/linger"); }
  std::string runs() const { return node.shell("cat /run/runs"); }

  Network network;
  Node node{network, "n1"};
  Fleet fleet;

 private:
  // Where systemd has its own, or the machine's only hierarchy.
  static std::filesystem::path groups() {
    const std::filesystem::path all = "/sys/fs/cgroup";
    return std::filesystem::exists(all / "systemd") ? all / "systemd" : all;
  }
  static void end(const std::filesystem::path& group) {
    std::ifstream processes(group / "cgroup.procs");
    for (pid_t pid = 0; processes >> pid;) ::kill(pid, SIGKILL);
  }

  const std::filesystem::path group_ = groups() / fmt::format("cef-test-{}", ::getpid());
  const std::filesystem::path session_ = group_ / "session-7.scope", scope_ = group_ / "run-7.scope";
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
  if (!LoginNode::works()) return;
  const LoginNode host;
  const bool as_root = GENERATE(false, true);
  DYNAMIC_SECTION((as_root ? "root's" : "a user's")) {
    std::vector<std::string> words{"exec", "--detach", "--", "echo begun; until [ -e /tmp/go ]; do sleep 0.1; done"};
    if (as_root) words.insert(words.begin() + 1, "-b");
    const auto started = host.cef(words);
    INFO(started.told());
    REQUIRE(started.exit_code == 0);
    const auto id = started["n1"]["data"]["job"].get<std::string>();
    INFO(host.runs());
    CHECK(host.runs().find(as_root ? "root --scope" : "edge --user --scope") != std::string::npos);
    CHECK(host.lingering() == (as_root ? "" : "edge\n"));
    CHECK_FALSE(started["n1"]["data"].contains("warning"));
    host.end_session();
    host.node.shell("rm /run/sessions");
    CHECK(host.cef({"jobs", "show", id})["n1"]["data"]["jobs"][0]["state"] == "running");
    host.node.shell("touch /tmp/go");
    const auto attached = host.cef({"jobs", "attach", id});
    INFO(attached.told());
    CHECK(attached["n1"]["data"]["rc"] == 0);
    CHECK(attached["n1"]["data"]["stdout"] == "begun\n");
    CHECK(host.lingering() == "");  // as it was before
  }
}

TEST_CASE("where a host ends all processes of a login and allows no way out, that is told", "[e2e][jobs][nodes]") {
  if (!LoginNode::works()) return;
  const LoginNode host;
  host.node.shell("touch /run/no-manager");
  const auto started = host.cef({"exec", "--detach", "--", "echo begun; until [ -e /tmp/go ]; do sleep 0.1; done"});
  INFO(started.told());
  REQUIRE(started.exit_code == 0);
  CHECK(started["n1"]["data"]["warning"].get<std::string>().find("KillUserProcesses") != std::string::npos);
  const auto id = started["n1"]["data"]["job"].get<std::string>();
  host.end_session();
  host.node.shell("rm /run/sessions");
  const auto lost = host.cef({"jobs", "attach", id});
  INFO(lost.told());
  CHECK(lost.code("n1") == "job_lost");
  CHECK(lost["n1"]["error"]["message"].get<std::string>().find("ended from outside") != std::string::npos);
}
