#include "proc.hpp"
#include "process.hpp"

#include <cef/transport/local.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <functional>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <optional>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cef::transport::local_tests {

namespace {

struct Controller {
  asio::io_context io;
  Stop stop;
  Breaker breaker{io, stop};
  LocalExecutor executor{io, stop, breaker};

  Result<ExecResult> exec(Command command, Milliseconds limit = testing::patience) {
    io.restart();
    asio::co_spawn(io, go(std::move(command), Clock::now() + limit), [](std::exception_ptr error) {
      if (error) std::rethrow_exception(error);
    });
    io.run();
    return std::move(result_).value();
  }

 private:
  asio::awaitable<void> go(Command command, Deadline deadline) {
    LoginTimes times;
    Target target;
    auto session = co_await executor.connect(std::move(target), deadline, times);
    REQUIRE(session);
    result_ = co_await (*session)->exec(std::move(command), deadline);
  }

  std::optional<Result<ExecResult>> result_;
};

Command make(std::string text) {
  Command command;
  command.text = std::move(text);
  return command;
}

// From now on in this process and its children, as on Linux before 5.3.
bool forbid_pidfd_open() {
  std::array<sock_filter, 4> code{{BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                                   BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
                                   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)}};
  const sock_fprog program{code.size(), code.data()};
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// What a process of its own says of it: 0 for yes.
int in_a_child(const std::function<bool()>& holds) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(holds() ? 0 : 1);
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a local command is waited for where the kernel has no pidfd", "[transport]") {
  // Not in this process, where the filter would stay.
  CHECK(in_a_child([] {
          if (!forbid_pidfd_open()) return true;  // no filters here
          Controller here;
          for (int i = 0; i < 5; ++i) {
            const auto ran = here.exec(make("echo out; echo err >&2; exit 5"));
            if (!ran || ran->out != "out\n" || ran->err != "err\n" || ran->status != 5) return false;
          }
          const auto killed = here.exec(make("kill -KILL $$; sleep 86423"));
          if (!killed) return false;
          const auto late = here.exec(make("sleep 86424"), Milliseconds(200));
          if (late || late.error().code != Code::command_timeout) return false;
          // All of them were waited for.
          return ::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD;
        }) == 0);
}

TEST_CASE("a local command is called ended when all that it started has ended", "[transport]") {
  Controller here;
  const auto ran = here.exec(make("(trap '' TERM; exec >/dev/null 2>&1; sleep 86425; sleep 86425) & "
                                  "sh -c 'setsid sleep 86425 &'; exec >/dev/null 2>&1; sleep 86425"),
                             Milliseconds(300));
  const auto left = testing::processes_with("sleep 86425");
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::command_timeout);
  CHECK(ran.error().message.ends_with("and was ended"));
  CHECK(left.empty());
}

TEST_CASE("a local command is not called ended when something of it goes on", "[transport]") {
  Controller here;
  // The guard is killed, and so nobody ends the rest.
  const auto ran = here.exec(make("for f in /proc/[0-9]*/stat; do read -r p x x pp x <$f; [ \"$pp\" = $PPID ] && "
                                  "[ $p != $$ ] && kill -KILL $p; done 2>/dev/null; sleep 86426"),
                             Milliseconds(300));
  REQUIRE_FALSE(ran);
  CHECK(ran.error().message.find("not all that it started has ended") != std::string::npos);
  const auto left = testing::processes_with("sleep 86426");
  CHECK_FALSE(left.empty());
  for (const auto& process : left) ::kill(process.pid, SIGKILL);
}

TEST_CASE("a local command's output and status are collected", "[transport]") {
  Controller here;
  const auto ran = here.exec(make("echo out; echo err >&2; exit 5"));
  REQUIRE(ran);
  CHECK(ran->out == "out\n");
  CHECK(ran->err == "err\n");
  CHECK(ran->status == 5);
}

TEST_CASE("a local command reads its input", "[transport]") {
  Controller here;
  Command command = make("wc -c");
  command.input = std::string(500'000, 'x');
  const auto ran = here.exec(std::move(command));
  REQUIRE(ran);
  CHECK(ran->out.find("500000") != std::string::npos);
}

TEST_CASE("a local command that takes too long is ended with its children", "[transport]") {
  Controller here;
  const auto ran = here.exec(make("sleep 86420 & sleep 86420"), Milliseconds(200));
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::command_timeout);
  CHECK(testing::eventually([] { return testing::processes_with("sleep 86420").empty(); }));
}

TEST_CASE("a local command ends when the run is stopped", "[transport]") {
  Controller here;
  asio::steady_timer timer(here.io, std::chrono::milliseconds(100));
  timer.async_wait([&](auto) { here.stop.request(Code::interrupted); });
  const auto ran = here.exec(make("sleep 86421"));
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::interrupted);
  CHECK(testing::eventually([] { return testing::processes_with("sleep 86421").empty(); }));
}

TEST_CASE("a flood of local output is cut off", "[transport]") {
  Controller here;
  Command command = make("yes");
  command.streams.output_limit = 100'000;
  const auto ran = here.exec(std::move(command));
  REQUIRE_FALSE(ran);
  CHECK(ran.error().code == Code::output_limit);
}

TEST_CASE("output is seen as it comes", "[transport]") {
  Controller here;
  std::string seen;
  Command command = make("echo one; echo two >&2");
  command.streams.on_output = [&](bool is_stderr, std::string_view bytes) {
    seen += (is_stderr ? "err:" : "out:") + std::string(bytes);
  };
  REQUIRE(here.exec(std::move(command)));
  CHECK(seen.find("out:one\n") != std::string::npos);
  CHECK(seen.find("err:two\n") != std::string::npos);
}

}  // namespace cef::transport::local_tests
