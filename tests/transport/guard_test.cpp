// The guard runs here as on a host: by real shells, its standard input a pipe that the test holds.
#include "guard.hpp"

#include "proc.hpp"
#include "process.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <string>
#include <unistd.h>

namespace cef::transport::guard_tests {

namespace {

// Runs the line as a server would: its standard input carries the command's and then stays open.
testing::RunResult run_guarded(const std::string& shell, const Command& command, Milliseconds limit) {
  return testing::run({"/bin/bash", "-c", "\"$1\" -c \"$2\" < <(printf %s \"$3\"; exec sleep 60 2>/dev/null)", "test",
                       shell, remote_line(command, limit, ""), command.input},
                      {.env = {{"SHELL", shell}}});
}

// Seconds for a sleep that no other test, and no other run of this one, has.
std::string a_long_time() {
  static int last = 0;
  return std::to_string(80'000 + ++last) + "." + std::to_string(::getpid());
}

}  // namespace

TEST_CASE("a guarded command gets through any shell as it is", "[transport]") {
  const std::string shell = GENERATE("/bin/dash", "/bin/bash");
  struct Case {
    const char* text;
    const char* out;
    int status;
  };
  const auto c = GENERATE(values<Case>({
      {"echo hello", "hello\n", 0},
      {"exit 7", "", 7},
      {"echo \"it's $((1 + 2))\" '!' \\\\", "it's 3 ! \\\n", 0},
      {"printf '%s|' a\\ b \"$#\"; cat", "a b|0|", 0},
      {"echo first\necho second", "first\nsecond\n", 0},
      {"kill -KILL $$", "", 137},
      {"no-such-command-here 2>/dev/null", "", 127},
      {"readlink /proc/self/fd/0", "/dev/null\n", 0},
      {"echo üñí — 한국어", "üñí — 한국어\n", 0},
  }));
  DYNAMIC_SECTION(shell << ": " << c.text) {
    Command command;
    command.text = c.text;
    const auto result = run_guarded(shell, command, Milliseconds(0));
    CHECK(result.out == c.out);
    CHECK(result.exit_code == c.status);
  }
}

TEST_CASE("input reaches the command and then ends, though the session's goes on", "[transport]") {
  Command command;
  command.text = "cat; echo end";
  command.input = "line one\nline two";
  CHECK(run_guarded("/bin/sh", command, Milliseconds(60'000)).out == "line one\nline twoend\n");
}

TEST_CASE("input comes in pieces of any size, until one of none", "[transport]") {
  const std::string shell = GENERATE("/bin/dash", "/bin/bash", "/bin/busybox sh");
  const bool busybox = shell != "/bin/dash" && shell != "/bin/bash";
  if (busybox && ::access("/bin/busybox", X_OK) != 0) {
    WARN("left out: there is no /bin/busybox");
    return;
  }
  const testing::TempDir tools;
  if (busybox) testing::run({"/bin/busybox", "--install", "-s", tools.path().string()});
  Command command;
  command.text = "cat; echo end";
  command.streams.source = [](std::size_t) { return std::nullopt; };
  // All pieces are there at once.
  const auto result = testing::run(
      {"/bin/bash", "-c", "PATH=$4:$PATH; $1 -c \"$2\" < <(printf %s \"$3\"; exec sleep 20 2>/dev/null)", "test", shell,
       remote_line(command, Milliseconds(0), ""), "6\none\ntw9\no\nthree\n\n0\n", tools.path().string()},
      {.env = {{"SHELL", busybox ? (tools / "sh").string() : shell}}});
  CHECK(result.out == "one\ntwo\nthree\n\nend\n");
  CHECK(result.exit_code == 0);
}

TEST_CASE("a command whose input breaks off in the middle of a piece is ended", "[transport]") {
  const std::string mark = a_long_time();
  Command command;
  command.text = "cat; sleep " + mark;
  command.streams.source = [](std::size_t) { return std::nullopt; };
  const auto result = testing::run({"/bin/sh", "-c", remote_line(command, Milliseconds(0), "")}, {.input = "9\nfour"});
  CHECK(result.signal == SIGTERM);
  CHECK(testing::eventually([&] { return testing::processes_with("sleep " + mark).empty(); }));
}

TEST_CASE("a command that reads none of its input ends all the same", "[transport]") {
  Command command;
  command.text = "exit 3";
  command.input = std::string(300'000, 'x');
  // Written by a file: the argument list could not carry it.
  const testing::TempDir folder;
  testing::write_file(folder / "input", command.input);
  const auto result = testing::run({"/bin/bash", "-c", "/bin/sh -c \"$1\" < <(cat \"$2\"; exec sleep 60 2>/dev/null)",
                                    "test", remote_line(command, Milliseconds(0), ""), (folder / "input").string()});
  CHECK(result.exit_code == 3);
}

TEST_CASE("the end of the input ends the command and all that it started", "[transport]") {
  const bool limited = GENERATE(false, true);  // with a limit, timeout(1) holds the input
  const std::string mark = a_long_time();
  Command command;
  command.text =
      "sleep " + mark + " & setsid sleep " + mark + " & (trap '' TERM; sleep " + mark + "; sleep " + mark + ") & wait";
  const auto result =
      testing::run({"/bin/sh", "-c", remote_line(command, Milliseconds(limited ? 6'000'000 : 0), "")}, {.input = ""});
  CHECK(result.signal == SIGTERM);
  CHECK(testing::eventually([&] { return testing::processes_with("sleep " + mark).empty(); }));
}

TEST_CASE("what left the session and has no parent any more is ended too", "[transport]") {
  const std::string shell = GENERATE("/bin/dash", "/bin/bash");
  const std::string mark = a_long_time();
  Command command;
  command.text = "sh -c 'setsid sleep " + mark + " & setsid sh -c \"sleep " + mark + "; true\" &'; sleep " + mark;
  const auto line = remote_line(command, Milliseconds(0), "");
  const auto result = testing::run({"/bin/bash", "-c", "\"$1\" -c \"$2\" < <(sleep 1)", "test", shell, line});
  CHECK(result.signal == 0);  // bash's own
  CHECK(testing::eventually([&] { return testing::processes_with("sleep " + mark).empty(); }));
}

TEST_CASE("what an earlier command left behind is not ended with a later one", "[transport]") {
  const std::string left = "sleep " + a_long_time(), late = "sleep " + a_long_time();
  Command first, second;
  first.text = left + " >/dev/null 2>&1 & echo started";
  CHECK(run_guarded("/bin/sh", first, Milliseconds(0)).out == "started\n");
  second.text = late;
  testing::run({"/bin/sh", "-c", remote_line(second, Milliseconds(0), "")}, {.input = ""});
  CHECK(testing::eventually([&] { return testing::processes_with(late).empty(); }));
  const auto there = testing::processes_with(left);
  CHECK_FALSE(there.empty());
  for (const auto& process : there) ::kill(process.pid, SIGKILL);
}

TEST_CASE("a limit ends the command although the session stays open", "[transport]") {
  Command command;
  const std::string mark = a_long_time();
  command.text = "sleep " + mark;
  const auto line = remote_line(command, Milliseconds(1), "");  // and five seconds, which the controller is ahead
  const auto result =
      testing::run({"/bin/bash", "-c", "/bin/sh -c \"$1\" < <(exec sleep 60 2>/dev/null)", "test", line});
  CHECK(result.exit_code == 128 + SIGTERM);
  CHECK(testing::eventually([&] { return testing::processes_with("sleep " + mark).empty(); }));
}

TEST_CASE("a daemon that the command leaves behind goes on", "[transport]") {
  Command command;
  const std::string sleep = "sleep " + a_long_time();
  command.text = sleep + " >/dev/null 2>&1 & echo started";
  CHECK(run_guarded("/bin/sh", command, Milliseconds(0)).out == "started\n");
  int found = 0;
  for (const auto& process : testing::processes_with(sleep)) {
    if (process.command != sleep) continue;
    ++found;
    ::kill(process.pid, SIGKILL);
  }
  CHECK(found == 1);
}

TEST_CASE("a free command is sent as it is", "[transport]") {
  Command command;
  command.text = "true";
  command.lifetime = Lifetime::free;
  CHECK(remote_line(command, Milliseconds(1000), "") == "true");
}

TEST_CASE("a free command has sudo around it too, and its input as it is", "[transport]") {
  const testing::TempDir bin;
  testing::write_file(bin / "sudo", "#!/bin/sh\nwhile [ \"$1\" != -- ]; do shift; done; shift; exec \"$@\"\n", 0755);
  Command command;
  command.text = "echo \"[$LC_ALL]\"; cat; exit 4";
  command.become = "www data";
  command.lifetime = Lifetime::free;
  const auto result = testing::run(
      {"/bin/sh", "-c", remote_line(command, Milliseconds(0), "cef-mark")},
      {.input = "input", .env = {{"PATH", bin.path().string() + ":/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}}});
  CHECK(result.out == "[C.UTF-8]\ninput");
  CHECK(result.err == "cef-mark-started\n");
  CHECK(result.exit_code == 4);
}

TEST_CASE("sudo stands around the guard, so that it can end what runs as root", "[transport]") {
  // A sudo that tells how it was called, then does it; the real one is met in tests/e2e/sudo_test.cpp.
  const testing::TempDir bin;
  testing::write_file(bin / "sudo",
                      "#!/bin/sh\necho \"LC_ALL=$LC_ALL\" >&2\n"
                      "while [ \"$1\" != -- ]; do printf \"%s\\n\" \"$1\" >&2; shift; done; shift; exec \"$@\"\n",
                      0755);
  const bool password = GENERATE(false, true);
  const std::string shell = GENERATE("/bin/dash", "/bin/bash");
  Command command;
  command.text = "echo \"it's me, [$LC_ALL]!\"; cat; exit 4";
  command.input = "input";
  command.become = "www data";
  if (password) command.become_password.emplace("s3cret!");
  const auto line = remote_line(command, Milliseconds(0), "cef-mark");
  CHECK(line.find("s3cret!") == std::string::npos);
  const auto result = testing::run(
      {"/bin/bash", "-c", "\"$1\" -c \"$2\" < <(printf %s \"$3\"; exec sleep 60 2>/dev/null)", "test", shell, line,
       command.input},
      {.env = {{"SHELL", shell}, {"PATH", bin.path().string() + ":/usr/bin:/bin"}, {"LC_ALL", "C.UTF-8"}}});
  CHECK(result.out == "it's me, [C.UTF-8]!\ninput");
  CHECK(result.err == std::string("LC_ALL=C\n") + (password ? "-S\n-p\ncef-mark-password\n" : "-n\n") +
                          "-H\n-u\nwww data\ncef-mark-started\n");
  CHECK(result.exit_code == 4);
}

}  // namespace cef::transport::guard_tests
