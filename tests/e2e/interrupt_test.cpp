// Stopping: Ctrl-C, SIGTERM, timeouts. Results so far are printed, and nothing goes on running on the hosts.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>

using namespace cef::testing;

namespace {

// A length of sleep that no other process of this machine has.
std::string own_sleep() {
  static int number = 0;
  return "sleep 9" + std::to_string(getpid()) + std::to_string(++number);
}

SshdOptions slow_options() {
  SshdOptions options;
  options.environment = {"SLOW=yes"};
  return options;
}

std::size_t running(const std::string& command) {
  const auto all = processes();
  return static_cast<std::size_t>(
      std::count_if(all.begin(), all.end(), [&](const ProcessEntry& process) { return process.command == command; }));
}

// One host that is done at once and two that sleep, some of it in processes of their own.
struct SlowAndQuick {
  Sshd quick;
  Sshd slow{slow_options()};
  Fleet fleet;
  std::string sleeps = own_sleep();
  std::string command = "echo begun; [ -z \"$SLOW\" ] || { " + sleeps + " & " + sleeps + "; wait; }";

  SlowAndQuick() {
    fleet.add("quick", quick);
    fleet.add("slow1", slow);
    fleet.add("slow2", slow);
  }
  bool asleep() const {
    return eventually([&] { return running(sleeps) == 4; });
  }
  // The time that an interrupted run may take to its end: a second and a half where a run gets as far as this one in no
  // time, and more on a slower machine.
  static Clock::duration soon(Clock::time_point began) { return Milliseconds(1500) + 3 * (Clock::now() - began); }
  bool nothing_left() const {
    return eventually([&] { return processes_with(sleeps).empty() && slow.session_processes().empty(); });
  }
};

void check_interrupted(const CefResult& result) {
  INFO(result.told());
  CHECK(result.code("quick") == "ok");
  CHECK(result.code("slow1") == "interrupted");
  CHECK(result.code("slow2") == "interrupted");
}

// It has, even if nobody has asked how.
bool has_ended(pid_t pid) {
  const auto all = processes();
  return std::none_of(all.begin(), all.end(),
                      [&](const ProcessEntry& entry) { return entry.pid == pid && !entry.command.empty(); });
}

}  // namespace

TEST_CASE("an interrupted run prints what it has and leaves nothing running", "[e2e][interrupt]") {
  const SlowAndQuick hosts;
  struct Case {
    const char* format;
    int signal;
    int exit_code;
  };
  const auto c = GENERATE(
      values<Case>({{"json", SIGINT, 130}, {"ndjson", SIGINT, 130}, {"json", SIGTERM, 143}, {"json", SIGHUP, 143}}));
  DYNAMIC_SECTION(c.format << ", signal " << c.signal) {
    const auto began = Clock::now();
    const auto process = hosts.fleet.start({"exec", "group=fleet", "--format", c.format, "--", hosts.command});
    REQUIRE(hosts.asleep());
    REQUIRE(eventually([&] { return hosts.quick.count("Disconnected from user") >= 1; }));
    const auto soon = hosts.soon(began);
    const auto before = Clock::now();
    process->signal(c.signal);
    const auto result = read_result(process->wait());
    CHECK(Clock::now() - before < soon);
    CHECK(result.exit_code == c.exit_code);
    check_interrupted(result);
    CHECK(hosts.nothing_left());
  }
}

TEST_CASE("Ctrl-C on a terminal ends the run within a second and shows the table", "[e2e][interrupt]") {
  const SlowAndQuick hosts;
  const auto began = Clock::now();
  const auto terminal = hosts.fleet.start_on_terminal({"exec", "group=fleet", "--", hosts.command});
  REQUIRE(hosts.asleep());
  const auto soon = hosts.soon(began);
  const auto before = Clock::now();
  terminal->type("\x03");
  const auto result = terminal->wait();
  CHECK(Clock::now() - before < soon);
  INFO(plain(terminal->screen()));
  CHECK(result.exit_code == 130);
  CHECK(plain(terminal->screen()).find("interrupted") != std::string::npos);
  CHECK(plain(terminal->screen()).find("quick") != std::string::npos);
  CHECK(hosts.nothing_left());
}

TEST_CASE("Ctrl-C ends a run that still connects", "[e2e][interrupt]") {
  BadServer bad;
  Fleet fleet;
  fleet.add({.name = "silent", .port = bad.listen(Fault::silent)});
  fleet.add({.name = "mute", .port = bad.listen(Fault::mute)});
  const auto process = fleet.start({"ping", "group=fleet", "-T", "600", "--format", "json"});
  REQUIRE(eventually([&] { return bad.accepted() == 1; }));
  process->signal(SIGINT);
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.exit_code == 130);
  CHECK(result.code("silent") == "interrupted");
  CHECK(result.code("mute") == "interrupted");
}

TEST_CASE("whoever does not read the results keeps no host waiting, and cef not from its end", "[e2e][interrupt]") {
  const Sshd server;
  Fleet fleet;
  for (const char* name : {"n1", "n2", "n3"}) fleet.add(name, server);
  struct Case {
    const char* name;
    std::vector<std::string> words;
    int signal;
    int exit_code;
  };
  const auto c = GENERATE(values<Case>(
      {{"SIGTERM", {}, SIGTERM, 143}, {"Ctrl-C", {}, SIGINT, 130}, {"the deadline", {"--deadline", "40s"}, 0, 124}}));
  DYNAMIC_SECTION(c.name) {
    const auto before = server.execs();
    std::vector<std::string> words{"exec", "group=fleet", "-f", "1", "--format", "ndjson"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    words.insert(words.end(), {"--", "head -c 300000 /dev/zero | tr '\\0' x"});
    const auto process = fleet.start(words);
    // Each of them fills the pipe, which nobody reads.
    REQUIRE(eventually([&] { return server.execs() == before + 3; }));
    REQUIRE(eventually([&] { return server.session_processes().empty(); }));
    if (c.signal != 0) process->signal(c.signal);
    const auto ended = [&] { return has_ended(process->pid()); };
    // Ctrl-C before the last result is there only ends the run: who pressed it may read on, and press it again.
    if (c.signal == SIGINT && !eventually(ended)) process->signal(SIGINT);
    CHECK(eventually(ended));
    const auto result = process->wait();
    CHECK(result.exit_code == c.exit_code);
  }
}

TEST_CASE("whoever reads neither results nor errors keeps cef from nothing either", "[e2e][interrupt]") {
  const Sshd server;
  Fleet fleet;
  for (const char* name : {"n1", "n2", "n3"}) fleet.add(name, server);
  struct Case {
    const char* name;
    std::vector<std::string> words;
    int signals;
    int exit_code;
  };
  const auto c = GENERATE(values<Case>(
      {{"SIGTERM", {}, 1, 143}, {"SIGTERM twice", {}, 2, 143}, {"the deadline", {"--deadline", "40s"}, 0, 124}}));
  DYNAMIC_SECTION(c.name) {
    const auto before = server.execs();
    // Standard output and standard error are one pipe.
    std::vector<std::string> words{
        "sh", "-c", "exec \"$0\" \"$@\" 2>&1", CEF_PROGRAM, "exec", "-vvv", "group=fleet", "-f", "1", "--stream"};
    words.insert(words.end(), c.words.begin(), c.words.end());
    words.insert(words.end(), {"--",
                               "i=0; while [ $i -lt 40 ]; do i=$((i+1)); head -c 5000 /dev/zero | tr '\\0' x; echo; "
                               "head -c 5000 /dev/zero | tr '\\0' y >&2; echo >&2; done"});
    Process process(words, {.env = fleet.environment()});
    REQUIRE(eventually([&] { return server.execs() == before + 3; }));
    REQUIRE(eventually([&] { return server.session_processes().empty(); }));
    const auto ended = [&] { return has_ended(process.pid()); };
    for (int i = 0; i < c.signals; ++i) process.signal(SIGTERM);
    CHECK(eventually(ended));
    const auto result = process.wait();
    // A second one may come when cef is all but gone: a shell says the same number.
    CHECK((result.exit_code == c.exit_code || (c.signals == 2 && result.signal == SIGTERM)));
  }
}

TEST_CASE("a reader that is slow gets all the same", "[e2e][interrupt]") {
  const Sshd server;
  Fleet fleet;
  for (const char* name : {"n1", "n2"}) fleet.add(name, server);
  const auto process =
      fleet.start({"exec", "group=fleet", "--format", "ndjson", "--", "head -c 300000 /dev/zero | tr '\\0' x"});
  REQUIRE(eventually([&] { return server.execs() == 2 && server.session_processes().empty(); }));
  const auto result = read_result(process->wait());
  CHECK(result.exit_code == 0);
  CHECK(result["n1"]["data"]["stdout"].get<std::string>().size() == 300'000);
  CHECK(result["n2"]["data"]["stdout"].get<std::string>().size() == 300'000);
}

TEST_CASE("a signal ends an inventory program with all that it started", "[e2e][interrupt]") {
  const int signal = GENERATE(SIGINT, SIGTERM, SIGHUP);
  DYNAMIC_SECTION("signal " << signal) {
    const TempDir folder;
    const std::string sleeps = own_sleep(), program = (folder / "program").string();
    write_file(program, "#!/bin/sh\n" + sleeps + " &\n" + sleeps + "\n", 0755);
    const Fleet fleet;
    const auto process = fleet.start({"ping", "group=all", "-i", program});
    REQUIRE(eventually([&] { return running(sleeps) == 2; }));
    process->signal(signal);
    const auto result = process->wait();
    CHECK((result.signal == signal || result.exit_code == 128 + signal));
    CHECK(eventually([&] { return processes_with(sleeps).empty(); }));
  }
}

TEST_CASE("a second Ctrl-C leaves at once", "[e2e][interrupt]") {
  const SlowAndQuick hosts;
  const auto process = hosts.fleet.start({"exec", "group=fleet", "--", hosts.command});
  REQUIRE(hosts.asleep());
  process->signal(SIGINT);
  process->signal(SIGINT);
  const auto result = process->wait();
  CHECK((result.exit_code == 130 || result.signal == SIGINT));
}

TEST_CASE("a command past its time is ended on the host too", "[e2e][interrupt]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  static const auto sleeps = own_sleep();  // one for all cases, as these are made once
  struct Case {
    const char* name;
    std::string command;
  };
  const auto c = GENERATE_REF(values<Case>({
      {"one process", sleeps},
      {"a shell and its children", "sh -c '" + sleeps + " & " + sleeps + "; wait'"},
      {"children in a pipe", sleeps + " | cat | cat"},
      {"children in the background of a shell that ended", "sh -c '" + sleeps + " & :'; " + sleeps},
      {"children that ignore a hang-up", "nohup " + sleeps + " & " + sleeps},
      {"children in a session of their own", "setsid " + sleeps + " & " + sleeps},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto process =
        fleet.start({"exec", "host=n1", "--timeout", "2", "--format", "json", "--", "echo begun; " + c.command});
    REQUIRE(eventually([&] { return running(sleeps) > 0; }));
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.exit_code == 2);
    CHECK(result.code("n1") == "command_timeout");
    const bool gone = eventually([&] { return processes_with(sleeps).empty(); });
    for (const auto& left : processes_with(sleeps)) UNSCOPED_INFO("left: " << left.command);
    CHECK(gone);
  }
}

TEST_CASE("a command of its own accord may leave a daemon behind", "[e2e][interrupt]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto sleeps = own_sleep();
  const auto result = fleet.cef({"exec", "host=n1", "--", "setsid " + sleeps + " >/dev/null 2>&1 </dev/null &"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(eventually([&] { return processes_with(sleeps).size() == 1; }));
  CHECK(running(sleeps) == 1);
}

TEST_CASE("what a command said before it was given up is kept", "[e2e][interrupt]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef(
      {"exec", "host=n1", "--timeout", "1", "--format", "json", "--", "echo partial; echo why >&2; sleep 600"});
  INFO(result.told());
  CHECK(result.code("n1") == "command_timeout");
  CHECK(result["n1"]["data"]["stdout"] == "partial\n");
  CHECK(result["n1"]["data"]["stderr"] == "why\n");
}
