#include <cef/core/file.hpp>
#include <cef/core/process.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <string>
#include <thread>

namespace cef {

namespace {

constexpr Milliseconds patience{60'000};

ProgramOutput sh(const std::string& script, Milliseconds limit = patience, std::size_t limit_bytes = 100'000) {
  const ProgramCall call{.command = {"sh", "-c", script}, .limit = limit, .limit_bytes = limit_bytes};
  return run_program(call);
}

// Whether the process whose number a program printed has ended; nobody may have waited for it yet.
bool gone(const std::string& printed) {
  const auto until = std::chrono::steady_clock::now() + patience;
  do {
    const auto command = read_file("/proc/" + printed.substr(0, printed.find('\n')) + "/cmdline");
    if (!command || command->empty()) return true;
    std::this_thread::sleep_for(Milliseconds(10));
  } while (std::chrono::steady_clock::now() < until);
  return false;
}

volatile std::sig_atomic_t heard = 0;

}  // namespace

TEST_CASE("a program's output is told from its errors, and how it ended from both", "[core]") {
  struct Case {
    const char* name;
    const char* script;
    const char* out;
    const char* err;
    const char* failure;
  };
  const auto c = GENERATE(values<Case>({
      {"both", "echo out; echo err >&2", "out\n", "err\n", ""},
      {"a status", "echo why >&2; exit 3", "", "why\n", "ended with status 3"},
      {"a signal", "kill -9 $$", "", "", "was ended by signal 9"},
      {"no input", "cat; echo done", "done\n", "", ""},
      {"after its output has ended", "exec >&-; sleep 0.1; exit 4", "", "", "ended with status 4"},
      {"in pieces", "echo a; sleep 0.1; echo b", "a\nb\n", "", ""},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto output = sh(c.script);
    CHECK(output.started);
    CHECK(output.out == c.out);
    CHECK(output.err == c.err);
    CHECK(output.failure == c.failure);
  }
}

TEST_CASE("a program that is not there is told from one that failed", "[core][exec]") {
  const ProgramCall call{.command = {"/nowhere/program"}, .limit_bytes = 10};
  const auto output = run_program(call);
  CHECK_FALSE(output.started);
  CHECK(output.failure == "cannot be run: No such file or directory");
}

TEST_CASE("a program that takes too long is ended with all that it started", "[core]") {
  const auto output = sh("sleep 86421 & echo $!; sleep 86421", Milliseconds(1500));
  CHECK(output.failure == "took longer than 1.5 s and was stopped");
  REQUIRE_FALSE(output.out.empty());
  CHECK(gone(output.out));
}

TEST_CASE("a program that prints too much is ended, and no more of it is kept", "[core]") {
  struct Case {
    const char* name;
    const char* script;
    const char* failure;
  };
  const auto c = GENERATE(values<Case>({
      {"all that it may", "printf 1234567; printf 890 >&2", ""},
      {"a byte more", "printf 12345678; printf 890 >&2; exec sleep 86422",
       "printed more than 10 bytes and was stopped"},
      {"without end", "yes", "printed more than 10 bytes and was stopped"},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto output = sh(c.script, patience, 10);
    CHECK(output.failure == c.failure);
    CHECK(output.out.size() + output.err.size() <= 12);
  }
}

TEST_CASE("what a program leaves behind does not hold its answer back", "[core]") {
  const auto output = sh("sleep 86423 & echo $!");
  CHECK(output.failure.empty());
  REQUIRE_FALSE(output.out.empty());
  CHECK(::kill(std::stoi(output.out), SIGKILL) == 0);
  CHECK(gone(output.out));
}

TEST_CASE("a signal that comes while a program runs ends the program before it is served", "[core]") {
  struct sigaction action {
  }, former{};
  action.sa_handler = [](int number) { heard = number; };
  ::sigaction(SIGTERM, &action, &former);
  heard = 0;
  const auto output = sh("sleep 86424 & echo $!; sleep 1; kill -TERM $PPID; sleep 86424");
  CHECK(output.failure == "was interrupted");
  CHECK(heard == SIGTERM);
  REQUIRE_FALSE(output.out.empty());
  CHECK(gone(output.out));
  ::sigaction(SIGTERM, &former, nullptr);
}

TEST_CASE("a signal that is ignored interrupts no program", "[core]") {
  struct sigaction ignore {
  }, former{};
  ignore.sa_handler = SIG_IGN;
  ::sigaction(SIGHUP, &ignore, &former);
  const auto output = sh("kill -HUP $PPID; sleep 0.3; echo done");
  CHECK(output.failure.empty());
  CHECK(output.out == "done\n");
  ::sigaction(SIGHUP, &former, nullptr);
}

}  // namespace cef
