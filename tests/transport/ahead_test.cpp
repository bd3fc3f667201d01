// Commands one after the other on one session, each over a channel that was opened while the one before it ran.
#include "../support/keys.hpp"  // not the one of this layer
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <cef/transport/ahead.hpp>
#include <cef/transport/ssh.hpp>

#include <boost/asio/co_spawn.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>

namespace cef::transport::ahead_tests {

namespace {

using Ran = std::vector<Result<ExecResult>>;

asio::awaitable<void> go(SshExecutor& executor, Target target, std::vector<Command> commands, bool ahead,
                         Milliseconds limit, Ran& ran) {
  LoginTimes times;
  const auto session = co_await executor.connect(target, Clock::now() + Milliseconds(20'000), times);
  REQUIRE(session);
  if (ahead) open_channels_ahead(**session);
  for (Command& command : commands) ran.push_back(co_await (*session)->exec(std::move(command), Clock::now() + limit));
}

Ran run(const testing::Sshd& server, std::vector<Command> commands, bool ahead,
        Milliseconds limit = Milliseconds(20'000)) {
  std::signal(SIGPIPE, SIG_IGN);  // as cef does
  const testing::TempDir folder;
  testing::write_file(folder / "known_hosts", server.known_hosts());
  Target target;
  target.address = "127.0.0.1";
  target.port = server.port();
  target.user = testing::login_user();
  target.key_files = {testing::key_file("ed25519").string()};
  target.identities_only = true;
  target.known_hosts = {(folder / "known_hosts").string()};
  Stop stop;
  boost::asio::io_context io;
  SshExecutor executor{io, stop};
  Ran ran;
  boost::asio::co_spawn(io, go(executor, target, std::move(commands), ahead, limit, ran), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  return ran;
}

Command command(std::string text, std::string input = {}) {
  Command made;
  made.text = std::move(text);
  made.input = std::move(input);
  return made;
}

}  // namespace

TEST_CASE("what is sent with the request for a command arrives whole", "[transport]") {
  const testing::Sshd server;
  const std::string much(std::size_t{3} << 20, '\x80');
  const auto ran =
      run(server, {command("cat", std::string("a\0b\n", 4)), command("wc -c", much), command("cat", much)}, true);
  REQUIRE(ran.size() == 3);
  CHECK(ran[0]->out == std::string("a\0b\n", 4));
  CHECK(std::stoul(ran[1]->out) == much.size());
  CHECK(ran[2]->out == much);
}

TEST_CASE("the next command's channel is opened while one runs, where that is asked for", "[transport]") {
  const testing::Sshd server({.config = {"MaxSessions 1"}});
  const bool ahead = GENERATE(false, true);
  const auto ran = run(server, {command("echo 1")}, ahead);
  REQUIRE(ran.size() == 1);
  REQUIRE(ran[0]);
  CHECK(ran[0]->out == "1\n");
  CHECK(server.count("no more sessions") == (ahead ? 1 : 0));
}

TEST_CASE("a server that has no room for another channel is asked once", "[transport]") {
  const testing::Sshd server({.config = {"MaxSessions 2"}});
  std::vector<Command> commands;
  for (int i = 0; i < 10; ++i) commands.push_back(i % 2 == 0 ? command("exit 7") : command("cat", "text\n"));
  const auto ran = run(server, std::move(commands), true);
  REQUIRE(ran.size() == 10);
  for (std::size_t i = 0; i < ran.size(); ++i) {
    REQUIRE(ran[i]);
    CHECK(ran[i]->status == (i % 2 == 0 ? 7 : 0));
    CHECK(ran[i]->out == (i % 2 == 0 ? "" : "text\n"));
  }
  CHECK(server.count("no more sessions") <= 1);
}

TEST_CASE("after a command that was given up the next one runs as ever", "[transport]") {
  const testing::Sshd server;
  const auto ran =
      run(server, {command("echo before"), command("sleep 1000"), command("echo after")}, true, Milliseconds(3'000));
  REQUIRE(ran.size() == 3);
  CHECK(ran[0]->out == "before\n");
  REQUIRE(!ran[1]);
  CHECK(ran[1].error().code == Code::command_timeout);
  REQUIRE(ran[2]);
  CHECK(ran[2]->out == "after\n");
}

}  // namespace cef::transport::ahead_tests
