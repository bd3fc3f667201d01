// What an admin who knows ssh, clush and ansible types in the first hour, on real servers.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cef::testing;

namespace {

struct Lab {
  Sshd one, two;
  Fleet fleet;

  Lab() {
    fleet.add("n1", one, {.group = "lab"});
    fleet.add("n2", two, {.group = "lab", .variables = {{"tags", "[spare]"}}});
  }
};

}  // namespace

TEST_CASE("a run on bare words is repeated on the hosts that it had", "[e2e][habits]") {
  const Lab lab;
  CHECK(lab.fleet.cef({"exec", "lab", "-q", "--", "true"}).exit_code == 0);
  CHECK(lab.fleet.cef({"exec", "spare", "--", "exit 3"}).exit_code == 2);
  CHECK(lab.one.execs() == 1);
  const auto again = lab.fleet.cef({"retry", "last", "--format", "json"});
  INFO(again.told());
  CHECK(again.exit_code == 2);
  CHECK(again["n2"]["data"]["rc"] == 3);
  CHECK(lab.one.execs() == 1);
}

TEST_CASE("hosts of -w need no inventory, in a repeated run either", "[e2e][habits]") {
  const Sshd server;
  const Fleet fleet;
  const auto file = fleet.folder() / "config";
  write_file(file, "Host x?\n HostName 127.0.0.1\n Port " + std::to_string(server.port()) + "\n IdentityFile " +
                       key_file("ed25519").string() + "\n");
  write_file(fleet.known_hosts_file(), server.known_hosts());
  const std::map<std::string, std::string> none{{"CEF_INVENTORY", ""}};
  const auto result =
      fleet.cef({"exec", "-w", "x[1-3]", "-x", "x2", "--ssh-config", file.string(), "--format", "json", "--", "exit 4"},
                {.env = none});
  INFO(result.told());
  CHECK(result.exit_code == 2);
  CHECK(result["x1"]["data"]["rc"] == 4);
  CHECK(result["x2"].is_null());
  CHECK(result["x3"]["data"]["rc"] == 4);
  CHECK(fleet.cef({"retry", "last", "--format", "json"}, {.env = none})["x3"]["data"]["rc"] == 4);
}

TEST_CASE("--stdin gives cef's standard input to every host, and without it nobody gets any", "[e2e][habits]") {
  const Lab lab;
  const auto given = lab.fleet.cef({"exec", "lab", "--stdin", "--format", "json", "--", "wc -c; exit 1"},
                                   {.input = std::string(70'000, 'x')});
  INFO(given.told());
  for (const auto* host : {"n1", "n2"}) CHECK(given[host]["data"]["stdout"] == "70000\n");
  // Repeated with what it was then.
  const auto again = lab.fleet.cef({"retry", "last", "--format", "json"}, {.input = "other"});
  INFO(again.told());
  for (const auto* host : {"n1", "n2"}) CHECK(again[host]["data"]["stdout"] == "70000\n");
  const auto without = lab.fleet.cef({"exec", "lab", "--format", "json", "--", "wc -c"}, {.input = "secret"});
  for (const auto* host : {"n1", "n2"}) CHECK(without[host]["data"]["stdout"] == "0\n");
  const auto large = lab.fleet.cef({"exec", "lab", "--stdin", "--", "cat"}, {.input = std::string(9 << 20, 'x')});
  CHECK(large.exit_code == 5);
  CHECK(holds(large.err, "longer than 8 MiB"));
  CHECK(holds(large.err, "cef push"));
}

TEST_CASE("ssh logs in as cef would, and its input, output and exit status are passed through", "[e2e][habits]") {
  const Lab lab;
  const auto ran =
      lab.fleet.cef({"ssh", "n2", "--ssh-config", "none", "--", "cat; echo to-err >&2; exit 7"}, {.input = "hello"});
  INFO(ran.told());
  CHECK(ran.exit_code == 7);
  CHECK(ran.out == "hello");
  CHECK(ran.err == "to-err\n");
  CHECK(lab.two.logins() == 1);
  CHECK(lab.one.connections() == 0);
}

TEST_CASE("on a terminal ssh has the terminal", "[e2e][habits]") {
  const Lab lab;
  const auto shell = lab.fleet.start_on_terminal({"ssh", "n1", "--ssh-config", "none", "--", "tty && stty size"},
                                                 {.columns = 77, .rows = 21});
  const auto ended = shell->wait();
  CAPTURE(ended.out);
  CHECK(ended.exit_code == 0);
  CHECK(holds(ended.out, "/dev/pts/"));
  CHECK(holds(ended.out, "21 77"));
}

TEST_CASE("ssh goes through jump hosts with each one's own login, and so does its configuration of cef's",
          "[e2e][habits]") {
  SshdOptions other;
  other.user_keys = {"ecdsa256"};
  const Sshd gateway(other), server;
  Fleet fleet;
  fleet.add("gw", gateway, {.variables = {{"key_file", key_file("ecdsa256").string()}}});
  fleet.add("in", server, {.variables = {{"jump", "gw"}}});
  fleet.set("known_hosts", fleet.known_hosts_file().string());  // cef hosts has no option for them
  const auto direct = fleet.cef({"ssh", "in", "--ssh-config", "none", "--", "echo there"});
  INFO(direct.told());
  CHECK(direct.exit_code == 0);
  CHECK(direct.out == "there\n");
  CHECK(gateway.logins() == 1);

  const auto config = fleet.cef({"hosts", "--format", "ssh-config", "--ssh-config", "none"});
  INFO(config.told());
  const auto file = (fleet.folder() / "ssh_config").string();
  write_file(file, config.out);
  const auto by_ssh = run({"ssh", "-F", file, "-o", "BatchMode=yes", "in", "echo too"}, {});
  INFO(by_ssh.err);
  CHECK(by_ssh.exit_code == 0);
  CHECK(by_ssh.out == "too\n");
  CHECK(gateway.logins() == 2);
  CHECK(server.logins() == 2);
}

TEST_CASE("-v tells by what each host was logged in to, -vv each stage as it happens", "[e2e][habits]") {
  const Lab lab;
  const std::string key = key_file("ed25519").string();
  const auto quiet = lab.fleet.cef({"ping", "n1"});
  CHECK(quiet.err.find("logged in") == std::string::npos);
  const auto told = lab.fleet.cef({"ping", "n1", "-v"});
  INFO(told.told());
  // The line of the inventory, the line of known_hosts, the key.
  CHECK(holds(told.err, "n1: address 127.0.0.1 (" + (lab.fleet.folder() / "inventory.yml").string() + ":"));
  CHECK(holds(told.err, "n1: host key ssh-ed25519 known by " + lab.fleet.known_hosts_file().string() +
                            ":1; logged in as " + login_user() + " by key " + key + "\n"));
  CHECK(told.err.find("keys exchanged") == std::string::npos);
  const auto stages = lab.fleet.cef({"ping", "n1", "-vv"});
  INFO(stages.told());
  std::size_t at = 0;
  for (const std::string stage :
       {"n1: resolved 127.0.0.1\n", "n1: connected to 127.0.0.1 port ", "n1: keys exchanged with OpenSSH_",
        "n1: host key ssh-ed25519 known by ", "n1: logged in as "}) {
    const auto found = stages.err.find(stage, at);
    INFO(stage);
    REQUIRE(found != std::string::npos);
    at = found;
  }
  const auto refused =
      lab.fleet.cef({"ping", "n1", "-vv", "--key-file", key_file("rsa2048").string(), "--key-file", key});
  INFO(refused.told());
  CHECK(refused.err.find("n1: key " + key_file("rsa2048").string() + " refused\n") <
        refused.err.find("n1: logged in as " + login_user() + " by key " + key));
}

TEST_CASE("--where and --status choose among real results", "[e2e][habits]") {
  Lab lab;
  lab.fleet.add({.name = "gone", .port = free_port(), .group = "lab"});
  const auto any = lab.fleet.cef({"disk", "lab", "--where", "used_pct>=0", "--format", "names"});
  INFO(any.told());
  CHECK(any.exit_code == 4);
  CHECK(any.out == "n1\nn2\n");
  CHECK(lab.fleet.cef({"disk", "lab", "--where", "used_pct>100", "--format", "names"}).out.empty());
  for (const char* format : {"csv", "ndjson", "names"}) {
    const auto down = lab.fleet.cef({"ping", "lab", "--status", "unreachable", "--format", format});
    INFO(down.told());
    CHECK(holds(down.out, "gone"));
    CHECK_FALSE(holds(down.out, "n1"));
  }
}

TEST_CASE("a threshold's warning is exit code 10 as its critical limit is, and nagios tells them apart",
          "[e2e][habits]") {
  const Lab lab;
  const auto warned = lab.fleet.cef({"mem", "n1", "--assert", "used_pct<0:101", "--format", "nagios"});
  INFO(warned.told());
  CHECK(warned.exit_code == 10);
  CHECK(warned.out.starts_with("CEF WARNING"));
  const auto critical = lab.fleet.cef({"mem", "n1", "--assert", "used_pct<-2:-1", "--format", "nagios"});
  CHECK(critical.exit_code == 10);
  CHECK(critical.out.starts_with("CEF CRITICAL"));
  const auto json = lab.fleet.cef({"mem", "n1", "--assert", "used_pct<0:101", "--format", "json"});
  CHECK(json["n1"]["violations"][0]["level"] == "warning");
  // As bad when the run is looked at again.
  CHECK(lab.fleet.cef({"show", "last", "--format", "json"})["n1"]["violations"][0]["level"] == "warning");
}

TEST_CASE("runs are found by host, word and outcome, and by the last letters of their ids", "[e2e][habits]") {
  const Lab lab;
  lab.fleet.cef({"exec", "n1", "--", "true"});
  lab.fleet.cef({"exec", "n2", "--", "exit 1"});
  lab.fleet.cef({"ping", "lab"});
  const auto ids = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "runs");
    words.insert(words.end(), {"--format", "names"});
    const std::string out = lab.fleet.cef(words).out;
    return std::count(out.begin(), out.end(), '\n');
  };
  CHECK(ids({}) == 3);
  CHECK(ids({"host=n1"}) == 2);
  CHECK(ids({"exit"}) == 1);
  CHECK(ids({"--failed"}) == 1);
  CHECK(ids({"host=n1", "--failed"}) == 0);
  const std::string id = lab.fleet.cef({"runs", "exit", "--format", "names"}).out;
  REQUIRE(id.size() > 5);
  const auto shown = lab.fleet.cef({"show", id.substr(id.size() - 5, 4), "n2", "--format", "json"});
  INFO(shown.told());
  CHECK(shown["n2"]["data"]["rc"] == 1);
}

TEST_CASE("a command is watched as probes are, and its keys choose, explain and change the pace", "[e2e][habits]") {
  const Lab lab;
  const auto lines = lab.fleet.cef({"watch", "exec", "lab", "-n", "1", "--count", "2", "--format", "ndjson", "--",
                                    "echo first; echo second; [ -e \"$HOME/fine\" ] || exit 3"});
  INFO(lines.told());
  CHECK(lines.exit_code == 2);
  CHECK(lines.lines.size() >= 2);  // a host that is slow is left out of the second round
  CHECK(lines["n1"]["data"]["output"] == "first");
  CHECK(lines["n1"]["data"]["rc"] == 3);
  CHECK(lab.one.logins() == 1);

  write_file(lab.one.home() / "fine", "");
  const auto screen = lab.fleet.start_on_terminal(
      {"watch", "exec", "lab", "-n", "1", "--", "echo word-$((40+2)); [ -e \"$HOME/fine\" ] || exit 3"},
      {.env = {{"TERM", "xterm"}}});
  REQUIRE(screen->wait_for("word-42"));
  REQUIRE(screen->wait_for("every 1 s"));
  screen->type("+");
  CHECK(screen->wait_for("every 2 s"));
  screen->type("f");
  CHECK(screen->wait_for("f all"));
  screen->type("\n");
  CHECK(screen->wait_for("exit status 3"));
  CHECK(screen->wait_for("Enter back"));
  screen->type("\nf/n1\n");
  CHECK(screen->wait_for("/n1  q quit"));
  screen->type("q");
  CHECK(screen->wait().exit_code == 2);
}
