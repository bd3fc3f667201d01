// --store and cef history: what probes find on real servers is kept, and told again.
#include "bad_server.hpp"
#include "fleet.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <sqlite3.h>
#include <sys/mount.h>

using namespace cef::testing;

namespace {

// Two hosts that answer and one that does not.
struct OneStored {
  Sshd server;
  RefusedPort refused;
  Fleet fleet;

  OneStored() {
    fleet.add("n1", server);
    fleet.add("n2", server);
    fleet.add({.name = "gone", .port = refused.port()});
  }
  std::filesystem::path file() const { return fleet.home() / ".local/state/cef/metrics.db"; }
  CefResult run(const std::vector<std::string>& words) const { return fleet.cef(words); }
};

nlohmann::json series(const CefResult& history, const std::string& host, const std::string& name) {
  const auto all = history[host].at("data").at("series");
  for (const auto& each : all)
    if (each.at("series") == name) return each;
  return {};
}

}  // namespace

TEST_CASE("stored snapshots are told by history", "[e2e][store]") {
  const OneStored mixed;
  const auto nothing = mixed.run({"history", "group=all"});
  CHECK(nothing.exit_code == 3);
  CHECK_THAT(nothing.err, Catch::Contains("nothing is stored yet") && Catch::Contains("snapshot --store"));

  std::vector<double> used;
  for (int i = 0; i < 3; ++i) {
    const auto snapshot = mixed.run({"snapshot", "group=all", "--store", "--format", "json"});
    INFO(snapshot.told());
    REQUIRE(snapshot.exit_code == 4);
    used.push_back(snapshot["n1"]["data"]["mem"]["used_pct"].get<double>());
  }
  CHECK(mixed.run({"snapshot", "host=n1", "--format", "json"}).exit_code == 0);  // not stored
  const auto logins = mixed.server.logins();
  const auto history =
      mixed.run({"history", "group=all", "--metric", "mem.used_pct,disk.used_pct", "--format", "json"});
  INFO(history.told());
  CHECK(history.exit_code == 0);
  CHECK(mixed.server.logins() == logins);
  const auto memory = series(history, "n1", "mem.used_pct");
  CHECK(memory.at("count") == 3);
  CHECK(memory.at("min") == *std::ranges::min_element(used));
  CHECK(memory.at("max") == *std::ranges::max_element(used));
  CHECK(memory.at("mean").get<double>() == Approx((used[0] + used[1] + used[2]) / 3));
  CHECK(memory.at("last") == used[2]);
  CHECK_FALSE(memory.at("points").empty());
  CHECK(series(history, "n2", "disk.used_pct[/]").at("label") == "/");
  CHECK(history["n1"]["data"]["up_pct"] == 100.0);
  CHECK(history["gone"]["status"] == "skipped");
  CHECK(history["gone"]["data"]["rounds"] == 3);
  CHECK(history["gone"]["data"]["up_pct"] == 0.0);

  const auto table = mixed.run({"history", "group=all", "--metric", "mem.used_pct", "--since", "1m"});
  INFO(table.told());
  CHECK_THAT(table.out, Catch::Contains("no values: down") && Catch::Contains("%"));
  const auto csv = mixed.run({"history", "host=n1", "--metric", "mem.used_pct", "--format", "csv"});
  CHECK_THAT(csv.out, Catch::StartsWith("host,series,min,mean,max,last,last_time,count,up_pct\nn1,mem.used_pct,"));

  // Nothing of it lies in a time before.
  const auto before = mixed.run({"history", "group=all", "--until", "1h", "--since", "2h", "--format", "json"});
  CHECK(before.exit_code == 0);
  CHECK(before["n1"]["status"] == "skipped");
}

TEST_CASE("a history's charts have their times above them, and the room that there is", "[e2e][store]") {
  const OneStored mixed;
  REQUIRE(mixed.run({"mem", "host=n1,n2", "--store"}).exit_code == 0);
  const auto on_terminal = [&](unsigned short columns, const std::vector<std::string>& more) {
    std::vector<std::string> words{"history", "--metric", "mem.used_pct"};
    words.insert(words.end(), more.begin(), more.end());
    const auto terminal = mixed.fleet.start_on_terminal(words, {.env = {{"NO_COLOR", "1"}}, .columns = columns});
    CHECK(terminal->wait().exit_code == 0);
    return plain(terminal->screen());
  };
  // Without a selector it is about every host, as the report is.
  const auto wide = on_terminal(120, {"--since", "1h", "--until", "now"});
  INFO(wide);
  CHECK_THAT(
      wide,
      Catch::Matches("(.|\n)*HOST +MIN +MEAN +MAX +LAST +[0-9][0-9]:[0-9][0-9] +CHART +[0-9][0-9]:[0-9][0-9](.|\n)*"));
  CHECK_THAT(wide, Catch::Contains("\nn1 ") && Catch::Contains("\nn2 ") && Catch::Contains("\ngone "));
  const auto narrow = on_terminal(60, {"--since", "yesterday"});
  INFO(narrow);
  CHECK_THAT(narrow, Catch::Matches("(.|\n)*HOST +MAX +LAST +[0-9][0-9]-[0-9][0-9] (.|\n)*"));
  CHECK_THAT(narrow, Catch::Contains("+2 columns: min mean"));
}

TEST_CASE("what history cannot understand is told with what is near", "[e2e][store]") {
  const OneStored mixed;
  REQUIRE(mixed.run({"mem", "host=n1", "--store"}).exit_code == 0);
  const auto refused = [&](std::vector<std::string> words, const std::string& why) {
    words.insert(words.begin(), {"history", "host=n1"});
    const auto result = mixed.run(words);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK_THAT(result.err, Catch::Contains(why));
  };
  refused({"--metric", "mem.usedpct"}, "did you mean 'mem.used_pct'?");
  refused({"--metric", "cpu_celsius"}, "did you mean 'temp.cpu_celsius'?");
  refused({"--metric", "mem.used_pct[x]"}, "did you mean 'mem.used_pct'?");
  refused({"--since", "soon"}, "--since: 'soon' is no time");
  refused({"--metric", "mem.usd"}, "metrics: mem.");
  refused({"--since", "1h", "--until", "2h"}, "--since is not before --until");
  refused({"--store-keep-raw-days", "7"}, "--store-keep-raw-days has no meaning for history");
  const auto kept = mixed.run({"mem", "host=n1", "--store-keep-raw-days", "0"});
  CHECK(kept.exit_code == 5);
  CHECK_THAT(kept.err, Catch::Contains("--store-keep-raw-days: '0'"));
  // One that is known but was never stored is no mistake.
  const auto empty = mixed.run({"history", "host=n1", "--metric", "temp.cpu_celsius", "--format", "json"});
  CHECK(empty.exit_code == 0);
  CHECK(empty["n1"]["status"] == "skipped");
}

TEST_CASE("a single probe's values are stored under the same names", "[e2e][store]") {
  const OneStored mixed;
  REQUIRE(mixed.run({"mem", "host=n1", "--store"}).exit_code == 0);
  REQUIRE(mixed.run({"snapshot", "host=n1", "--store"}).exit_code == 0);
  const auto history = mixed.run({"history", "host=n1", "--metric", "mem.used_pct", "--format", "json"});
  CHECK(series(history, "n1", "mem.used_pct").at("count") == 2);
}

TEST_CASE("parallel runs all store", "[e2e][store]") {
  const OneStored mixed;
  const auto environment = mixed.fleet.environment();  // once: it writes the inventory anew
  std::vector<std::unique_ptr<Process>> all;
  for (int i = 0; i < 8; ++i)
    all.push_back(std::make_unique<Process>(
        std::vector<std::string>{CEF_PROGRAM, i % 2 == 0 ? "mem" : "disk", "host=n1,n2", "--store"},
        RunOptions{.env = environment}));
  for (const auto& each : all) {
    const auto result = each->wait();
    CHECK(result.exit_code == 0);
    CHECK(count(result.err, "\n") == 1);  // the summary, and no warning
  }
  const auto history =
      mixed.run({"history", "host=n1,n2", "--metric", "mem.used_pct,disk.used_pct[/]", "--format", "json"});
  INFO(history.told());
  for (const auto* host : {"n1", "n2"}) {
    CHECK(series(history, host, "mem.used_pct").at("count") == 4);
    CHECK(series(history, host, "disk.used_pct[/]").at("count") == 4);
    CHECK(history[host]["data"]["rounds"] == 8);
  }
}

TEST_CASE("what cannot be stored is a warning and exit 1, and the results are shown", "[e2e][store]") {
  const OneStored mixed;
  const std::vector<std::string> words{"mem", "host=n1", "--store", "--format", "names"};
  const auto check = [](const CefResult& result, const std::string& why) {
    INFO(result.told());
    CHECK(result.exit_code == 1);
    CHECK(result.out == "n1\n");
    CHECK_THAT(result.err, Catch::Contains("cef: warning: store") && Catch::Contains(why) &&
                               Catch::Contains("this run's values are not stored"));
  };
  SECTION("garbage") {
    std::filesystem::create_directories(mixed.file().parent_path());
    write_file(mixed.file(), std::string(4096, 'x'));
    check(mixed.run(words), "not a database");
  }
  SECTION("a folder that cannot be made") {
    auto more = words;
    more.insert(more.end(), {"--store-file", "/proc/self/cef/metrics.db"});
    check(mixed.run(more), "cannot make");
  }
  SECTION("locked by another process") {
    const auto free = mixed.run(words);
    sqlite3* other = nullptr;
    REQUIRE(sqlite3_open(mixed.file().c_str(), &other) == SQLITE_OK);
    REQUIRE(sqlite3_exec(other, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr) == SQLITE_OK);
    const auto result = mixed.run(words);
    sqlite3_close(other);
    check(result, "locked");
    CHECK(result.wall.count() > 4);
    CHECK(result.wall < std::chrono::seconds(8) + 5 * free.wall);
  }
  SECTION("a full disk") {
    const TempDir disk;
    if (::mount("none", disk.path().c_str(), "tmpfs", 0, "size=64k") != 0) return;  // only root may
    struct Unmount {
      const TempDir& disk;
      ~Unmount() { ::umount(disk.path().c_str()); }
    } const unmount{disk};
    auto more = words;
    more.insert(more.end(), {"--store-file", (disk / "metrics.db").string()});
    check(mixed.run(more), "full");
  }
}
