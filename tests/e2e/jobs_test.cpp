// Work that goes on by itself on its host: cef exec --detach and cef jobs.
#include "jobs.hpp"

#include "cut_link.hpp"
#include "keys.hpp"
#include "nodes.hpp"
#include "sudoers.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>

using namespace cef::testing;

TEST_CASE("a job is started, listed, followed and collected", "[e2e][jobs]") {
  const JobHost host;
  const auto id = host.start(host.until_go());
  const auto running = host.entry(id);
  CHECK(running["state"] == "running");
  CHECK(running["label"] == "exec");
  CHECK(running["command"] == host.until_go());
  CHECK(running["rc"].is_null());
  CHECK(running["ended"].is_null());
  CHECK(running["started"].get<std::string>().ends_with('Z'));
  CHECK(host.jobs({"show", id})["n1"]["data"]["jobs"][0] == running);

  const auto logs = host.jobs({"logs", id});
  CHECK(logs.exit_code == 0);
  CHECK(logs["n1"]["data"]["stdout"] == "begun\n");
  const auto attached = host.attach(id);
  CHECK(attached->out().find("done") == std::string::npos);
  host.go();
  const auto ended = attached->wait();
  CHECK(ended.exit_code == 2);
  CHECK(ended.out == "begun\ndone\n");
  CHECK(host.state(id) == "none");
  const auto gone = host.jobs({"attach", id});
  CHECK(gone.exit_code == 2);
  CHECK(gone.code("n1") == "job_lost");
}

TEST_CASE("what was said and how it ended stay until they are collected", "[e2e][jobs]") {
  const JobHost host;
  const auto id = host.start("echo out; echo err >&2; exit 3");
  REQUIRE(eventually([&] { return host.state(id) == "done"; }));
  CHECK(host.entry(id)["rc"] == 3);
  const auto logs = host.jobs({"logs", id, "--follow"});
  CHECK(logs["n1"]["data"]["stdout"] == "out\n");
  CHECK(logs["n1"]["data"]["stderr"] == "err\n");
  CHECK(host.state(id) == "done");
  const auto attached = host.jobs({"attach", id});
  CHECK(attached.code("n1") == "command_failed");
  CHECK(attached["n1"]["data"]["rc"] == 3);
  CHECK(attached["n1"]["data"]["stdout"] == "out\n");
  CHECK(host.state(id) == "none");
}

TEST_CASE("hosts share the first part of a job's id", "[e2e][jobs]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  const auto started = fleet.cef({"exec", "group=fleet", "--detach", "--format", "json", "--", "echo $((6*7))"});
  INFO(started.told());
  REQUIRE(started.exit_code == 0);
  const auto id = started["n1"]["data"]["job"].get<std::string>();
  CHECK(id != started["n2"]["data"]["job"].get<std::string>());
  const auto result = fleet.cef({"jobs", "attach", id.substr(0, 8), "group=fleet", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  for (const char* name : {"n1", "n2"}) CHECK(result[name]["data"]["stdout"] == "42\n");
}

TEST_CASE("Ctrl-C, a hang-up, the deadline and kill -9 leave a job to go on", "[e2e][jobs]") {
  const JobHost host;
  struct Case {
    const char* name;
    int signal;
    std::vector<std::string> options;
    int exit_code;
  };
  const auto c = GENERATE(values<Case>({{"Ctrl-C", SIGINT, {}, 130},
                                        {"a hang-up", SIGHUP, {}, 143},
                                        {"the deadline", 0, {"--deadline", "12s"}, 124},
                                        {"kill -9", SIGKILL, {}, -1}}));
  DYNAMIC_SECTION(c.name) {
    const auto id = host.start(host.until_go());
    const auto attached = host.attach(id, c.options);
    if (c.signal != 0) attached->signal(c.signal);
    const auto left = attached->wait();
    INFO(left.err);
    CHECK(left.exit_code == c.exit_code);
    if (c.exit_code > 0) {
      CHECK(left.err.find("cef jobs attach " + id + " host=n1") != std::string::npos);
    }
    CHECK(host.state(id) == "running");
    host.go();
    const auto again = host.jobs({"attach", id});
    CHECK(again["n1"]["data"]["rc"] == 4);
    CHECK(again["n1"]["data"]["stdout"] == "begun\ndone\n");
    CHECK(host.state(id) == "none");
  }
}

TEST_CASE("--on-interrupt kill ends a job with all its children", "[e2e][jobs]") {
  const JobHost host;
  const auto sleeps = unusual_sleep();
  const auto id = host.start("trap '' TERM; echo begun; " + sleeps + " & setsid " + sleeps + " & " + sleeps);
  const auto attached = host.attach(id, {"--on-interrupt", "kill"});
  attached->signal(SIGINT);
  CHECK(attached->wait().exit_code == 130);
  CHECK(eventually([&] { return !is_running(sleeps); }));
  CHECK(eventually([&] { return host.state(id) == "killed"; }));
  const auto cleaned = host.jobs({"clean"});
  CHECK(cleaned["n1"]["status"] == "changed");
  CHECK(host.state(id) == "none");
  CHECK(host.jobs({"clean"})["n1"]["status"] == "ok");
}

TEST_CASE("a job is killed with all its children, once", "[e2e][jobs]") {
  const JobHost host;
  const auto sleeps = unusual_sleep();
  const auto id = host.start("echo begun; " + sleeps + " & setsid " + sleeps + " & " + sleeps);
  const auto killed = host.jobs({"kill", id});
  INFO(killed.told());
  CHECK(killed["n1"]["status"] == "changed");
  CHECK(eventually([&] { return !is_running(sleeps); }));
  CHECK(host.jobs({"kill", id})["n1"]["status"] == "ok");
  CHECK(host.state(id) == "killed");
  const auto attached = host.jobs({"attach", id});
  CHECK(attached.code("n1") == "command_failed");
  CHECK(attached["n1"]["data"]["stdout"] == "begun\n");
}

TEST_CASE("a link that is cut again and again ends no job, and loses nothing of it", "[e2e][jobs]") {
  const Sshd server;
  CutLink cuts(server.port(), 8, 4711);
  Fleet fleet;
  fleet.add({.name = "n1", .port = cuts.port()});
  fleet.know(fmt::format("[127.0.0.1]:{} {}\n", cuts.port(), public_key("ed25519-host")));
  Fleet straight;
  straight.add("n1", server);
  const auto started = straight.cef({"exec", "host=n1", "--detach", "--format", "json", "--",
                                     "i=0; while [ $i -lt 3000 ]; do i=$((i+1)); echo $i; [ $((i%100)) != 0 ] || "
                                     "sleep 0.1; done"});
  const auto id = started["n1"]["data"]["job"].get<std::string>();
  std::string all;
  for (int i = 1; i <= 3000; ++i) all += fmt::format("{}\n", i);
  // A login that is cut fails the run before it has begun.
  CefResult result;
  for (int tries = 0; tries < 9; ++tries) {
    result = fleet.cef({"jobs", "attach", id, "host=n1", "--format", "json"});
    if (!result["n1"]["data"]["rc"].is_null()) break;
  }
  INFO(result.told());
  CHECK(result["n1"]["data"]["rc"] == 0);
  CHECK(result["n1"]["data"]["stdout"] == all);
  CHECK(cuts.cut() > 0);
}

TEST_CASE("a script is detached with its input", "[e2e][jobs]") {
  const JobHost host;
  write_file(host.fleet.folder() / "script", "#!/bin/sh\necho \"$1\" >&2\nexit 6\n");
  const auto result = host.fleet.cef({"exec", "host=n1", "--detach", "--format", "json", "--script",
                                      (host.fleet.folder() / "script").string(), "--", "a  b"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  const auto id = result["n1"]["data"]["job"].get<std::string>();
  REQUIRE(eventually([&] { return host.state(id) == "done"; }));
  const auto attached = host.jobs({"attach", id});
  CHECK(attached["n1"]["data"]["rc"] == 6);
  CHECK(attached["n1"]["data"]["stderr"] == "a  b\n");
}

TEST_CASE("jobs refuses words it does not know", "[e2e][jobs]") {
  const JobHost host;
  for (const std::vector<std::string>& words :
       std::vector<std::vector<std::string>>{{"jobs", "lsit", "host=n1"},
                                             {"jobs", "attach", "host=n1"},
                                             {"jobs", "attach", "../../etc", "host=n1"},
                                             {"jobs", "attach", "4f2a9c1b03de", "4f2a9c1b03df", "host=n1"},
                                             {"jobs", "list", "4f2a9c1b03de", "host=n1"},
                                             {"jobs", "list", "--follow", "host=n1"},
                                             {"jobs", "list", "--on-interrupt", "stay", "host=n1"},
                                             {"exec", "host=n1", "--detach", "--stream", "--", "true"}}) {
    const auto result = host.fleet.cef(words);
    INFO(result.told());
    CHECK(result.exit_code == 5);
  }
  CHECK(host.server.connections() == 0);
}

TEST_CASE("a full disk is told, before and while a job runs", "[e2e][jobs]") {
  if (!nodes_work()) {
    WARN("left out: it takes mounts");
    return;
  }
  const JobHost host(with_own_var_tmp("-o size=256k"));
  const auto id = host.start("seq 1 200000; exit 3");
  REQUIRE(eventually([&] { return host.state(id) == "done"; }));
  const auto attached = host.jobs({"attach", id});
  INFO(attached.told());
  CHECK(attached.code("n1") == "disk_full");
  CHECK(attached["n1"]["error"]["message"].get<std::string>().find("exit status 3") != std::string::npos);
  CHECK(attached["n1"]["data"]["stdout"].get<std::string>().starts_with("1\n2\n3\n"));
  CHECK(host.state(id) == "none");

  host.fleet.cef({"exec", "host=n1", "--", "dd if=/dev/zero of=/var/tmp/fill bs=1k 2>/dev/null"});
  const auto refused = host.fleet.cef({"exec", "host=n1", "--detach", "--format", "json", "--", "touch ~/ran"});
  CHECK(refused.code("n1") == "disk_full");
  CHECK_FALSE(std::filesystem::exists(host.server.home() / "ran"));
  CHECK(host.fleet.cef({"exec", "host=n1", "--format", "raw", "--", "ls -A /var/tmp"}).out == "fill\n");
}

TEST_CASE("a disk that cannot be written is told as that", "[e2e][jobs]") {
  const JobHost host;
  put_program(host.server, "mkdir",
              "case $* in */cef-*) echo \"mkdir: cannot create directory: Read-only file system\" >&2; exit 1;; esac\n"
              "exec /bin/mkdir \"$@\"\n");
  const auto refused = host.fleet.cef({"exec", "host=n1", "--detach", "--format", "json", "--", "touch ~/ran"});
  INFO(refused.told());
  CHECK(refused.code("n1") == "permission_denied");
  CHECK(refused["n1"]["error"]["message"].get<std::string>().ends_with("Read-only file system"));
}

TEST_CASE("a job that is cleaned away at once was started", "[e2e][jobs]") {
  if (!nodes_work()) {
    WARN("left out: it takes mounts");
    return;
  }
  const JobHost host(with_own_var_tmp());
  const std::string remove = "rm -rf /var/tmp/cef-$(id -u)/";
  for (int i = 0; i < 5; ++i) CHECK_FALSE(host.start(remove + "*-*; echo >>~/ran").empty());
  CHECK(eventually([&] { return read_file(host.server.home() / "ran") == "\n\n\n\n\n"; }));
}

TEST_CASE("a job begins beside others that take their common folder away", "[e2e][jobs]") {
  if (!nodes_work()) {
    WARN("left out: it takes mounts");
    return;
  }
  const JobHost host(with_own_var_tmp());
  put_program(
      host.server, "mkdir",
      "/bin/mkdir \"$@\" || exit; n=$(wc -l <~/made); echo >>~/made; [ \"$n\" -gt 2 ] || rmdir /var/tmp/cef-*\n");
  write_file(host.server.home() / "made", "");
  const auto id = host.start("echo hello");
  REQUIRE(eventually([&] { return host.state(id) == "done"; }));
  CHECK(host.jobs({"attach", id})["n1"]["data"]["stdout"] == "hello\n");
}

TEST_CASE("a job that goes while it is listed spoils no list", "[e2e][jobs]") {
  const JobHost host;
  for (const char* command : {"echo one", "echo two"}) {
    const auto id = host.start(command);
    REQUIRE(eventually([&] { return host.state(id) == "done"; }));
  }
  put_program(host.server, "head", "[ -e ~/once ] && exec /usr/bin/head \"$@\"; touch ~/once; exit 1\n");
  const auto listed = host.jobs({"list"});
  INFO(listed.told());
  CHECK(listed.exit_code == 0);
  CHECK(listed["n1"]["data"]["jobs"].size() == 1);
  CHECK(host.jobs({"clean"})["n1"]["data"]["jobs"].size() == 2);
}

TEST_CASE("jobs that run by sudo are found again by who logs in", "[e2e][jobs]") {
  if (!sudoers_work()) {
    WARN("left out: it takes root and sudo");
    return;
  }
  const Sudoers sudoers;
  SshdOptions options;
  options.wrapper = sudoers.wrapper();
  const Sshd server(std::move(options));
  for (auto folder = server.home(); folder != folder.root_path() && folder.filename() != "tmp";
       folder = folder.parent_path())
    std::filesystem::permissions(folder, std::filesystem::perms(0755));
  std::filesystem::permissions(server.home().parent_path() / "authorized_keys", std::filesystem::perms(0644));
  const std::string user = GENERATE("edge-nopass", "edge-pass");
  Fleet fleet;
  FleetHost n1;
  n1.variables["user"] = user;
  fleet.add("n1", server, n1);
  write_file(fleet.folder() / "password", Sudoers::password() + "\n");
  const auto cef = [&](std::vector<std::string> words) {
    if (user == "edge-pass")
      words.insert(words.begin() + 1, {"--become-password-file", (fleet.folder() / "password").string()});
    words.insert(words.begin() + 1, {"host=n1", "--format", "json"});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  };
  DYNAMIC_SECTION(user) {
    const auto sleeps = unusual_sleep();
    const auto started = cef({"exec", "-b", "--detach", "--", "id -un; " + sleeps});
    REQUIRE(started.exit_code == 0);
    const auto id = started["n1"]["data"]["job"].get<std::string>();
    const auto own = cef({"exec", "--detach", "--", "id -un"})["n1"]["data"]["job"].get<std::string>();
    // Others of this machine's root may have jobs too.
    const auto listed = [&] {
      const auto all = cef({"jobs"})["n1"];
      return std::ranges::count_if(all["data"]["jobs"],
                                   [&](const auto& job) { return job["id"] == id || job["id"] == own; });
    };
    CHECK(listed() == 2);
    REQUIRE(eventually([&] { return cef({"jobs", "logs", id})["n1"]["data"]["stdout"] == "root\n"; }));
    CHECK(cef({"jobs", "kill", id})["n1"]["status"] == "changed");
    CHECK(eventually([&] { return !is_running(sleeps); }));
    CHECK(cef({"jobs", "attach", id})["n1"]["data"]["stdout"] == "root\n");
    CHECK(cef({"jobs", "attach", own})["n1"]["data"]["stdout"] == user + "\n");
    CHECK(listed() == 0);
  }
}

TEST_CASE("a job outlives a link that falls silent, and not a power cut", "[e2e][jobs][nodes]") {
  if (left_out()) return;
  Network network;
  Node node(network, "rpi6401", "rpi4");
  Fleet fleet;
  fleet.add(node, network);
  const auto start = [&](const std::string& command) {
    const auto result = fleet.cef({"exec", "host=rpi6401", "--detach", "--format", "json", "--", command});
    UNSCOPED_INFO(result.told());
    REQUIRE(result.exit_code == 0);
    return result["rpi6401"]["data"]["job"].get<std::string>();
  };
  const auto attach = [&](const std::string& id) {
    auto process =
        fleet.start({"jobs", "attach", id, "host=rpi6401", "--format", "ndjson", "--keepalive", "1s", "-T", "3"});
    REQUIRE(eventually([&] { return node.shell("ls -A /var/tmp/cef-*/" + id).find("bell") != std::string::npos; }));
    return process;
  };
  SECTION("silence") {
    const auto id = start("echo begun; until [ -e ~/go ]; do sleep 0.1; done; echo done");
    auto process = attach(id);
    node.silence();
    process->pump_until([] { return false; }, Milliseconds(6000));
    node.restore();
    node.shell("touch ~edge/go");
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK(result["rpi6401"]["data"]["stdout"] == "begun\ndone\n");
  }
  SECTION("a power cut") {
    const auto id = start("echo begun; sleep 86400");
    auto process = attach(id);
    node.power_cycle();
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.code("rpi6401") == "job_lost");
    CHECK(result["rpi6401"]["error"]["message"].get<std::string>().find("rebooted") != std::string::npos);
  }
}
