// Runs that end before all hosts are done: too many failures, batches, a reader that goes away; and outputs that cannot
// be written.
#include "fleet.hpp"
#include "simulator.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>

using namespace cef::testing;

namespace {

SshdOptions on_all_addresses() {
  SshdOptions options;
  options.addresses = everywhere;
  return options;
}

// Hosts on one server whose command fails on those marked x.
struct Pattern {
  Sshd server{on_all_addresses()};
  Fleet fleet;

  explicit Pattern(const std::string& pattern) {
    for (std::size_t i = 0; i < pattern.size(); ++i) {
      const std::string number = std::to_string(i + 1);
      FleetHost host;
      host.address = (pattern[i] == 'x' ? "127.2.0." : "127.1.0.") + number;
      fleet.add("n" + number, server, host);
    }
  }
  CefResult exec(std::vector<std::string> options) const {
    std::vector<std::string> words{"exec", "group=fleet", "--format", "json"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", "case $SSH_CONNECTION in *\" 127.2.\"*) exit 1;; esac"});
    return fleet.cef(words);
  }
};

std::string statuses(const CefResult& result) {
  std::string all;
  for (const auto& host : result.document["results"]) all += host["status"].get<std::string>().front();
  return all;
}

}  // namespace

TEST_CASE("a run stops starting hosts once too many failed", "[e2e][control]") {
  const Pattern hosts(".x.x.x....");
  struct Case {
    std::vector<std::string> options;
    int exit_code;
    const char* statuses;
  };
  const auto c = GENERATE(values<Case>({
      {{"--max-fail", "1", "-f", "1"}, 8, "ofofssssss"},
      {{"--max-fail", "20%", "-f", "1"}, 8, "ofofofssss"},
      {{"--max-fail", "3", "-f", "1"}, 2, "ofofofoooo"},
      {{"--serial", "1,20%,100%", "--max-fail", "0"}, 8, "ofosssssss"},
      {{"--serial", "2", "--max-fail", "50%"}, 2, "ofofofoooo"},
      {{"--serial", "2,1"}, 8, "ofofssssss"},  // all of the third batch
  }));
  std::string name;
  for (const auto& word : c.options) name += word + " ";
  DYNAMIC_SECTION(name) {
    const auto result = hosts.exec(c.options);
    INFO(result.told());
    CHECK(statuses(result) == c.statuses);
    CHECK(result.exit_code == c.exit_code);
    CHECK((result.err.find("cef: stopped early, ") != std::string::npos) == (c.exit_code == 8));
  }
}

TEST_CASE("limits that make no sense are refused before anything is sent", "[e2e][control]") {
  const Pattern hosts(".");
  for (const auto& [option, value] : std::vector<std::pair<std::string, std::string>>{{"--max-fail", "-1"},
                                                                                      {"--max-fail", "101%"},
                                                                                      {"--max-fail", "few"},
                                                                                      {"--max-fail", "1.5"},
                                                                                      {"--serial", "0"},
                                                                                      {"--serial", "1,x"},
                                                                                      {"--serial", "0%"}}) {
    const auto result = hosts.exec({option + "=" + value});
    INFO(option << " " << value << ": " << result.told());
    CHECK(result.exit_code == 5);
    CHECK(result.err.find(option) != std::string::npos);
  }
  CHECK(hosts.server.connections() == 0);
}

TEST_CASE("a reader that goes away ends cef as it ends any program, and quietly", "[e2e][control]") {
  const Pattern hosts(std::string(60, '.'));
  struct Case {
    const char* name;
    std::string command;
  };
  const auto c = GENERATE(values<Case>({
      {"a table", "ping group=fleet --progress never"},
      {"results as they come", "ping group=fleet --format ndjson -f 4"},
      {"a stream that never ends", "exec group=fleet --stream -- 'while :; do echo line; sleep 0.1; done'"},
      {"one host's stream", "exec host=n1 -- 'while :; do echo line; sleep 0.1; done'"},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto result = run({"bash", "-c", "\"$0\" " + c.command + " | head -n 1; exit ${PIPESTATUS[0]}", CEF_PROGRAM},
                            {.env = hosts.fleet.environment()});
    INFO(result.out << result.err);
    CHECK_FALSE(result.out.empty());
    // A table's summary goes there, should the reader stay that long; a complaint never.
    CHECK(result.err.find("cef:") == std::string::npos);
    CHECK(result.err.find("ipe") == std::string::npos);
    CHECK_FALSE(result.timed_out);
    // A short table may be in the pipe before its reader goes.
    CHECK((result.exit_code == 128 + SIGPIPE || (c.name == std::string("a table") && result.exit_code == 0)));
    CHECK(eventually([&] { return hosts.server.session_processes().empty(); }));
  }
}

TEST_CASE("an output file that cannot be written is told before anything is sent", "[e2e][control]") {
  const Pattern hosts(".");
  const TempDir folder;
  std::filesystem::create_directory(folder / "folder");
  for (const auto& path : {folder / "missing" / "file", folder / "folder", std::filesystem::path("/proc/file")}) {
    const auto result = hosts.exec({"--output", path.string()});
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK(result.err.find(path.string()) != std::string::npos);
  }
  CHECK(hosts.server.connections() == 0);
  CHECK(hosts.exec({"--output", (folder / "file").string()}).exit_code == 0);
  CHECK(hosts.exec({"--output", "/dev/null"}).exit_code == 0);
}

TEST_CASE("batches keep to the logins that a site may have at a time", "[e2e][control]") {
  const Simulator simulator({"127.1=banner-delay=400ms"});
  Fleet fleet;
  fleet.know(simulator.known_hosts());
  // Several nodes behind one address are one site.
  for (int i = 1; i <= 6; ++i) {
    FleetHost host{.name = "n" + std::to_string(i), .address = "127.1.0.1", .port = simulator.port()};
    fleet.add(host);
  }
  const auto wall = [&](const std::string& at_once) {
    const auto result =
        fleet.cef({"ping", "group=all", "--serial", "3", "--logins-per-site", at_once, "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK(statuses(result) == "oooooo");
    return result.wall;
  };
  const auto one_by_one = wall("1");
  CHECK(one_by_one >= Milliseconds(6 * 400));
  CHECK(wall("3") < one_by_one);  // two delays in place of six
}

TEST_CASE("--deadline 0 is no deadline", "[e2e][control]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"exec", "host=n1", "--deadline", "0", "--", "echo done"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.out == "done\n");
}

TEST_CASE("files without end are told, and nothing is sent", "[e2e][control]") {
  const Pattern mixed("o");
  const std::string zero = "/dev/zero";
  const auto before = mixed.server.connections();
  for (const std::vector<std::string>& words : {std::vector<std::string>{"exec", "host=n1", "--script", zero},
                                                {"exec", "host=n1", "--connection-password-file", zero, "--", "true"},
                                                {"exec", "host=n1", "-b", "--become-password-file", zero, "--", "true"},
                                                {"ping", "host=n1", "--key-passphrase-file", zero},
                                                {"ping", "host=n1", "--assert-file", zero},
                                                {"ping", "host=@" + zero},
                                                {"ping", "group=all", "-l", "@" + zero}}) {
    const auto result = mixed.fleet.cef(words);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK(result.err.find("it is longer than ") != std::string::npos);
    CHECK(result.out.empty());
  }
  const auto listed =
      run({"sh", "-c", "exec \"$0\" ping host=- </dev/zero", CEF_PROGRAM}, {.env = mixed.fleet.environment()});
  CHECK(listed.exit_code == 5);
  CHECK(listed.err.find("standard input is longer than") != std::string::npos);
  CHECK(mixed.server.connections() == before);
}

TEST_CASE("a password file that is no text is told", "[e2e][control]") {
  const Pattern mixed("o");
  const TempDir folder;
  write_file(folder / "password", std::string("se\0cret\n", 8), 0600);
  const auto result =
      mixed.fleet.cef({"exec", "host=n1", "--connection-password-file", (folder / "password").string(), "--", "true"});
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK(result.err.find("NUL byte") != std::string::npos);
  CHECK(result.err.find("cret") == std::string::npos);
}

TEST_CASE("too few open files are told before anything is sent", "[e2e][control]") {
  const Pattern mixed("o");
  const auto result =
      run({"sh", "-c", "ulimit -n 30; exec \"$0\" ping host=n1", CEF_PROGRAM}, {.env = mixed.fleet.environment()});
  CHECK(result.exit_code == 1);
  CHECK(result.err.find("only 30 files may be open at once here") != std::string::npos);
  CHECK(result.err.find("ulimit -n") != std::string::npos);
  CHECK(run({"sh", "-c", "ulimit -n 60; exec \"$0\" ping host=n1", CEF_PROGRAM}, {.env = mixed.fleet.environment()})
            .exit_code == 0);
}

TEST_CASE("an output file heeds the umask", "[e2e][control]") {
  const Pattern mixed("o");
  const TempDir folder;
  const auto result =
      run({"sh", "-c", "umask 077; exec \"$0\" ping host=n1 -o \"$1\"", CEF_PROGRAM, (folder / "out").string()},
          {.env = mixed.fleet.environment()});
  CHECK(result.exit_code == 0);
  CHECK((static_cast<unsigned>(std::filesystem::status(folder / "out").permissions()) & 0777U) == 0600);
}
