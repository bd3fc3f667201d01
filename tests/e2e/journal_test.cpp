// The journal of runs: what is recorded, shown, compared and repeated, and that trouble with it is no trouble of a run.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <sqlite3.h>
#include <sys/mount.h>
#include <thread>
#include <unistd.h>

using namespace cef::testing;

namespace {

// Two hosts that answer and one that does not.
struct OneOfTwo {
  Sshd server;
  RefusedPort refused;
  Fleet fleet;

  OneOfTwo() {
    fleet.add("n1", server);
    fleet.add("n2", server);
    fleet.add({.name = "gone", .port = refused.port()});
  }
  std::filesystem::path state() const { return fleet.home() / ".local/state/cef"; }
  std::filesystem::path file() const { return state() / "journal.db"; }
  CefResult run(const std::vector<std::string>& words) const { return fleet.cef(words); }
};

std::size_t lines(const std::string& text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Goes as it would without a journal, and says so in one line.
void check_warned(const CefResult& result, const std::string& why) {
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.out == "hello\n");
  CHECK(lines(result.err) == 1);
  CHECK_THAT(result.err, Catch::Contains("cef: warning: journal") && Catch::Contains(why) &&
                             Catch::Contains("the results of this run are not recorded"));
}

const std::vector<std::string> hello{"exec", "host=n1", "--", "echo hello"};

}  // namespace

TEST_CASE("a run is recorded and shown again as it was", "[e2e][journal]") {
  const OneOfTwo mixed;
  const auto ping = mixed.run({"ping", "group=all"});
  CHECK(ping.exit_code == 4);
  const auto runs = mixed.run({"runs", "--format", "json"});
  INFO(runs.told());
  REQUIRE(runs.document["results"].size() == 1);
  const auto data = runs.document["results"][0]["data"];
  CHECK(data["verb"] == "ping");
  CHECK(data["words"] == nlohmann::json({"ping", "group=all"}));
  CHECK(data["exit_code"] == 4);
  CHECK(data["state"] == "ended");
  CHECK(data["hosts"] == 3);
  CHECK(data["ok"] == 2);
  CHECK(data["unreachable"] == 1);
  const auto show = mixed.run({"show", "last"});
  CHECK(show.exit_code == 0);
  CHECK(show.out == ping.out);
  const auto json = mixed.run({"exec", "group=all", "--format", "json", "--", "echo out; echo err >&2"});
  const auto again = mixed.run({"show", "-1", "--format", "json"});
  CHECK(again.out == json.out);
  CHECK(mixed.run({"show", "-2"}).out == ping.out);
  const auto id = json.document["run"].get<std::string>();
  CHECK(mixed.run({"show", id.substr(0, 20), "--format", "json"}).out == json.out);
  CHECK(mixed.run({"show", id, "host=n*", "host!=n2", "--format", "names"}).out == "n1\n");
  CHECK(mixed.run({"runs", "--format", "names", "--last", "1"}).out == id + "\n");
  CHECK(mixed.run({"runs", "--format", "names", "--verb", "exec", "--since", "1h"}).out == id + "\n");
  // None of these was a run.
  CHECK(lines(mixed.run({"runs", "--format", "names"}).out) == 2);
}

TEST_CASE("a run that there is not is told with what is near", "[e2e][journal]") {
  const OneOfTwo mixed;
  CHECK(mixed.run({"runs"}).exit_code == 3);
  mixed.run(hello);
  auto id = mixed.run({"runs", "--format", "names"}).out;
  id.pop_back();
  auto slip = id;
  slip.back() = slip.back() == 'a' ? 'b' : 'a';
  const auto near = mixed.run({"show", slip});
  CHECK(near.exit_code == 3);
  CHECK_THAT(near.err, Catch::Contains("did you mean '" + id + "'?"));
  const auto far = mixed.run({"show", "nonsense"});
  CHECK(far.exit_code == 3);
  CHECK_THAT(far.err, Catch::Contains("there is no run 'nonsense'") && Catch::Contains(id));
  CHECK(mixed.run({"show", "-2"}).exit_code == 3);
  const auto stranger = mixed.run({"show", "last", "host=n2"});
  CHECK(stranger.exit_code == 3);
  CHECK_THAT(stranger.err, Catch::Contains("host 'n2' is not in that run"));
  CHECK(mixed.run({"show"}).exit_code == 5);
  CHECK(mixed.run({"show", "last", "--journal", "none"}).exit_code == 5);
}

TEST_CASE("two runs are compared", "[e2e][journal]") {
  const OneOfTwo mixed;
  const auto flag = mixed.server.home() / "flag";
  const std::string command = "echo same; cat '" + flag.string() + "'";
  write_file(flag, "one\n");
  mixed.run({"exec", "group=all", "--", command});
  mixed.run({"exec", "group=all", "--", command});
  const auto equal = mixed.run({"diff", "-2", "last"});
  INFO(equal.told());
  CHECK(equal.exit_code == 0);
  CHECK_THAT(equal.err, Catch::Contains("0 changed hosts"));
  write_file(flag, "two\n");
  mixed.run({"exec", "host=n2,gone", "--", command});
  const auto changed = mixed.run({"diff", "-2", "last", "--format", "json"});
  INFO(changed.told());
  CHECK(changed.exit_code == 2);
  REQUIRE(changed.document["results"].size() == 2);
  CHECK(changed["n2"]["data"]["change"] == "result");
  CHECK(changed["n2"]["data"]["fields"][0]["field"] == "stdout");
  CHECK(changed["n2"]["data"]["fields"][0]["before"] == "same\none\n");
  CHECK(changed["n2"]["data"]["fields"][0]["now"] == "line 2: two");
  CHECK(changed["n1"]["data"]["change"] == "vanished");
}

TEST_CASE("retry repeats a run where it did not go well", "[e2e][journal]") {
  OneOfTwo mixed;
  const TempDir folder;
  write_file(folder / "job.sh", "echo run >> \"$HOME/count\"; echo \"$1|$2\"; test -e \"$HOME/ready\"\n");
  const auto first =
      mixed.fleet.cef({"exec", "group=all", "--script", "job.sh", "--format", "json", "--", "a  b", "$c"},
                      {.cwd = folder.path().string()});
  INFO(first.told());
  CHECK(first.exit_code == 6);
  CHECK(first["n1"]["data"]["stdout"] == "a  b|$c\n");
  // The script is what it was, wherever one is.
  write_file(folder / "job.sh", "echo another script\n");
  write_file(mixed.server.home() / "ready", "");
  const auto failed = mixed.run({"retry", "last", "--failed", "-f", "1"});
  INFO(failed.told());
  CHECK(failed.exit_code == 0);
  REQUIRE(failed.document["results"].size() == 2);
  CHECK(failed["n1"]["data"]["stdout"] == "a  b|$c\n");
  CHECK(read_file(mixed.server.home() / "count") == "run\nrun\nrun\nrun\n");
  const auto unreachable = mixed.run({"retry", "-2", "--unreachable", "--format", "names", "--status", "unreachable"});
  CHECK(unreachable.exit_code == 4);
  CHECK(unreachable.out == "gone\n");
  const auto runs = mixed.run({"runs", "--format", "json"});
  CHECK(runs.document["results"][0]["data"]["retry_of"] == first.document["run"]);
  CHECK(runs.document["results"][0]["data"]["verb"] == "exec");
  const auto again = mixed.run({"retry", "last"});  // of a retry
  CHECK(again.exit_code == 4);
  CHECK(again["gone"]["status"].is_null());  // its --format was names
  const auto nothing = mixed.run({"retry", failed.document["run"]});
  CHECK(nothing.exit_code == 3);
  CHECK_THAT(nothing.err, Catch::Contains("no host of run"));
}

TEST_CASE("retry runs hosts too that were left out when the run stopped early", "[e2e][journal]") {
  const Sshd server;
  const RefusedPort refused;
  Fleet fleet;
  fleet.add({.name = "gone", .port = refused.port()});
  for (const char* name : {"n1", "n2"}) fleet.add(name, server);
  REQUIRE(fleet.cef({"ping", "group=all", "--serial", "1"}).exit_code == 8);
  const auto not_run = fleet.cef({"retry", "last", "--not-run"});
  INFO(not_run.told());
  CHECK(not_run.exit_code == 0);
  CHECK_THAT(not_run.err, Catch::StartsWith("cef: 2 of 3 hosts again: 2 not run\n"));
  const auto all = fleet.cef({"retry", "-2", "--format", "json"});
  INFO(all.told());
  CHECK(all.document["results"].size() == 3);
  CHECK(all.err.find("again") == std::string::npos);
  const auto both = fleet.cef({"retry", "-3", "--max-fail", "5"});
  CHECK_THAT(both.err, Catch::StartsWith("cef: 3 of 3 hosts again: 1 unreachable, 2 not run\n"));
}

TEST_CASE("the list of runs tells what was done and how it went, at 80 columns too", "[e2e][journal]") {
  OneOfTwo mixed;
  REQUIRE(mixed.run({"exec", "group=all", "--", "false # that is a long command line, which is cut at the end"})
              .exit_code == 6);
  REQUIRE(mixed.run({"retry", "last", "--unreachable"}).exit_code == 4);
  REQUIRE(mixed.run(hello).exit_code == 0);
  const auto terminal = mixed.fleet.start_on_terminal({"runs"}, {.env = {{"NO_COLOR", "1"}}, .columns = 80});
  CHECK(terminal->wait().exit_code == 0);
  const std::string screen = plain(terminal->screen());
  INFO(screen);
  CHECK_THAT(screen, Catch::Contains("HOSTS  RESULT") && Catch::Contains("COMMAND"));
  CHECK_THAT(screen, Catch::Contains("  ok ") && Catch::Contains("s ago") && Catch::Contains(" exec host=n1 "));
  CHECK_THAT(screen, Catch::Contains("2 failed 1 unreach.     6") && Catch::Contains(" exec group=all"));
  CHECK_THAT(screen, Catch::Contains(" retry of "));
  CHECK_THAT(screen, Catch::Contains("3 runs"));
  // Whole, where there is room.
  CHECK_THAT(mixed.run({"runs", "--columns", "command"}).out,
             Catch::Contains(": exec group=all -- 'false # that is a long command line, which is cut at the end'\n"));
  CHECK_THAT(mixed.run({"runs", "--columns", "RUN,STARTED"}).out, Catch::Contains("Z-"));
}

TEST_CASE("runs that did different things are compared with a warning", "[e2e][journal]") {
  const OneOfTwo mixed;
  mixed.run(hello);
  mixed.run({"exec", "host=n1", "--timeout", "20s", "--", "echo hello"});
  CHECK(mixed.run({"diff", "-2", "last", "--format", "json"}).err.empty());
  mixed.run({"exec", "host=n1", "--", "echo other"});
  const auto other = mixed.run({"diff", "-2", "last"});
  INFO(other.told());
  CHECK_THAT(other.err, Catch::Contains("did something else than") && Catch::Contains("`exec 'echo hello'`") &&
                            Catch::Contains("`exec 'echo other'`"));
}

TEST_CASE("retry refuses when a host has left the inventory", "[e2e][journal]") {
  const OneOfTwo mixed;
  mixed.run({"ping", "group=all"});
  const auto known = mixed.fleet.environment();
  write_file(mixed.fleet.folder() / "inventory.yml", "fleet: {hosts: {n1: {}, n2: {}}}\n");
  const auto result = read_result(cef::testing::run({CEF_PROGRAM, "retry", "last"}, {.env = known}));
  INFO(result.told());
  CHECK(result.exit_code == 3);
  CHECK_THAT(result.err, Catch::Contains("'gone'"));
}

TEST_CASE("parallel runs are all recorded", "[e2e][journal]") {
  const OneOfTwo mixed;
  const auto environment = mixed.fleet.environment();  // once: it writes the inventory anew
  std::vector<std::unique_ptr<Process>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(std::make_unique<Process>(
        std::vector<std::string>{CEF_PROGRAM, "exec", "host=n1,n2", "--", "echo " + std::to_string(i)},
        RunOptions{.env = environment}));
  for (const auto& each : all) {
    const auto result = each->wait();
    CHECK(result.exit_code == 0);
    CHECK(lines(result.err) == 1);  // the summary, and no warning
  }
  CHECK(lines(mixed.run({"runs", "--format", "names"}).out) == 8);
  const auto runs = mixed.run({"runs", "--format", "json"});
  for (const auto& row : runs.document["results"]) CHECK(row["data"]["ok"] == 2);
}

TEST_CASE("a run that was killed is remembered, and hurts no other", "[e2e][journal]") {
  const OneOfTwo mixed;
  const auto process = mixed.fleet.start({"exec", "host=n1", "--", "echo begun; sleep 600"});
  REQUIRE(process->wait_for_output("begun"));
  CHECK(mixed.run({"runs", "--format", "json"}).document["results"][0]["data"]["state"] == "running");
  process->signal(SIGKILL);
  process->wait();
  const auto runs = mixed.run({"runs", "--format", "json"});
  REQUIRE(runs.document["results"].size() == 1);
  CHECK(runs.document["results"][0]["data"]["state"] == "killed");
  const auto show = mixed.run({"show", "last"});
  CHECK(show.exit_code == 3);
  CHECK_THAT(show.err, Catch::Contains("was killed") && Catch::Contains("sleep 600"));
  CHECK(mixed.run(hello).err.empty());
  CHECK(lines(mixed.run({"runs", "--format", "names"}).out) == 2);
}

TEST_CASE("a run whose reader goes away, or that is hung up on, is recorded with what it had", "[e2e][journal]") {
  const OneOfTwo mixed;
  int code = 0;
  SECTION("a reader that goes away") {
    run({"bash", "-c", "\"$0\" exec host=n1 -- 'while :; do echo line; sleep 0.1; done' | head -n 1", CEF_PROGRAM},
        {.env = mixed.fleet.environment()});
    code = 141;
  }
  SECTION("a terminal that hangs up") {
    const auto process = mixed.fleet.start({"exec", "host=n1", "--", "echo begun; sleep 600"});
    REQUIRE(process->wait_for_output("begun", Milliseconds(10'000)));
    process->signal(SIGHUP);
    code = process->wait().exit_code;
    CHECK(code == 143);
  }
  const auto runs = mixed.run({"runs", "--format", "json"});
  INFO(runs.told());
  REQUIRE(runs.document["results"].size() == 1);
  CHECK(runs.document["results"][0]["data"]["state"] == "ended");
  CHECK(runs.document["results"][0]["data"]["exit_code"] == code);
  const auto show = mixed.run({"show", "last", "--format", "json"});
  CHECK(show.code("n1") == "interrupted");
  CHECK_FALSE(show["n1"]["data"]["stdout"].get<std::string>().empty());
}

TEST_CASE("a process without standard streams writes into none of its files", "[e2e][journal]") {
  const OneOfTwo mixed;
  const auto result = run({"bash", "-c", "\"$0\" ping host=n1 --lock x --format json <&- >&- 2>&-", CEF_PROGRAM},
                          {.env = mixed.fleet.environment()});
  CHECK(result.exit_code == 1);
  CHECK(lines(read_file(mixed.state() / "locks/x")) == 1);
  CHECK(mixed.run({"show", "last"}).exit_code == 0);
}

TEST_CASE("trouble with the journal is one warning", "[e2e][journal]") {
  const OneOfTwo mixed;
  std::filesystem::create_directories(mixed.state());
  SECTION("garbage") {
    write_file(mixed.file(), std::string(4096, 'x'));
    check_warned(mixed.run(hello), "not a database");
  }
  SECTION("a file where the folder should be") {
    std::filesystem::remove(mixed.state());
    write_file(mixed.state(), "");
    check_warned(mixed.run(hello), "Not a directory");
  }
  SECTION("a folder that may not be written") {
    auto words = hello;
    words.insert(words.begin() + 1, {"--journal", "/proc/self/journal.db"});
    check_warned(mixed.run(words), "cannot make");
  }
  SECTION("locked by another process") {
    const auto free = mixed.run(hello);
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(mixed.file().c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    const auto result = mixed.run(hello);
    sqlite3_close(other);
    check_warned(result, "locked");
    CHECK(result.wall.count() > 4);
    CHECK(result.wall < std::chrono::seconds(7) + 5 * free.wall);
  }
  SECTION("none wanted") {
    auto words = hello;
    words.insert(words.begin() + 1, {"--journal", "none"});
    const auto result = mixed.run(words);
    CHECK(result.err.empty());
    CHECK_FALSE(std::filesystem::exists(mixed.file()));
  }
}

TEST_CASE("Ctrl-C ends the wait for a journal that another process has", "[e2e][journal]") {
  const OneOfTwo mixed;
  mixed.run(hello);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(mixed.file().c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
  const auto process = mixed.fleet.start(hello);
  REQUIRE(process->wait_for_output("hello"));
  // It waits now, or will be told of an interruption; for five seconds it would have waited on.
  std::this_thread::sleep_for(Milliseconds(1500));
  process->signal(SIGINT);
  const auto result = process->wait();
  sqlite3_close(other);
  CHECK((result.signal == SIGINT || result.exit_code == 130));
  CHECK(result.out == "hello\n");
}

TEST_CASE("a full disk is one warning", "[e2e][journal]") {
  const OneOfTwo mixed;
  const TempDir disk;
  if (::mount("none", disk.path().c_str(), "tmpfs", 0, "size=128k") != 0) return;  // only root may
  struct Unmount {
    const TempDir& disk;
    ~Unmount() { ::umount(disk.path().c_str()); }
  } const unmount{disk};
  const auto file = (disk / "journal.db").string();
  const auto result =
      mixed.run({"exec", "host=n1", "--journal", file, "--", "echo hello; head -c 60000 /dev/zero | tr '\\0' x >&2"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(result.out == "hello\n");
  CHECK_THAT(result.err, Catch::EndsWith("name another file with --journal\n") && Catch::Contains("is full"));
}

TEST_CASE("a bad size is told before any host is contacted", "[e2e][journal]") {
  const OneOfTwo mixed;
  const auto bad = mixed.run({"ping", "group=all", "--journal-max-size", "much"});
  CHECK(bad.exit_code == 5);
  CHECK_THAT(bad.err, Catch::Contains("--journal-max-size: 'much'"));
  CHECK(mixed.server.connections() == 0);
}

TEST_CASE("standard input is read once for all selectors of show", "[e2e][journal]") {
  OneOfTwo mixed;
  REQUIRE(mixed.run({"ping", "group=all"}).exit_code == 4);
  const auto all =
      mixed.fleet.cef({"show", "last", "group=all", "host!=-", "--format", "csv", "--no-header", "--columns", "host"},
                      {.input = "n2\n"});
  INFO(all.told());
  CHECK(all.out.find("n1") != std::string::npos);
  CHECK(all.out.find("n2") == std::string::npos);
  const auto none = mixed.fleet.cef({"show", "last", "host=-", "host!=-"}, {.input = "n2\n"});
  INFO(none.told());
  CHECK(none.exit_code == 3);
}

TEST_CASE("retry takes the options of the verb that it repeats", "[e2e][journal]") {
  OneOfTwo mixed;
  REQUIRE(mixed.run({"ping", "group=all"}).exit_code == 4);
  const auto refused = mixed.fleet.cef({"retry", "last", "-b"});
  INFO(refused.told());
  CHECK(refused.exit_code == 5);
  CHECK(refused.err.find("-b has no meaning for ping") != std::string::npos);
  // What its own format has no use for is not held against another one's.
  REQUIRE(mixed.fleet.cef({"ping", "group=all", "--columns", "host"}).exit_code == 4);
  const auto taken = mixed.fleet.cef({"retry", "last", "--format", "json"});
  INFO(taken.told());
  CHECK(taken.exit_code == 4);
}
