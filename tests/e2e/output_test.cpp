// The formats in which results are printed, and where they go.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <sstream>

using namespace cef::testing;

namespace {

// Two hosts that answer and one that does not.
struct UpAndDown {
  Sshd server;
  RefusedPort refused;
  Fleet fleet;

  UpAndDown() {
    fleet.add("n1", server, {.group = "up"});
    fleet.add("n2", server, {.group = "up"});
    fleet.add({.name = "gone", .port = refused.port(), .group = "down"});
  }
};

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

}  // namespace

TEST_CASE("json is one document in inventory order", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"ping", "group=all", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  REQUIRE(result.document.is_object());
  REQUIRE(result.document["results"].size() == 3);
  CHECK(result.document["results"][0]["host"] == "n1");
  CHECK(result.document["results"][2]["host"] == "gone");
  CHECK(result.document["summary"]["ok"] == 2);
  CHECK(result.document["summary"]["unreachable"] == 1);
}

TEST_CASE("ndjson is a line a host and a summary", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"ping", "group=all", "--format", "ndjson"});
  INFO(result.told());
  REQUIRE(result.lines.size() == 4);
  CHECK(count(result.out, "\n") == 4);
  for (const auto* host : {"n1", "n2", "gone"}) CHECK(result[host].is_object());
  REQUIRE(result.lines.back().contains("summary"));
  CHECK(result.lines.back()["summary"]["hosts"] == 3);
}

TEST_CASE("csv has a header and a row a host", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"ping", "group=all", "--format", "csv"});
  INFO(result.told());
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0].find("host") != std::string::npos);
  CHECK(lines[1].rfind("n1,", 0) == 0);
  const auto commas = count(lines[0], ",");
  CHECK(count(lines[1], ",") == commas);
}

TEST_CASE("names are those that did well, or those of a status", "[e2e][output]") {
  const UpAndDown mixed;
  CHECK(mixed.fleet.cef({"ping", "group=all", "--format", "names"}).out == "n1\nn2\n");
  CHECK(mixed.fleet.cef({"ping", "group=all", "--format", "names", "--status", "failed,unreachable"}).out == "gone\n");
}

TEST_CASE("--status shows those hosts and no others, -q --format names those that need someone", "[e2e][output]") {
  const UpAndDown mixed;
  const auto down = mixed.fleet.cef({"ping", "group=all", "--status", "unreachable"});
  INFO(down.told());
  CHECK(down.exit_code == 4);
  CHECK_THAT(down.out, Catch::Contains("gone") && !Catch::Contains("n1") && !Catch::Contains("n2"));
  CHECK_THAT(down.err, Catch::Contains("3 hosts: 2 ok, 1 unreachable"));
  CHECK(mixed.fleet.cef({"ping", "group=all", "--status", "ok", "--format", "json"}).document["results"].size() == 2);
  CHECK(mixed.fleet.cef({"ping", "group=all", "-q", "--format", "names"}).out == "gone\n");
}

TEST_CASE("standard output has the rows, standard error the summary and the hints", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"ping", "group=all"});
  INFO(result.told());
  CHECK(lines_of(result.out).size() == 4);  // the header and a row a host
  CHECK_THAT(result.err, Catch::StartsWith("3 hosts: 2 ok, 1 unreachable in ") &&
                             Catch::Contains("connect_refused (gone): is sshd running there"));
  const auto list = mixed.fleet.cef({"hosts"});
  CHECK(lines_of(list.out).size() == 4);
  CHECK(list.err == "3 hosts\n");
  // On one terminal an empty line stands between them.
  const auto terminal = mixed.fleet.start_on_terminal({"ping", "group=all"}, {.columns = 120});
  terminal->wait();
  CHECK_THAT(plain(terminal->screen()), Catch::Contains("\n\n3 hosts: 2 ok, 1 unreachable in ") ||
                                            Catch::Contains("\n\r\n3 hosts: 2 ok, 1 unreachable in "));
}

TEST_CASE("names of one run are the hosts of the next", "[e2e][output]") {
  const UpAndDown mixed;
  const auto first = mixed.fleet.cef({"ping", "group=all", "--format", "names"});
  const auto second = mixed.fleet.cef({"ping", "host=-", "--format", "json"}, {.input = first.out});
  INFO(second.told());
  CHECK(second.exit_code == 0);
  CHECK(second.document["summary"]["hosts"] == 2);
}

TEST_CASE("yaml says what json says", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"ping", "group=all", "--format", "yaml"});
  INFO(result.told());
  CHECK(result.out.find("schema: cef/1") != std::string::npos);
  CHECK(result.out.find("host: n1") != std::string::npos);
  CHECK(result.out.find("code: connect_refused") != std::string::npos);
}

TEST_CASE("the table's columns, order and header can be chosen", "[e2e][output]") {
  const UpAndDown mixed;
  const auto chosen = mixed.fleet.cef({"ping", "group=all", "--columns", "host,status"});
  INFO(chosen.told());
  const auto lines = lines_of(chosen.out);
  REQUIRE_FALSE(lines.empty());
  CHECK(lines[0].find("CONNECT") == std::string::npos);
  const auto bare = mixed.fleet.cef({"ping", "group=up", "--columns", "host", "--no-header"});
  INFO(bare.told());
  REQUIRE(lines_of(bare.out).size() >= 2);
  CHECK(lines_of(bare.out)[0].rfind("n1", 0) == 0);
  CHECK(mixed.fleet.cef({"ping", "group=up", "--columns", "host,nonsense"}).exit_code == 5);
}

TEST_CASE("--fold shows equal output once", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"exec", "group=up", "--fold", "--", "echo the same everywhere"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(count(result.out, "the same everywhere") == 1);
  CHECK((result.out.find("n[1-2]") != std::string::npos || result.out.find("n1") != std::string::npos));
}

TEST_CASE("--output writes the results aside and renames them", "[e2e][output]") {
  const UpAndDown mixed;
  const TempDir folder;
  const auto file = folder / "results.json";
  const auto result = mixed.fleet.cef({"ping", "group=up", "--format", "json", "--output", file.string()});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.out.empty());
  const auto document = nlohmann::json::parse(read_file(file), nullptr, false);
  REQUIRE(document.is_object());
  CHECK(document["results"].size() == 2);
  const auto permissions = std::filesystem::status(file).permissions();
  CHECK((static_cast<unsigned>(permissions) & 0777U) == 0644);
  CHECK(std::distance(std::filesystem::directory_iterator(folder.path()), {}) == 1);
  const auto refused = mixed.fleet.cef({"ping", "group=up", "--output", "/nowhere/results"});
  CHECK(refused.exit_code == 5);
  CHECK_FALSE(refused.err.empty());
}

TEST_CASE("a host's control characters do not reach the terminal", "[e2e][output]") {
  const UpAndDown mixed;
  const std::string command = "printf 'a\\033[31mred\\033]0;title\\007b'";
  const auto terminal = mixed.fleet.start_on_terminal({"exec", "group=up", "--", command});
  const auto shown = terminal->wait();
  INFO(terminal->screen());
  CHECK(shown.exit_code == 0);
  CHECK(terminal->screen().find("\x1b[31mred") == std::string::npos);
  CHECK(terminal->screen().find("\x1b]0;") == std::string::npos);
  CHECK(terminal->screen().find("red") != std::string::npos);
  const auto piped = mixed.fleet.cef({"exec", "host=n1", "--format", "raw", "--", command});
  CHECK(piped.out ==
        "a\x1b[31mred\x1b]0;title\x07"
        "b");
}

TEST_CASE("colour is for terminals, and NO_COLOR holds", "[e2e][output]") {
  const UpAndDown mixed;
  const auto colours = [](const std::string& screen) {
    return screen.find("\x1b[3") != std::string::npos || screen.find("\x1b[1") != std::string::npos ||
           screen.find("\x1b[9") != std::string::npos;
  };
  const auto with = mixed.fleet.start_on_terminal({"ping", "group=all"});
  with->wait();
  INFO(with->screen());
  CHECK(colours(with->screen()));
  const auto without = mixed.fleet.start_on_terminal({"ping", "group=all"}, {.env = {{"NO_COLOR", "1"}}});
  without->wait();
  CHECK_FALSE(colours(without->screen()));
  CHECK(plain(without->screen()).find("n1") != std::string::npos);
}

TEST_CASE("progress shows on a terminal after a second, and is gone at the end", "[e2e][output]") {
  const UpAndDown mixed;
  const auto terminal = mixed.fleet.start_on_terminal(
      {"exec", "group=up", "--", "until [ -e ~/go ]; do sleep 0.05; done"}, {.output_to_pipe = true});
  const bool shown = terminal->wait_for("/2");
  INFO(plain(terminal->screen()));
  CHECK(shown);
  write_file(mixed.server.home() / "go", "");
  const auto result = terminal->wait();
  CHECK(result.exit_code == 0);
  CHECK(result.out.find('\x1b') == std::string::npos);
  const auto never = mixed.fleet.start_on_terminal({"exec", "group=up", "--progress", "never", "--", "sleep 2"},
                                                   {.output_to_pipe = true});
  never->wait();
  INFO(plain(never->screen()));
  CHECK(plain(never->screen()).find("/2") == std::string::npos);
}

TEST_CASE("-q leaves out what went well", "[e2e][output]") {
  const UpAndDown mixed;
  const auto result = mixed.fleet.cef({"ping", "group=all", "-q"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(result.out.find("gone") != std::string::npos);
  CHECK(result.out.find("n1") == std::string::npos);
}

TEST_CASE("help and version are results", "[e2e][output]") {
  const Fleet fleet;
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"--help"}, {"ping", "--help"}, {"exec", "-h"}, {"--version"}}) {
    const auto result = fleet.cef(arguments);
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK_FALSE(result.out.empty());
    CHECK(result.err.empty());
  }
}
