// What others say never does anything to the terminal, whichever stream it comes by and wherever the other one goes.
#include "fleet.hpp"
#include "simulator.hpp"
#include "sshd.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

const std::string nasty = "\x1b]0;title\x07\x1b[2J";

// Of a screen, or of a file: whether it holds nothing but what cef itself writes.
bool is_clean(const std::string& shown) {
  return shown.find("\x1b]0;") == std::string::npos && shown.find("\x1b[2J") == std::string::npos &&
         shown.find('\x07') == std::string::npos;
}

void write_program(const std::filesystem::path& file, const std::string& script) {
  write_file(file, "#!/bin/sh\n" + script, 0755);
}

}  // namespace

TEST_CASE("a host's standard error is escaped on a terminal although standard output goes elsewhere", "[e2e][output]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  fleet.add("n2", server);
  const std::string command = "printf '" + nasty + "out\\n'; printf '" + nasty + "err\\n' >&2; exit 3";
  for (const std::vector<std::string>& verb :
       {std::vector<std::string>{"exec", "host=n1"}, {"exec", "group=all", "--stream"}, {"exec", "group=all"}}) {
    auto words = verb;
    words.insert(words.end(), {"--", command});
    const auto terminal = fleet.start_on_terminal(words, {.output_to_pipe = true});
    const auto result = terminal->wait();
    INFO(terminal->screen());
    CHECK(result.exit_code == 2);
    CHECK(is_clean(terminal->screen()));
    CHECK(result.out.find(nasty + "out") != std::string::npos);
  }
}

TEST_CASE("names of signals and words of servers are escaped in messages", "[e2e][output]") {
  const Simulator simulator({"127.2=signal=X" + nasty});
  Fleet fleet;
  fleet.know(simulator.known_hosts());
  fleet.add({.name = "signal", .address = "127.2.0.1", .port = simulator.port()});
  for (const bool to_pipe : {true, false}) {
    const auto terminal =
        fleet.start_on_terminal({"exec", "host=signal", "-vvv", "--", "true"}, {.output_to_pipe = to_pipe});
    const auto result = terminal->wait();
    INFO(terminal->screen());
    CHECK(result.exit_code == 2);
    CHECK(is_clean(terminal->screen()));
    CHECK(terminal->screen().find("signal X") != std::string::npos);
  }
}

TEST_CASE("what an inventory program says, and what an inventory holds, is escaped", "[e2e][output]") {
  const TempDir folder;
  Fleet fleet;
  write_program(folder / "broken", "printf '" + nasty + "oops\\n' >&2; exit 1\n");
  write_program(folder / "warns", "printf '" + nasty + "hm\\n' >&2; echo '{\"all\": {\"hosts\": [\"a\"]}}'\n");
  for (const char* name : {"broken", "warns"}) {
    const auto terminal =
        fleet.start_on_terminal({"-i", (folder / name).string(), "hosts", "--graph"}, {.output_to_pipe = true});
    terminal->wait();
    INFO(terminal->screen());
    CHECK(is_clean(terminal->screen()));
  }
}

TEST_CASE("a message is left as it is in a file", "[e2e][output]") {
  Fleet fleet;
  const auto result = fleet.cef({"ping", "group=" + nasty});
  CHECK(result.exit_code == 5);
  CHECK(result.err.find(nasty) != std::string::npos);
  const auto terminal = fleet.start_on_terminal({"ping", "group=" + nasty});
  terminal->wait();
  INFO(terminal->screen());
  CHECK(is_clean(terminal->screen()));
}
