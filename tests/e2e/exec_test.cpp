// cef exec: commands, scripts, their output and status.
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

// One server under two names.
struct Pair {
  Sshd server;
  Fleet fleet;

  Pair() {
    fleet.add("n1", server);
    fleet.add("n2", server);
  }
  CefResult exec(const std::string& command, std::vector<std::string> options = {}) const {
    std::vector<std::string> arguments{"exec", "host=n1", "--format", "json"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    arguments.insert(arguments.end(), {"--", command});
    return fleet.cef(arguments);
  }
};

}  // namespace

TEST_CASE("a command's status, output and errors come back apart", "[e2e][exec]") {
  const Pair pair;
  struct Case {
    const char* command;
    int rc;
    const char* out;
    const char* err;
    const char* code;  // or the status, where there is no error
  };
  const auto c = GENERATE(values<Case>({
      {"printf out; printf err >&2", 0, "out", "err", "ok"},
      {"printf out; exit 7", 7, "out", "", "command_failed"},
      {"exit 255", 255, "", "", "command_failed"},
      {"cat", 0, "", "", "ok"},  // standard input is empty, not open
      {"cef-has-no-such-command 2>/dev/null", 127, "", "", "command_not_found"},
      {"printf '%s|' 'a  b' \"$HOME\" | cut -d'|' -f1", 0, "a  b\n", "", "ok"},
      {"echo äöü 漢字", 0, "äöü 漢字\n", "", "ok"},
      {"true", 0, "", "", "ok"},
  }));
  DYNAMIC_SECTION(c.command) {
    const auto result = pair.exec(c.command);
    INFO(result.told());
    CHECK(result.exit_code == (c.rc == 0 ? 0 : 2));
    const auto host = result["n1"];
    REQUIRE(host.is_object());
    CHECK(host.at("data").at("rc") == c.rc);
    CHECK(host.at("data").at("stdout") == c.out);
    CHECK(host.at("data").at("stderr") == c.err);
    CHECK(result.code("n1") == c.code);
  }
}

TEST_CASE("words after -- make one command", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.fleet.cef({"exec", "host=n1", "--format", "json", "--", "echo", "one", "two"});
  INFO(result.told());
  REQUIRE(result.exit_code == 0);
  CHECK(result["n1"]["data"]["stdout"] == "one two\n");
}

TEST_CASE("a command that a signal ends has failed", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.exec("kill -KILL $$");
  INFO(result.told());
  CHECK(result.exit_code == 2);
  CHECK(result.code("n1") == "command_failed");
}

TEST_CASE("a local script is sent on standard input", "[e2e][exec]") {
  const Pair pair;
  const TempDir folder;
  write_file(folder / "script", "#!/bin/sh\nset -e\nx='a  \"b\"'\necho \"$x\"\nexit 3\n");
  const auto result =
      pair.fleet.cef({"exec", "group=fleet", "--script", (folder / "script").string(), "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 2);
  for (const auto* host : {"n1", "n2"}) {
    REQUIRE(result[host].is_object());
    CHECK(result[host]["data"]["rc"] == 3);
    CHECK(result[host]["data"]["stdout"] == "a  \"b\"\n");
  }
}

TEST_CASE("a script that is not there is told before anything is sent", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.fleet.cef({"exec", "group=fleet", "--script", "/nowhere/script"});
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK(pair.server.connections() == 0);
}

namespace {
constexpr const char* early_and_late = "echo early; until [ -e ~/go ]; do sleep 0.05; done; echo late";
}  // namespace

TEST_CASE("--stream shows output as it comes", "[e2e][exec]") {
  const Pair pair;
  const auto process = pair.fleet.start({"exec", "group=fleet", "--stream", "--", early_and_late});
  REQUIRE(process->wait_for_output("early"));
  CHECK(process->out().find("late") == std::string::npos);
  write_file(pair.server.home() / "go", "");
  const auto result = process->wait();
  CHECK(result.exit_code == 0);
  CHECK(result.out.find("late") != std::string::npos);
  CHECK(result.out.find("n2") != std::string::npos);
}

TEST_CASE("a command that kills its own shell by its name is told why", "[e2e][exec]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"exec", "host=n1", "--format", "json", "--", "kill -TERM $$; : pkill -f nobody"});
  INFO(result.told());
  CHECK(result.code("n1") == "command_failed");
  CHECK_THAT(result["n1"]["error"].value("hint", ""), Catch::Contains("pkill -f '[n]ginx'"));
}

TEST_CASE("one host's output streams by itself", "[e2e][exec]") {
  const Pair pair;
  const auto process = pair.fleet.start({"exec", "host=n1", "--", early_and_late});
  REQUIRE(process->wait_for_output("early"));
  CHECK(process->out().find("late") == std::string::npos);
  write_file(pair.server.home() / "go", "");
  CHECK(process->wait().exit_code == 0);
}

TEST_CASE("raw output is the remote bytes and nothing else", "[e2e][exec]") {
  const Pair pair;
  const std::string command = "awk 'BEGIN { for (i = 0; i < 256; i++) printf \"%c\", i }'";
  const auto result = pair.fleet.cef({"exec", "host=n1", "--format", "raw", "--", "LC_ALL=C " + command});
  std::string bytes;
  for (int i = 0; i < 256; ++i) bytes += static_cast<char>(i);
  CHECK(result.exit_code == 0);
  CHECK(result.out == bytes);
}

TEST_CASE("bytes that are no text are replaced in JSON, not dropped", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.exec("printf 'a\\377b\\000c'");
  INFO(result.told());
  REQUIRE(result["n1"].is_object());
  CHECK(result["n1"]["data"]["stdout"] == std::string("a\xef\xbf\xbd"
                                                      "b\0c",
                                                      7));
}

TEST_CASE("output past the limit ends the command, and memory stays bounded", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.exec("head -c 50000000 /dev/zero | tr '\\000' x; sleep 600", {"--output-limit", "1000000"});
  INFO("exit code " << result.exit_code << ", " << result.out.size() << " bytes, " << result.max_rss_kib << " KiB");
  CHECK(result.exit_code == 2);
  CHECK(result.code("n1") == "output_limit");
  CHECK(result["n1"]["error"]["hint"].get<std::string>().find("--output-limit") != std::string::npos);
  CHECK(result.out.size() < 1'200'000);
  if (!sanitized) CHECK(result.max_rss_kib < 200'000);
}

TEST_CASE("50 MB of output arrive whole where the limit allows", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.fleet.cef({"exec", "host=n1", "--format", "raw", "--output-limit", "60000000", "--",
                                      "head -c 50000000 /dev/zero | tr '\\000' x"});
  INFO("exit code " << result.exit_code << ": " << result.err.substr(0, 500));
  CHECK(result.exit_code == 0);
  CHECK(result.out == std::string(50'000'000, 'x'));
}

TEST_CASE("a flood on standard error does not block standard output", "[e2e][exec]") {
  const Pair pair;
  const auto result =
      pair.exec("head -c 3000000 /dev/zero | tr '\\000' e >&2; echo done", {"--output-limit", "10000000"});
  CHECK(result.exit_code == 0);
  REQUIRE(result["n1"].is_object());
  CHECK(result["n1"]["data"]["stdout"] == "done\n");
  CHECK(result["n1"]["data"]["stderr"].get<std::string>().size() == 3'000'000);
}

TEST_CASE("cef runs with standard input closed", "[e2e][exec]") {
  const Pair pair;
  const auto result =
      pair.fleet.cef({"exec", "group=fleet", "--format", "json", "--", "echo hi; cat"}, {.closed_input = true});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result["n2"]["data"]["stdout"] == "hi\n");
}

TEST_CASE("a background process that keeps the output open does not hold the command", "[e2e][exec]") {
  const Pair pair;
  const auto result = pair.exec("sleep 600 & echo started", {"--timeout", "5"});
  INFO(result.told());
  // As with ssh, the command's end may wait for its output to close, but never past the timeout.
  CHECK_FALSE(result.timed_out);
  CHECK(result["n1"]["data"]["stdout"] == "started\n");
}

TEST_CASE("hosts are worked on side by side, and one after the other with -f 1", "[e2e][exec]") {
  const Sshd server;
  Fleet fleet;
  for (int i = 1; i <= 6; ++i) fleet.add("n" + std::to_string(i), server);
  // Each waits until all are there.
  const auto together = fleet.cef({"exec", "group=fleet", "--", rendezvous(server.home() / "here", 6)});
  INFO(together.told());
  CHECK(together.exit_code == 0);
  const auto apart =
      fleet.cef({"exec", "group=fleet", "-f", "1", "--", "echo begin >>~/turns; sleep 0.2; echo end >>~/turns"});
  INFO(apart.told());
  CHECK(apart.exit_code == 0);
  std::string in_turn;
  for (int i = 0; i < 6; ++i) in_turn += "begin\nend\n";
  CHECK(read_file(server.home() / "turns") == in_turn);
}

TEST_CASE("a noisy shell start file does not break the verbs that parse", "[e2e][exec]") {
  const Pair pair;
  write_file(pair.server.home() / ".bashrc", "echo welcome to this host\necho and its motd >&2\n");
  for (const auto* verb : {"ping", "os"}) {
    const auto result = pair.fleet.cef({verb, "group=fleet", "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 0);
  }
}

TEST_CASE("the server dying in the middle of a command is a lost connection", "[e2e][exec]") {
  const Pair pair;
  const auto process = pair.fleet.start({"exec", "host=n1", "--format", "json", "--", "sleep 600"});
  REQUIRE(eventually([&] { return pair.server.execs() == 1; }));
  pair.server.kill_sessions();
  const auto result = read_result(process->wait());
  INFO(result.told());
  CHECK(result.exit_code == 2);
  CHECK(result.code("n1") == "connection_lost");
  CHECK(pair.server.execs() == 1);  // not sent again
}
