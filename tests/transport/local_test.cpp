#include "proc.hpp"
#include "process.hpp"

#include <cef/transport/local.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>

#include <optional>

namespace cef::transport {

namespace {

struct Controller {
  asio::io_context io;
  Stop stop;
  Breaker breaker{io, stop};
  LocalExecutor executor{io, stop, breaker};

  Result<ExecResult> exec(Command command, Milliseconds limit = testing::patience) {
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

}  // namespace

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

}  // namespace cef::transport
