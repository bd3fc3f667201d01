// Scripts one after the other in a shell that a session keeps for them.
#include "../support/keys.hpp"  // not the one of this layer
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <cef/transport/ahead.hpp>
#include <cef/transport/kept_shell.hpp>
#include <cef/transport/ssh.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>
#include <functional>
#include <thread>

namespace cef::transport::kept_shell_tests {

namespace {

struct Order {
  std::string script;
  std::string input{};
  bool own = false;        // over a channel of its own
  Milliseconds limit{0};   // zero: none
  bool interrupt = false;  // the run is stopped a moment later
  bool is_private = false;
};

using Ran = std::vector<Result<ExecResult>>;

Command command_of(const Order& order) {
  Command command;
  command.text = "exec /bin/sh -c '" + order.script + "' cef";  // scripts here have no quotes
  command.input = order.input;
  return command;
}

asio::awaitable<void> go(asio::io_context& io, SshExecutor& executor, Stop& stop, Target target,
                         std::vector<Order> orders, Ran& ran) {
  LoginTimes times;
  const auto session = co_await executor.connect(target, Clock::now() + Milliseconds(20'000), times);
  REQUIRE(session);
  open_channels_ahead(**session);
  keep_shells(**session);
  for (const Order& order : orders) {
    asio::steady_timer timer(io, std::chrono::seconds(1));
    if (order.interrupt)
      timer.async_wait([&stop](boost::system::error_code error) {
        if (!error) stop.request(Code::interrupted);
      });
    const Deadline deadline = order.limit.count() > 0 ? Clock::now() + order.limit : no_deadline;
    auto command = command_of(order);
    auto running = order.own ? (*session)->exec(std::move(command), deadline)
                             : exec_kept(**session, std::move(command), {order.script, order.is_private}, deadline);
    ran.push_back(co_await std::move(running));
  }
}

Ran run(const testing::Sshd& server, std::vector<Order> orders) {
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
  boost::asio::co_spawn(io, go(io, executor, stop, target, std::move(orders), ran), [](std::exception_ptr error) {
    if (error) std::rethrow_exception(error);
  });
  io.run();
  return ran;
}

bool soon(const std::function<bool()>& holds) {
  for (int i = 0; i < 500 && !holds(); ++i) std::this_thread::sleep_for(Milliseconds(10));
  return holds();
}

}  // namespace

TEST_CASE("scripts of a kept shell have one login shell, and outputs, status and input of their own", "[transport]") {
  const testing::Sshd server;
  const auto ran = run(server, {{"pwd"},
                                {"printf \"no end\" >&2; exit 7"},
                                {"cat; cat; echo $?", "a line\n\\and \"more"},
                                {"x=1; cd /; trap \"echo trapped\" EXIT; printf \"\\n\\n\""},
                                {"echo .$x; pwd; kill -TERM $(exec sh -c \"echo \\$PPID\"); echo not here"},
                                {"syntax ("},
                                {"cat; echo last"},
                                {"cat", "$x `y`\n\\z\n\n"},
                                {"exit 3", "unread\n"}});
  REQUIRE(ran.size() == 9);
  for (const auto& each : ran) REQUIRE(each);
  CHECK(ran[0]->status == 0);
  CHECK(ran[0]->out.starts_with("/"));
  CHECK(ran[0]->err.empty());
  CHECK(ran[1]->status == 7);
  CHECK(ran[1]->out.empty());
  CHECK(ran[1]->err == "no end");
  CHECK(ran[2]->out == "a line\n\\and \"more0\n");
  CHECK(ran[3]->out == "\n\ntrapped\n");
  CHECK(ran[4]->out == ".\n" + ran[0]->out);
  CHECK(ran[4]->status == 128 + SIGTERM);
  CHECK(ran[5]->status == 2);
  CHECK(ran[6]->out == "last\n");
  CHECK(ran[7]->out == "$x `y`\n\\z\n\n");
  CHECK(ran[8]->status == 3);
  CHECK(server.execs() == 1);
}

TEST_CASE("a kept shell's first script finds no functions but its own", "[transport]") {
  const testing::Sshd server;
  const auto ran =
      run(server, {{"for f in stat line marked scan finish young; do type $f; done 2>&1 | grep -c function"}});
  REQUIRE(ran.size() == 1);
  REQUIRE(ran[0]);
  CHECK(ran[0]->out == "0\n");
}

TEST_CASE("much output of a kept shell's script arrives whole, too much ends it", "[transport]") {
  const testing::Sshd server;
  const auto ran =
      run(server, {{"head -c 3000000 /dev/zero; head -c 300000 /dev/zero >&2"}, {"cat /dev/zero"}, {"echo after"}});
  REQUIRE(ran.size() == 3);
  REQUIRE(ran[0]);
  CHECK(ran[0]->out == std::string(3'000'000, '\0'));
  CHECK(ran[0]->err == std::string(300'000, '\0'));
  REQUIRE(!ran[1]);
  CHECK(ran[1].error().code == Code::output_limit);
  CHECK(ran[1].error().message.ends_with(" and was ended on the host"));
  REQUIRE(ran[2]);
  CHECK(ran[2]->out == "after\n");
}

TEST_CASE("what has a deadline has a channel of its own, which is all that its end ends", "[transport]") {
  const testing::Sshd server;
  const auto ran = run(server, {{"echo"}, {"sleep 1000", "", false, Milliseconds(3'000)}, {"echo after"}});
  REQUIRE(ran.size() == 3);
  REQUIRE(!ran[1]);
  CHECK(ran[1].error().code == Code::command_timeout);
  REQUIRE(ran[2]);
  CHECK(ran[2]->out == "after\n");
  CHECK(server.execs() == 2);
}

TEST_CASE("what a login shell's files say is not among a script's words", "[transport]") {
  const testing::Sshd server;
  testing::write_file(server.home() / ".bashrc", "echo welcome; echo to n1 >&2\n");
  const auto ran = run(server, {{"echo one; echo two >&2; exit 3"}, {"echo three"}});
  REQUIRE(ran.size() == 2);
  REQUIRE(ran[0]);
  CHECK(ran[0]->out == "one\n");
  CHECK(ran[0]->err == "two\n");
  REQUIRE(ran[1]);
  CHECK(ran[1]->out == "three\n");
}

TEST_CASE("a run that is stopped ends what a kept shell runs, and the shell", "[transport]") {
  const testing::Sshd server;
  const bool first = GENERATE(true, false);
  std::vector<Order> orders;
  if (!first) orders.push_back({"echo"});
  orders.push_back({"sleep 1000 & setsid sleep 1000 & wait", "", false, Milliseconds(0), true});
  const auto ran = run(server, std::move(orders));
  REQUIRE(!ran.back());
  CHECK(ran.back().error().code == Code::interrupted);
  CHECK(soon([&] { return server.session_processes().empty(); }));
}

TEST_CASE("what an earlier script has started outlives the end of a later one", "[transport]") {
  const testing::Sshd server;
  const auto ran = run(server, {{"setsid sleep 1000 >/dev/null 2>&1 & sleep 1001 >/dev/null 2>&1 & echo $$"},
                                {"sleep 1000 & setsid sleep 1000 & wait", "", false, Milliseconds(0), true}});
  REQUIRE(ran.size() == 2);
  REQUIRE(ran[0]);
  REQUIRE(!ran[1]);
  CHECK(ran[1].error().code == Code::interrupted);
  CHECK(soon([&] { return server.session_processes().size() == 2; }));  // until the server goes
}

TEST_CASE("a script that nobody is to see is in no list of processes", "[transport]") {
  const testing::Sshd server;
  const char* const look = "cat /proc/[0-9]*/cmdline | tr \"\\000\" \" \" | grep -c secret-[w]ord";
  const auto ran = run(server, {{"true secret-word", "", false, Milliseconds(0), false, true}, {look}});
  REQUIRE(ran.size() == 2);
  REQUIRE(ran[1]);
  CHECK(ran[1]->out == "0\n");
}

TEST_CASE("a kept shell that ends under a script is a lost link; the next script has another one", "[transport]") {
  const testing::Sshd server;
  const auto ran = run(server, {{"echo"}, {"kill -KILL $$; sleep 5"}, {"echo after"}});
  REQUIRE(ran.size() == 3);
  REQUIRE(!ran[1]);
  CHECK(ran[1].error().code == Code::connection_lost);
  REQUIRE(ran[2]);
  CHECK(ran[2]->out == "after\n");
  CHECK(server.execs() == 2);
}

TEST_CASE("a server that has room for one channel is no worse off", "[transport]") {
  const int room = GENERATE(1, 2);
  const testing::Sshd server({.config = {fmt::format("MaxSessions {}", room)}});
  std::vector<Order> orders;
  for (int i = 0; i < 6; ++i) orders.push_back({fmt::format("echo {}", i), "", i % 2 == 1});
  const auto ran = run(server, std::move(orders));
  REQUIRE(ran.size() == 6);
  for (std::size_t i = 0; i < ran.size(); ++i) {
    INFO(fmt::format("room for {}, command {}: {}", room, i, ran[i] ? "" : ran[i].error().message));
    REQUIRE(ran[i]);
    CHECK(ran[i]->out == fmt::format("{}\n", i));
  }
}

}  // namespace cef::transport::kept_shell_tests
