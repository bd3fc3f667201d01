// Slips on the command line, and what has no meaning: told at once, and nothing is sent.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

using Words = std::vector<std::string>;

struct OneHost {
  Sshd server;
  Fleet fleet;

  OneHost() { fleet.add("n1", server); }
  // Exit code 5, and this in what it says; no host has heard of it.
  void refuses(const Words& words, const std::string& why, int code = 5) const {
    const auto result = fleet.cef(words);
    INFO(result.told());
    CHECK(result.exit_code == code);
    CHECK_THAT(result.err, Catch::Contains(why));
    CHECK(result.out.empty());
    CHECK(server.connections() == 0);
  }
};

}  // namespace

TEST_CASE("what contacts no host is nothing to monitor", "[e2e][usage]") {
  OneHost one;
  for (const char* format : {"prometheus", "checkmk", "nagios"})
    one.refuses({"hosts", "--format", format}, "hosts contacts no host: there is nothing to monitor");
  REQUIRE(one.fleet.cef({"mem", "host=n1", "--store"}).exit_code == 0);
  for (const Words& words : {Words{"runs"}, {"history", "--metric", "mem.used_pct"}, {"diff", "last", "last"}}) {
    auto line = words;
    line.insert(line.end(), {"--format", "nagios"});
    const auto result = one.fleet.cef(line);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK_THAT(result.err, Catch::Contains(words.front() + " contacts no host"));
  }
  // What a run found is of hosts.
  CHECK_THAT(one.fleet.cef({"show", "last", "--format", "nagios"}).out, Catch::StartsWith("CEF OK - 1 of 1 hosts ok"));
}

TEST_CASE("options without a meaning are refused", "[e2e][usage]") {
  const OneHost one;
  one.refuses({"ping", "host=n1", "--format", "json", "--columns", "host"},
              "--columns has no meaning for --format json");
  one.refuses({"ping", "host=n1", "--format", "yaml", "--fold"}, "--fold has no meaning for --format yaml");
  one.refuses({"ping", "host=n1", "--format", "nagios", "--status", "ok"},
              "--status has no meaning for --format nagios");
  one.refuses({"exec", "host=n1", "--stream", "--fold", "--", "true"}, "--stream has no meaning with --fold");
  one.refuses({"exec", "host=n1", "--stream", "--format", "json", "--", "true"},
              "--stream has no meaning with --format");
  one.refuses({"report", "--format", "json"}, "--format has no meaning for report");
  for (const char* option : {"-b", "--forks=3", "--serial=1", "--lock=x"})
    for (const char* verb : {"hosts", "runs", "show"})
      one.refuses({verb, option}, "has no meaning for " + std::string(verb));
}

TEST_CASE("an option without its value says what it takes", "[e2e][usage]") {
  const OneHost one;
  one.refuses({"ping", "host=n1", "--format"}, "--format needs a value: table, json, ");
  one.refuses({"ping", "host=n1", "--user"}, "--user needs a value: NAME");
  one.refuses({"netspeed", "host=n1", "--method"}, "--method needs a value: ssh, iperf3, ");
  one.refuses({"netspeed", "host=n1", "--method", "iperf"}, "did you mean 'iperf3'?");
}

TEST_CASE("help of a verb that there is not says so", "[e2e][usage]") {
  const OneHost one;
  one.refuses({"pign", "--help"}, "did you mean 'ping'?");
  one.refuses({"nosuch", "-h"}, "there is no verb 'nosuch'");
}

TEST_CASE("files that are not there are told before anything is sent", "[e2e][usage]") {
  const OneHost one;
  one.refuses({"ping", "host=n1", "--key-file", "/nonexistent/key"}, "--key-file: there is no file /nonexistent/key");
  one.refuses({"ping", "host=n1", "--known-hosts", "/nonexistent/known_hosts"},
              "--known-hosts: there is no file /nonexistent/known_hosts");
  one.refuses({"ping", "host=n1", "--host-key", "strict", "--known-hosts", "/nonexistent/known_hosts"},
              "--host-key accept-new makes the file");
}

TEST_CASE("a path into the JSON that no host has is told", "[e2e][usage]") {
  const OneHost one;
  one.refuses({"hosts", "--columns", "host,data.adress"}, "no host has data.adress: did you mean data.address?");
  // A run has done its work by then: that is a warning.
  const auto ran = one.fleet.cef({"mem", "host=n1", "--columns", "HOST,data.totl_bytes"});
  INFO(ran.told());
  CHECK(ran.exit_code == 0);
  CHECK_THAT(ran.err, Catch::Contains("warning: no host has data.totl_bytes: did you mean data.total_bytes?"));
}

TEST_CASE("a list of hosts may have comments behind its names", "[e2e][usage]") {
  const OneHost one;
  write_file(one.fleet.folder() / "list", "# all\nn1   # the first\n\n#n2\n");
  const auto result = one.fleet.cef({"hosts", "host=@" + (one.fleet.folder() / "list").string(), "--format", "names"});
  INFO(result.told());
  CHECK(result.out == "n1\n");
  CHECK(one.fleet.cef({"hosts", "-l", "@" + (one.fleet.folder() / "list").string(), "--format", "names"}).out ==
        "n1\n");
}

TEST_CASE("a file of results is told of on a terminal, and one that is named like a format", "[e2e][usage]") {
  const OneHost one;
  const std::string cwd = one.fleet.folder().string();
  const auto odd = one.fleet.cef({"ping", "host=n1", "-o", "json"}, {.cwd = cwd});
  INFO(odd.told());
  CHECK(odd.exit_code == 0);
  CHECK_THAT(odd.err,
             Catch::Contains("warning: the results go to a file named 'json'; the format is chosen by --format json"));
  CHECK(std::filesystem::exists(one.fleet.folder() / "json"));
  const auto terminal = one.fleet.start_on_terminal(
      {"ping", "host=n1", "--format", "json", "-o", (one.fleet.folder() / "r").string()}, {.columns = 200});
  CHECK(terminal->wait().exit_code == 0);
  CHECK_THAT(plain(terminal->screen()), Catch::Contains("/r: 1 host: 1 ok"));
  CHECK(one.fleet.cef({"ping", "host=n1", "--format", "json", "-o", (one.fleet.folder() / "r").string()}).err.empty());
}
