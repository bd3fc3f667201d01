// Files as each version of the schema left them are read by this cef. They are kept in tests/fixtures/store, as cef
// itself wrote them: the one whose name ends in N was written by a cef that knew N versions.
#include "samples.hpp"

#include <cef/store/metrics.hpp>

#include <sqlite/schema.hpp>
#include <sqlite3.h>

namespace cef::store::kept_tests {

namespace {

std::filesystem::path kept(const std::string& name, std::size_t version) {
  return std::filesystem::path(CEF_FIXTURES) / "store" / (name + "-" + std::to_string(version) + ".db");
}

// A copy that may be changed.
std::filesystem::path copy(const testing::TempDir& folder, const std::string& name, std::size_t version) {
  const auto file = folder / (name + ".db");
  std::filesystem::copy_file(kept(name, version), file);
  return file;
}

int version_of(const std::filesystem::path& file) {
  sqlite3* database = nullptr;
  REQUIRE(sqlite3_open_v2(file.c_str(), &database, SQLITE_OPEN_READONLY, nullptr) == SQLITE_OK);
  sqlite3_stmt* statement = nullptr;
  REQUIRE(sqlite3_prepare_v2(database, "PRAGMA user_version", -1, &statement, nullptr) == SQLITE_OK);
  REQUIRE(sqlite3_step(statement) == SQLITE_ROW);
  const int version = sqlite3_column_int(statement, 0);
  sqlite3_finalize(statement);
  sqlite3_close(database);
  return version;
}

struct Values : MetricStore::Reader {
  std::vector<Point> points;
  void value(std::size_t, std::size_t, const Point& point) override { points.push_back(point); }
  void presence(std::size_t, const Presence&) override {}
};

const Time day = Time(std::chrono::sys_days(std::chrono::year(2026) / 11 / 27));

}  // namespace

TEST_CASE("a file of every version of the schemas is kept", "[store]") {
  const auto check = [](const std::string& name, std::size_t versions) {
    for (std::size_t version = 1; version <= versions; ++version) {
      const testing::TempDir folder;  // SQLite leaves files beside what it reads
      CHECK(version_of(copy(folder, name, version)) == static_cast<int>(version));
    }
  };
  check("journal", journal_schema.steps.size());
  check("metrics", metrics_schema.steps.size());
}

TEST_CASE("a journal of an older cef is brought forward, and has what it had", "[store]") {
  for (std::size_t version = 1; version <= journal_schema.steps.size(); ++version) {
    INFO(version);
    const testing::TempDir folder;
    const auto file = copy(folder, "journal", version);
    {
      Journal journal = open(file);
      const auto runs = journal.runs({});
      REQUIRE(runs);
      REQUIRE(runs->size() == 5);
      CHECK(runs->front().words == std::vector<std::string>{"mem", "rpi", "--store"});
      const RunRecord& failed = (*runs)[2];
      CHECK(failed.verb == "exec");
      CHECK(failed.words == std::vector<std::string>{"exec", "w01", "--", "exit 3"});
      CHECK(failed.inventory == std::vector<std::string>{"/srv/fleet/hosts.yml"});
      CHECK(failed.exit_code == 2);
      const auto report = journal.report(failed);
      REQUIRE(report);
      REQUIRE(report->results.size() == 1);
      CHECK(report->results[0].status == Status::failed);
      CHECK(report->results[0].error->code == Code::command_failed);
      CHECK(report->results[0].data["rc"] == 3);
      const auto scripted = journal.run((*runs)[3].id);
      REQUIRE(scripted);
      REQUIRE(scripted->files.size() == 1);
      CHECK(scripted->files.begin()->second == "#!/bin/sh\necho from a script\n");
      record(journal, sample_run("20261128T000000Z-0001", day + std::chrono::hours(24)), {sample_result("n1")});
    }
    CHECK(version_of(file) == static_cast<int>(journal_schema.steps.size()));
    const auto runs = open(file, Access::read).runs({});
    REQUIRE(runs);
    CHECK(runs->size() == 6);
  }
}

TEST_CASE("values of an older cef are brought forward, and become hours", "[store]") {
  for (std::size_t version = 1; version <= metrics_schema.steps.size(); ++version) {
    INFO(version);
    const testing::TempDir folder;
    const auto file = copy(folder, "metrics", version);
    auto store = MetricStore::open(file, Access::write, Milliseconds(2000));
    REQUIRE(store);
    const auto hosts = store->hosts();
    REQUIRE(hosts);
    REQUIRE(hosts->size() == 2);
    CHECK(hosts->front().name == "rpi6401");
    const auto read = [&](Time until) {
      Values values;
      REQUIRE(store->read({{"rpi6401"}, {"mem.used_pct"}, day, until}, values));
      return values.points;
    };
    const auto points = read(day + std::chrono::hours(24));
    REQUIRE(points.size() == 2);
    CHECK(points[0].mean > 20);
    CHECK(points[0].mean < 30);
    REQUIRE(store->append(day + std::chrono::hours(30), {{"rpi6401", {}, {{"mem.used_pct", 50.0}}}}));
    CHECK(read(day + std::chrono::hours(31)).size() == 3);
    REQUIRE(store->tidy({}, day + std::chrono::hours(24 * 5), true));
    const auto hourly = read(day + std::chrono::hours(24 * 4));
    REQUIRE(hourly.size() == 2);
    CHECK(hourly[0].count == 2);
    CHECK(version_of(file) == static_cast<int>(metrics_schema.steps.size()));
  }
}

}  // namespace cef::store::kept_tests
