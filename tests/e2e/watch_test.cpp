// cef watch: rounds over sessions that stay open, on a terminal and elsewhere.
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>
#include <map>
#include <optional>

using namespace cef::testing;

namespace {

constexpr const char* enter_screen = "\x1b[?1049h";
constexpr const char* leave_screen = "\x1b[?25h\x1b[?1049l";

bool left_cleanly(const std::string& screen) {
  const auto left = screen.rfind(leave_screen);
  return left != std::string::npos && screen.find("\x1b[?1049h", left) == std::string::npos &&
         screen.find("\x1b[?25l", left) == std::string::npos;
}

}  // namespace

TEST_CASE("rounds of a watch cost one login for each host, and one command for each host and round", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  for (const auto* name : {"n1", "n2", "n3"}) fleet.add(name, server);
  const auto result =
      fleet.cef({"watch", "mem", "group=fleet", "--interval", "1s", "--count", "4", "--format", "ndjson"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  CHECK(server.logins() == 3);
  CHECK(server.execs() == 12);
  std::map<std::string, std::vector<int>> rounds;
  for (const auto& line : result.lines) {
    rounds[line.at("host")].push_back(line.at("round"));
    CHECK(line.at("data").at("used_pct").get<double>() > 0);
    CHECK(line.at("time").is_string());
  }
  for (const auto* name : {"n1", "n2", "n3"}) CHECK(rounds[name] == std::vector{1, 2, 3, 4});
}

TEST_CASE("a watch that does not write to a terminal prints a line for each host and round", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add({.name = "gone", .port = free_port()});
  const auto result = fleet.cef({"watch", "group=fleet", "mem", "--interval", "3s", "--count", "2"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(std::count(result.out.begin(), result.out.end(), '\n') == 5);
  CHECK(result.out.find("TIME      ROUND  HOST") == 0);
  CHECK(result.out.find("unreachable  127.0.0.1 port") != std::string::npos);
  CHECK(result.out.find('\x1b') == std::string::npos);
}

TEST_CASE("a watch that ends can be any format, of the last answers", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto endless = fleet.cef({"watch", "mem", "group=fleet", "--format", "json"});
  CHECK(endless.exit_code == 5);
  CHECK(endless.err.find("--count N gives it one") != std::string::npos);
  const auto json =
      fleet.cef({"watch", "mem", "group=fleet", "--interval", "200ms", "--count", "2", "--format", "json"});
  INFO(json.told());
  CHECK(json.exit_code == 0);
  REQUIRE(json.document["results"].size() == 1);
  CHECK(json["n1"]["data"]["used_pct"].is_number());
  const auto nagios = fleet.cef({"watch", "mem", "group=fleet", "--count", "1", "--format", "nagios"});
  CHECK(nagios.out == "CEF OK - 1 of 1 hosts ok\n");
}

TEST_CASE("a host that hangs keeps no other waiting, and is in one round at a time", "[e2e][watch]") {
  const Sshd server;
  const Sshd slow;
  std::filesystem::create_directories(slow.home() / "bin");
  write_file(slow.home() / "bin" / "cat",
             "#!/bin/sh\nuntil [ -e \"$HOME/go\" ]; do sleep 0.05; done\nexec /bin/cat \"$@\"\n", 0755);
  Fleet fleet;
  fleet.add("slow", slow);
  fleet.add("quick", server);
  const auto cef = fleet.start({"watch", "mem", "group=fleet", "--interval", "250ms", "--format", "ndjson"});
  const auto rounds = [&](const std::string& host) {
    std::vector<int> all;
    const auto result = read_result({{}, cef->out(), "", false});
    for (const auto& line : result.lines)
      if (line.at("host") == host) all.push_back(line.at("round"));
    return all;
  };
  REQUIRE(cef->pump_until([&] { return rounds("quick").size() >= 4; }));
  CHECK(rounds("slow").empty());
  CHECK(slow.execs() == 1);
  const int hung_until = rounds("quick").back();
  write_file(slow.home() / "go", "");
  REQUIRE(cef->pump_until([&] { return rounds("slow").size() >= 2; }));
  cef->signal(SIGTERM);
  CHECK(cef->wait().exit_code == 143);
  // The rounds that it missed are not made up for.
  CHECK(rounds("slow")[0] == 1);
  CHECK(rounds("slow")[1] > hung_until);
  CHECK(slow.logins() == 1);
}

TEST_CASE("sessions that were killed are made anew in the next round", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto cef = fleet.start({"watch", "mem", "group=fleet", "--interval", "300ms", "--format", "ndjson"});
  REQUIRE(cef->wait_for_output("\"round\":2"));
  server.kill_sessions();
  const auto logged_in = [&] { return server.logins() == 2; };
  REQUIRE(cef->pump_until(logged_in));
  const auto seen = cef->out().size();
  REQUIRE(cef->pump_until([&] { return cef->out().find("\"status\":\"ok\"", seen) != std::string::npos; }));
  cef->signal(SIGTERM);
  const auto result = cef->wait();
  CHECK(result.exit_code == 143);
  CHECK(eventually([&] { return server.session_processes().empty(); }));
}

TEST_CASE("a watch that nobody reads goes on, and ends when its terminal hangs up", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  for (int i = 0; i < 10; ++i) fleet.add("n" + std::to_string(i), server);
  const auto cef = fleet.start({"watch", "mem", "group=fleet", "--interval", "100ms", "--format", "ndjson"});
  // More than a pipe holds: 64 KiB, of lines that have some 300 bytes.
  REQUIRE(eventually([&] { return server.execs() > 500; }));
  cef->signal(SIGHUP);
  CHECK(eventually([&] { return server.session_processes().empty(); }));
  CHECK(cef->wait().exit_code == 143);
}

TEST_CASE("a terminal that takes nothing more keeps a watch neither from its hosts nor from its end", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  for (int i = 0; i < 10; ++i) fleet.add("n" + std::to_string(i), server);
  const auto cef = fleet.start_on_terminal({"watch", "mem", "group=fleet", "--interval", "100ms"});
  REQUIRE(cef->wait_for("10 hosts"));
  // Nobody reads from now on: a terminal holds 4 KiB, and each round changes ages and numbers.
  const auto before = server.execs();
  REQUIRE(eventually([&] { return server.execs() > before + 600; }));
  kill(cef->pid(), SIGTERM);
  CHECK(eventually([&] {
    const auto all = processes();
    return std::ranges::none_of(
        all, [&](const ProcessEntry& entry) { return entry.pid == cef->pid() && !entry.command.empty(); });
  }));
  CHECK(cef->wait().exit_code == 143);
  CHECK(cef->is_cooked());
}

TEST_CASE("a watch fills the terminal, follows its size and its keys, and leaves it as it was", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  for (int i = 1; i <= 12; ++i) fleet.add("n" + std::to_string(i), server);
  const auto cef =
      fleet.start_on_terminal({"watch", "mem", "group=fleet", "--interval", "60s"}, {.columns = 100, .rows = 10});
  REQUIRE(cef->wait_for("12 hosts: 12 ok"));
  CHECK(cef->screen().find(enter_screen) != std::string::npos);
  CHECK_FALSE(cef->is_cooked());
  CHECK(cef->wait_for("1-7 of 12"));
  CHECK(plain(cef->screen()).find("n8") == std::string::npos);
  cef->type("\x1b[6~");
  CHECK(cef->wait_for("6-12 of 12"));
  CHECK(cef->wait_for("n12"));
  cef->type("1r");  // by host, downwards
  CHECK(cef->wait_for("HOST▼"));
  cef->forget_screen();
  cef->resize(100, 30);
  CHECK(cef->wait_for("q quit  space pause"));
  CHECK(cef->wait_for("n9"));
  CHECK(plain(cef->screen()).find(" of 12") == std::string::npos);
  cef->type("?");
  CHECK(cef->wait_for("the other way round"));
  cef->type("? ");
  CHECK(cef->wait_for("(paused)"));
  cef->type("q");
  const auto result = cef->wait();
  CHECK(result.exit_code == 0);
  CHECK(left_cleanly(result.out));
  CHECK(cef->is_cooked());
  CHECK(server.logins() == 12);
}

TEST_CASE("a watch ended by a signal leaves the terminal as it was", "[e2e][watch]") {
  struct Case {
    const char* name;
    int signal;  // 0: Ctrl-C is typed
    int exit_code;
  };
  const auto c = GENERATE(Case{"Ctrl-C", 0, 130}, Case{"SIGTERM", SIGTERM, 143});
  DYNAMIC_SECTION(c.name) {
    const Sshd server;
    Fleet fleet;
    fleet.add("n1", server);
    const auto cef = fleet.start_on_terminal({"watch", "mem", "group=fleet", "--interval", "0.5s"});
    REQUIRE(cef->wait_for("1 host: 1 ok"));
    if (c.signal == 0)
      cef->type("\x03");
    else
      kill(cef->pid(), c.signal);
    const auto result = cef->wait();
    CHECK(result.exit_code == c.exit_code);
    CHECK(left_cleanly(result.out));
    CHECK(cef->is_cooked());
    CHECK(eventually([&] { return server.session_processes().empty(); }));
  }
}

TEST_CASE("a host that goes away keeps its last values on the screen, and comes back", "[e2e][watch]") {
  SshdOptions options;
  options.port = free_port();
  std::optional<Sshd> server(std::in_place, options);
  const Sshd other;
  Fleet fleet;
  fleet.add("n1", *server);
  fleet.add("n2", other);
  const auto cef = fleet.start_on_terminal({"watch", "mem", "group=fleet", "--interval", "0.3s"});
  REQUIRE(cef->wait_for("2 hosts: 2 ok"));
  server.reset();
  cef->forget_screen();
  REQUIRE(cef->wait_for("2 hosts: 1 ok, 1 unreachable"));
  // Its row: the new status, and the old values in a dim line.
  CHECK(cef->wait_for("unreachable"));
  const auto row = cef->screen().find("\x1b[2mn1");
  REQUIRE(row != std::string::npos);
  CHECK(cef->screen().substr(row, 200).find("GiB") != std::string::npos);
  server.emplace(options);
  cef->forget_screen();
  CHECK(cef->wait_for("2 hosts: 2 ok"));
  cef->type("q");
  CHECK(cef->wait().exit_code == 0);
  CHECK(server->logins() == 1);
  CHECK(other.logins() == 1);
}

TEST_CASE("a watch whose lines find no room ends, and says so", "[e2e][watch]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = run({"sh", "-c", "exec \"$0\" watch mem group=fleet --interval 200ms >/dev/full", CEF_PROGRAM},
                          {.env = fleet.environment()});
  INFO(result.err);
  CHECK_FALSE(result.timed_out);
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("cannot write the results: No space left on device") != std::string::npos);
}

TEST_CASE("what a watch cannot do is a usage error", "[e2e][watch]") {
  struct Case {
    std::vector<std::string> arguments;
    const char* says;
  };
  const auto c = GENERATE(values<Case>({
      {{"watch", "group=fleet", "--format", "json"}, "watch has no end that --format json could wait for"},
      {{"watch", "temps", "group=fleet"}, "there is no 'temps' to watch: did you mean 'temp'?"},
      {{"watch", "temp", "mem", "group=fleet"}, "one thing can be watched, not both temp and mem"},
      {{"watch", "group=fleet", "--interval", "0"}, "--interval: '0' is not a time from 100 ms to"},
      {{"watch", "group=fleet", "--count", "none"}, "--count: 'none' is not a whole number from 1"},
      {{"watch", "group=fleet", "--fold"}, "--fold has no meaning for watch"},
      {{"watch", "group=fleet", "--columns", "host", "--format", "ndjson"},
       "--columns has no meaning for --format ndjson"},
      {{"watch", "mem", "group=fleet", "--sort", "usde"}, "there is no column 'usde'"},
      {{"watch", "mem"}, "group"},
  }));
  DYNAMIC_SECTION(c.says) {
    Fleet fleet;
    fleet.add({.name = "n1"});
    const auto result = fleet.cef(c.arguments);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK(result.err.find(c.says) != std::string::npos);
  }
}
