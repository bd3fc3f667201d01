// The command line as a user meets it: by the program itself, since what counts is message and exit code.
#include "process.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

namespace cef::cli {

namespace {

struct Machine {
  testing::TempDir folder;

  Machine() {
    testing::write_file(
        folder / "hosts.yml",
        "rpi: {hosts: {rpi6401: {address: 192.0.2.1}, rpi6402: {}}}\nserver: {hosts: {w01: {port: 2200}}}\n");
  }
  testing::RunResult cef(std::vector<std::string> words, std::map<std::string, std::string> env = {}) {
    words.insert(words.begin(), CEF_PROGRAM);
    env.try_emplace("CEF_INVENTORY", (folder / "hosts.yml").string());
    env.try_emplace("XDG_CONFIG_HOME", folder.path().string());
    env.try_emplace("HOME", folder.path().string());
    return testing::run(words, {.env = std::move(env), .cwd = folder.path().string()});
  }
  void config(std::string_view text) {
    std::filesystem::create_directories(folder / "cef");
    testing::write_file(folder / "cef/config.yml", text);
  }
};

}  // namespace

TEST_CASE("a mistake on the command line gets one message, what is near, and its exit code", "[cli]") {
  struct Case {
    std::vector<std::string> words;
    int code;
    std::vector<std::string> parts;
  };
  const Case cases[] = {
      {{}, 5, {"no verb", "ping"}},
      {{"pong", "group=rpi"}, 5, {"no verb 'pong'", "did you mean 'ping'?"}},
      {{"ping"}, 5, {"no hosts selected", "rpi", "server"}},
      {{"ping", "group=rip"}, 3, {"'rip'", "did you mean 'rpi'?"}},
      {{"ping", "host=rpi6403"}, 3, {"rpi6403"}},
      {{"ping", "rpi"}, 5, {"'rpi' is not a selector", "group=rpi"}},
      {{"ping", "w01"}, 5, {"'w01' is not a selector", "host=w01"}},
      {{"ping", "grop=rpi"}, 5, {"'grop='", "did you mean 'group='?"}},
      {{"ping", "group=rpi", "--forkz", "3"}, 5, {"unknown option '--forkz'", "did you mean '--forks'?"}},
      {{"ping", "group=rpi", "--forks", "many"}, 5, {"--forks", "'many'"}},
      {{"ping", "group=rpi", "--forks", "0"}, 5, {"--forks", "'0'"}},
      {{"ping", "group=rpi", "-f"}, 5, {"--forks"}},
      {{"ping", "group=rpi", "--connect-timeout", "soon"}, 5, {"--connect-timeout", "'soon'", "5m"}},
      {{"ping", "group=rpi", "--host-key", "maybe"}, 5, {"--host-key", "accept-new"}},
      {{"ping", "group=rpi", "--format", "xml"}, 5, {"--format", "'xml'", "json"}},
      {{"ping", "group=rpi", "--columns", "adress"}, 5, {"'adress'", "did you mean 'address'?"}},
      {{"ping", "group=rpi", "--status", "down"}, 5, {"--status", "'down'", "unreachable"}},
      {{"ping", "group=rpi", "-b"}, 5, {"-b has no meaning for ping", "cef ping --help"}},
      {{"ping", "group=rpi", "-K"}, 5, {"-K has no meaning for ping"}},
      {{"netspeed", "group=rpi", "--become"}, 5, {"--become has no meaning for netspeed"}},
      {{"hosts", "--forks", "3"}, 5, {"--forks has no meaning for hosts"}},
      {{"history", "group=rpi", "--lock", "x"}, 5, {"--lock has no meaning for history"}},
      {{"runs", "--timeout=3"}, 5, {"--timeout has no meaning for runs"}},
      {{"show", "last", "--max-fail", "1"}, 5, {"--max-fail has no meaning for show"}},
      {{"diff", "-2", "last", "--serial", "1"}, 5, {"--serial has no meaning for diff"}},
      {{"report", "--format", "json"}, 5, {"--format has no meaning for report"}},
      {{"hosts", "--columns", "host", "--format", "json"}, 5, {"--columns has no meaning for --format json"}},
      {{"ping", "group=rpi", "--fold", "--format", "yaml"}, 5, {"--fold has no meaning for --format yaml"}},
      {{"exec", "group=rpi", "--stream", "--format", "json", "--", "true"}, 5, {"--stream", "--format json"}},
      {{"exec", "group=rpi", "--stream", "--fold", "--", "true"}, 5, {"--stream", "--fold"}},
      {{"watch", "group=rpi", "--count", "0"}, 5, {"--count: '0' is not a whole number from 1"}},
      {{"runs", "--last", "few"}, 5, {"--last: 'few' is not a whole number"}},
      // Nobody is asked for a password while something else is wrong.
      {{"ping", "group=rpi", "-k", "--columns", "adress"}, 5, {"did you mean 'address'?"}},
      {{"ping", "group=rpi", "-k", "--sort", "adress"}, 5, {"did you mean 'address'?"}},
      {{"ping", "group=rpi", "-k", "--format", "xml"}, 5, {"'xml'"}},
      {{"ping", "group=rpi", "-k", "--assert", "total_ms<fast"}, 5, {"'fast'"}},
      {{"ping", "group=rpi", "-k", "-o", "no/such/folder/out.txt"}, 5, {"no/such/folder"}},
      {{"exec", "group=rpi", "-b", "-K", "--columns", "rcc", "--", "true"}, 5, {"'rcc'"}},
      {{"exec", "group=rpi"}, 5, {"no command", "--"}},
      {{"exec", "group=rpi", "--script", "none.sh"}, 5, {"--script", "none.sh", "No such file"}},
      {{"exec", "group=rpi", "--output-limit", "much", "--", "true"}, 5, {"--output-limit", "'much'"}},
      {{"hosts", "-i", "none.yml"}, 5, {"none.yml"}},
      {{"hosts", "--graph", "host=w01"}, 5, {"host=w01", "group=NAME"}},
  };
  Machine machine;
  for (const Case& c : cases) {
    std::string words;
    for (const auto& word : c.words) words += " " + word;
    DYNAMIC_SECTION("cef" << words) {
      const auto result = machine.cef(c.words);
      CHECK(result.exit_code == c.code);
      CHECK(result.out.empty());
      CHECK(result.err.starts_with("cef: "));
      for (const auto& part : c.parts) CHECK_THAT(result.err, Catch::Contains(part));
    }
  }
}

TEST_CASE("options may stand before the verb, after it and between selectors", "[cli]") {
  Machine machine;
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"--format", "names", "hosts", "group=rpi", "host=rpi6402"},
        {"hosts", "group=rpi", "--format", "names", "host=rpi6402"},
        {"hosts", "group=rpi", "host=rpi6402", "--format=names"},
        {"hosts", "-l", "rpi:&rpi6402", "--format=names"}}) {
    const auto result = machine.cef(words);
    CHECK(result.exit_code == 0);
    CHECK(result.out == "rpi6402\n");
  }
}

TEST_CASE("a value that looks like a verb is a value", "[cli]") {
  Machine machine;
  CHECK(machine.cef({"-u", "ping", "hosts", "group=rpi", "--format", "names"}).out == "rpi6401\nrpi6402\n");
}

TEST_CASE("the command line beats the environment, which beats the config file", "[cli]") {
  Machine machine;
  const std::vector<std::string> words{"hosts", "group=rpi"};
  machine.config("format: names\nno_header: true\n");
  CHECK(machine.cef(words).out == "rpi6401\nrpi6402\n");
  CHECK(machine.cef(words, {{"CEF_FORMAT", "csv"}}).out.starts_with("rpi6401,"));
  CHECK(machine.cef({"hosts", "group=rpi", "--format", "json"}, {{"CEF_FORMAT", "csv"}}).out.starts_with("{"));
}

TEST_CASE("what a verb or a format has no use for is passed over where all of them read it", "[cli]") {
  Machine machine;
  machine.config("forks: 3\nbecome: true\nlock: nightly\ncolumns: [host]\nfold: true\n");
  const auto json = machine.cef({"hosts", "group=rpi", "--format", "json"}, {{"CEF_TIMEOUT", "3"}});
  CHECK(json.exit_code == 0);
  CHECK(json.err.empty());
  machine.config("forks: none\njournal_keep_days: many\ncolumns: [host]\n");
  CHECK(machine.cef({"hosts", "group=rpi", "--format", "csv", "--no-header"}).out == "rpi6401\nrpi6402\n");
}

TEST_CASE("a mistake in the config file is told with its place", "[cli]") {
  Machine machine;
  machine.config("forks: 10\nformt: json\n");
  const auto result = machine.cef({"hosts"});
  CHECK(result.exit_code == 5);
  CHECK_THAT(result.err, Catch::Contains("config.yml:2:1") && Catch::Contains("did you mean 'format'?"));
}

TEST_CASE("a bad value names where it came from", "[cli]") {
  Machine machine;
  CHECK_THAT(machine.cef({"ping", "group=rpi"}, {{"CEF_FORKS", "x"}}).err, Catch::Contains("CEF_FORKS: 'x'"));
  machine.config("forks: x\n");
  CHECK_THAT(machine.cef({"ping", "group=rpi"}).err, Catch::Contains("config.yml:1: 'x'"));
}

TEST_CASE("help and version need no inventory", "[cli]") {
  Machine machine;
  const std::map<std::string, std::string> nowhere{{"CEF_INVENTORY", "/nonexistent"}};
  CHECK(machine.cef({"--help"}, nowhere).exit_code == 0);
  CHECK(machine.cef({"ping", "-h"}, nowhere).out.starts_with("cef ping:"));
  CHECK(machine.cef({"--version"}, nowhere).out.starts_with("cef "));
  CHECK_THAT(machine.cef({"--version"}, nowhere).out, Catch::Contains("libssh 0."));
}

TEST_CASE("results go to a file only when they are complete", "[cli]") {
  Machine machine;
  const auto result = machine.cef({"hosts", "--format", "names", "--output", "out.txt"});
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  CHECK(testing::read_file(machine.folder / "out.txt") == "rpi6401\nrpi6402\nw01\n");
  const auto failed = machine.cef({"hosts", "--output", "no/such/folder/out.txt"});
  CHECK(failed.exit_code == 1);
  CHECK_THAT(failed.err, Catch::Contains("no/such/folder/out.txt"));
}

TEST_CASE("standard input names hosts", "[cli]") {
  Machine machine;
  const auto result =
      testing::run({CEF_PROGRAM, "hosts", "-i", (machine.folder / "hosts.yml").string(), "host=-", "--format", "names"},
                   {.input = "# two\nw01\n\nrpi6401\n"});
  CHECK(result.out == "rpi6401\nw01\n");
}

}  // namespace cef::cli
