// Rounds that are stored are read as they were; hours and days say what they were like.
#include "temp_dir.hpp"

#include <cef/store/metrics.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <map>
#include <sqlite3.h>
#include <sys/stat.h>

namespace cef::store::metrics_tests {

namespace {

using std::chrono::hours;
using std::chrono::minutes;

const Time start = Time(std::chrono::sys_days(std::chrono::year(2026) / 3 / 1));

MetricStore open(const std::filesystem::path& file, Access access = Access::write,
                 Milliseconds patience = Milliseconds(2000)) {
  auto store = MetricStore::open(file, access, patience);
  INFO((store ? std::string() : store.error().message));
  REQUIRE(store);
  return std::move(*store);
}

void append(MetricStore& store, Time time, const std::vector<Reading>& round) {
  const auto done = store.append(time, round);
  INFO((done ? std::string() : done.error().message));
  REQUIRE(done);
}

// What was read, by the places of host and series.
struct Read : MetricStore::Reader {
  std::map<std::pair<std::size_t, std::size_t>, std::vector<Point>> points;
  std::map<std::size_t, std::vector<Presence>> presences;

  void value(std::size_t host, std::size_t series, const Point& point) override {
    points[{host, series}].push_back(point);
  }
  void presence(std::size_t host, const Presence& presence) override { presences[host].push_back(presence); }
};

Read read(const MetricStore& store, std::vector<std::string> hosts, std::vector<std::string> series, Time since,
          Time until) {
  Read read;
  const auto done = store.read({std::move(hosts), std::move(series), since, until}, read);
  INFO((done ? std::string() : done.error().message));
  REQUIRE(done);
  return read;
}

Reading reading(const std::string& host, double temperature) {
  return {host, {}, {{"temp.cpu_celsius", temperature}, {"mem.total_bytes", 8.0 * 1024 * 1024 * 1024}}};
}

}  // namespace

TEST_CASE("every number is read as it was stored", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  const std::vector<double> numbers{0,       -0.0,          1,      -1,     0.1,   61.3,       -40.5,
                                    1.0 / 3, 1e-300,        1e300,  4096,   1e15,  16'777'217, 0.125,
                                    99.999,  25276502016.0, 3.4e38, 3.5e38, -1e-9, 1024.0};
  // Each pair of numbers, so that each is told by its difference to each of the others.
  Time time = start;
  std::vector<double> expected;
  for (const double first : numbers)
    for (const double second : numbers) {
      const std::string host = "h" + std::to_string(expected.size());
      for (const double value : {first, second}) {
        append(store, time += minutes(1), {{host, {}, {{"a.b", value}, {"a.c", 7}}}});
        expected.push_back(value);
      }
    }
  std::size_t at = 0;
  for (std::size_t i = 0; i < expected.size(); i += 2) {
    const auto found = read(store, {"h" + std::to_string(i)}, {"a.b"}, start, time + hours(1)).points[{0, 0}];
    REQUIRE(found.size() == 2);
    for (const Point& point : found) CHECK(point.last == expected[at++]);
  }
}

TEST_CASE("a round's hosts are read with what was wrong with them", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  append(store, start, {reading("n1", 50.5), {"n2", Code::connect_refused, {}}, {"n3", Code::command_timeout, {}}});
  append(store, start + minutes(1), {reading("n1", 51), reading("n2", 40), {"n3", {}, {}}});
  const auto found = read(store, {"n2", "n1", "n3", "n4"}, {"temp.cpu_celsius", "no.such"}, start, start + hours(1));
  REQUIRE(found.points.at({1, 0}).size() == 2);
  CHECK(found.points.at({1, 0})[0].last == 50.5);
  CHECK(found.points.at({1, 0})[0].time == start);
  CHECK(found.points.at({1, 0})[1].last == 51);
  CHECK(found.points.at({0, 0}).size() == 1);
  CHECK(found.points.size() == 2);
  CHECK(found.presences.at(0)[0].up == 0);
  CHECK(found.presences.at(0)[0].error == Code::connect_refused);
  CHECK(found.presences.at(0)[1].up == 1);
  CHECK(found.presences.at(2)[0].up == 1);  // it was logged in to
  CHECK(found.presences.at(2)[0].error == Code::command_timeout);
  CHECK_FALSE(found.presences.contains(3));
  const auto hosts = store.hosts();
  REQUIRE(hosts);
  REQUIRE(hosts->size() == 3);
  CHECK((*hosts)[0].name == "n1");
  CHECK((*hosts)[1].last_up == start + minutes(1));
  CHECK_FALSE((*hosts)[1].error);
  CHECK((*hosts)[2].first == start);
  CHECK((*hosts)[2].last == start + minutes(1));
  // The time's end is not in it.
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, start, start + minutes(1)).points.at({0, 0}).size() == 1);
}

TEST_CASE("series come and go", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  const std::string usb = "disk.used_pct[/media/a [b] ü]";
  append(store, start, {reading("n1", 50)});
  append(store, start + minutes(1), {{"n1", {}, {{"temp.cpu_celsius", 51}, {usb, 12.5}}}});
  append(store, start + minutes(2), {reading("n1", 52)});
  append(store, start + minutes(2), {{"n1", {}, {{"cpu.load1", 0.25}}}});  // in the same millisecond
  append(store, start + minutes(3), {{"n1", {}, {{"temp.cpu_celsius", NAN}}}});
  const auto found =
      read(store, {"n1"}, {"temp.cpu_celsius", usb, "mem.total_bytes", "cpu.load1"}, start, start + hours(1));
  CHECK(found.points.at({0, 0}).size() == 3);
  CHECK(found.points.at({0, 1}).size() == 1);
  CHECK(found.points.at({0, 1})[0].last == 12.5);
  CHECK(found.points.at({0, 2}).size() == 2);
  CHECK(found.points.at({0, 3}).size() == 1);
  CHECK(found.presences.at(0).size() == 5);
  const auto names = store.series();
  REQUIRE(names);
  CHECK(*names == std::vector<std::string>{"temp.cpu_celsius", "mem.total_bytes", usb, "cpu.load1"});
}

TEST_CASE("few of many hosts are read as if all were", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  for (int i = 0; i < 30; ++i) {
    std::vector<Reading> round;
    for (int host = 0; host < 100; ++host)
      if ((host + i) % 7 != 0) round.push_back(reading("n" + std::to_string(host), host + i / 10.0));
    append(store, start + minutes(i), round);
  }
  std::vector<std::string> all;
  for (int host = 0; host < 100; ++host) all.push_back("n" + std::to_string(host));
  const auto every = read(store, all, {"temp.cpu_celsius"}, start + minutes(3), start + minutes(20));
  const auto few = read(store, {"n42", "n9"}, {"temp.cpu_celsius"}, start + minutes(3), start + minutes(20));
  for (const auto& [place, host] : std::map<std::size_t, std::size_t>{{0, 42}, {1, 9}}) {
    const auto& a = few.points.at({place, 0});
    const auto& b = every.points.at({host, 0});
    REQUIRE(a.size() == b.size());
    CHECK(a.size() >= 14);
    for (std::size_t i = 0; i < a.size(); ++i) CHECK((a[i].time == b[i].time && a[i].last == b[i].last));
  }
}

TEST_CASE("hours and days are what their rounds were", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  // Ten days, a round every 20 minutes: 10, 20 and 60 degrees in every hour; down in each hour's second round of day 3.
  const double degrees[] = {10, 60, 20};
  for (int i = 0; i < 10 * 24 * 3; ++i) {
    const bool down = i / 72 == 3 && i % 3 == 1;
    append(store, start + minutes(20) * i,
           {down ? Reading{"n1", Code::connect_timeout, {}} : reading("n1", degrees[i % 3]), reading("n2", 0.1)});
  }
  const Time now = start + hours(10 * 24) + minutes(30);
  auto tidied = store.tidy({}, now, false);
  REQUIRE(tidied);
  CHECK(tidied->hours == 6 * 2);                                // in passing: some
  CHECK(store.tidy({}, now + minutes(10), false)->hours == 0);  // and not again so soon
  tidied = store.tidy({}, now, true);
  REQUIRE(tidied);
  CHECK(tidied->hours == (10 * 24 - 6) * 2);
  CHECK(tidied->days == 10 * 2);
  CHECK(tidied->removed == (3 * 72 + 2 - 6 * 3) * 2);

  // More than two days are read by hours.
  auto found = read(store, {"n1"}, {"temp.cpu_celsius", "mem.total_bytes"}, start, start + hours(5 * 24));
  auto points = found.points.at({0, 0});
  REQUIRE(points.size() == 5 * 24);
  CHECK(points[1].time == start + hours(1));
  CHECK(points[1].min == 10);
  CHECK(points[1].max == 60);
  CHECK(points[1].last == 20);
  CHECK(points[1].count == 3);
  CHECK(points[1].mean == Approx(30).margin(0.001));
  CHECK(points[73].count == 2);
  CHECK(points[73].mean == Approx(15).margin(0.001));
  CHECK(found.presences.at(0)[73].rounds == 3);
  CHECK(found.presences.at(0)[73].up == 2);
  CHECK(found.points.at({0, 1})[100].last == 8.0 * 1024 * 1024 * 1024);
  // So is what is no longer there in rounds.
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, start, start + hours(6)).points.at({0, 0}).size() == 6);
  // The last two days are there in rounds.
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, now - hours(24), now).points.at({0, 0}).size() == 24 * 3 - 2);
  // And months are read by days.
  found = read(store, {"n1"}, {"temp.cpu_celsius"}, start - hours(90 * 24), start + hours(10 * 24));
  points = found.points.at({0, 0});
  REQUIRE(points.size() == 10);
  CHECK(points[3].min == 10);
  CHECK(points[3].max == 20);
  CHECK(points[3].count == 48);
  CHECK(points[4].mean == Approx(30).margin(0.01));
  CHECK(found.presences.at(0)[3].up == 48);

  // Days stay when the hours are gone, and a host goes on building on what it has.
  tidied = store.tidy({}, now + hours(200 * 24), true);
  REQUIRE(tidied);
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, start, now).points.at({0, 0}).size() == 10);
  append(store, now + hours(200 * 24), {reading("n1", 33)});
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, now, now + hours(201 * 24)).points.at({0, 0}).back().last == 33);
}

TEST_CASE("a host that names its file systems anew every minute does not fill the store", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  for (int i = 0; i < 120; ++i) {
    Reading odd{"odd", {}, {{"mem.used_pct", i}}};
    for (int k = 0; k < 100; ++k)
      odd.values.emplace_back("disk.used_pct[/m" + std::to_string(i) + "-" + std::to_string(k) + "]", k);
    append(store, start + minutes(i), {odd, reading("n1", i)});
  }
  CHECK(store.series()->size() == 12'003);
  REQUIRE(store.tidy({}, start + hours(100 * 24), true));
  // Those that a day has are left: no more than it takes of a host.
  const auto left = store.series();
  REQUIRE(left);
  CHECK(left->size() <= 2003);
  for (const std::string name : {"mem.used_pct", "mem.total_bytes", "temp.cpu_celsius", "disk.used_pct[/m0-0]"})
    CHECK(std::ranges::count(*left, name) == 1);
  // Nothing that is left has lost its name.
  const Time now = start + hours(100 * 24);
  const auto found = read(store, {"n1", "odd"}, *left, start, now);
  CHECK(found.points.size() == left->size());
  append(store, now, {{"odd", {}, {{"disk.used_pct[/new]", 42}}}, reading("n1", 7)});
  CHECK(read(store, {"odd"}, {"disk.used_pct[/new]"}, now, now + hours(1)).points.at({0, 0}).back().last == 42);
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, now, now + hours(1)).points.at({0, 0}).back().last == 7);
}

TEST_CASE("what is there is read as finely as it can be", "[store][metrics]") {
  const testing::TempDir folder;
  MetricStore store = open(folder / "metrics.db");
  // A store that is ten hours old, although its hours have been made.
  const Time first = start + minutes(25);
  for (int i = 0; i < 600; ++i) append(store, first + minutes(i), {reading("n1", i)});
  const Time now = first + minutes(600);
  REQUIRE(store.tidy({}, now, true)->hours == 10);
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, now - hours(24), now).points.at({0, 0}).size() == 600);
  // Of the first of them only the hours are left; the hour that was cut in two is told whole.
  REQUIRE(
      store.tidy({.values = std::chrono::days(1), .hours = std::chrono::days(90)}, now + hours(18), true)->removed ==
      240);
  const auto points = read(store, {"n1"}, {"temp.cpu_celsius"}, start, now).points.at({0, 0});
  REQUIRE(points.size() == 5 + 600 - 275);
  CHECK(points[4].count == 60);
  CHECK(points[4].max == 274);
  CHECK(points[5].count == 1);
  CHECK(points[5].last == 275);
  CHECK(points.back().last == 599);
}

TEST_CASE("the store is the user's alone, and one of a newer cef is left as it is", "[store][metrics]") {
  const testing::TempDir folder;
  const auto file = folder / "state/cef/metrics.db";
  const auto absent = MetricStore::open(file, Access::read, Milliseconds(10));
  REQUIRE_FALSE(absent);
  CHECK_FALSE(std::filesystem::exists(folder / "state"));
  { MetricStore store = open(file); }
  struct stat info {};
  REQUIRE(::stat(file.c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0600);
  REQUIRE(::stat((folder / "state/cef").c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0700);
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
  REQUIRE(sqlite3_exec(other, "PRAGMA user_version=99", nullptr, nullptr, nullptr) == SQLITE_OK);
  sqlite3_close(other);
  for (const auto access : {Access::read, Access::write}) {
    const auto refused = MetricStore::open(file, access, Milliseconds(10));
    REQUIRE_FALSE(refused);
    CHECK_THAT(refused.error().message, Catch::Contains("store " + file.string()) && Catch::Contains("newer cef"));
    CHECK_THAT(refused.error().hint, Catch::Contains("--store-file"));
  }
}

TEST_CASE("damaged rows are left out", "[store][metrics]") {
  const testing::TempDir folder;
  const auto file = folder / "metrics.db";
  MetricStore store = open(file);
  for (int i = 0; i < 10; ++i) append(store, start + minutes(i), {reading("n1", 50 + i)});
  sqlite3* other = nullptr;
  REQUIRE(sqlite3_open(file.c_str(), &other) == SQLITE_OK);
  const auto run = [&](const char* sql) { REQUIRE(sqlite3_exec(other, sql, nullptr, nullptr, nullptr) == SQLITE_OK); };
  run("UPDATE rounds SET record = x'ff' WHERE time % 180000 = 0");
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, start, start + hours(1)).points.at({0, 0}).size() == 6);
  run("UPDATE frames SET base = x'ffffffff'");
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, start, start + hours(1)).points.empty());
  sqlite3_close(other);
  append(store, start + minutes(20), {reading("n1", 70)});
  CHECK(read(store, {"n1"}, {"temp.cpu_celsius"}, start, start + hours(1)).points.at({0, 0}).back().last == 70);
}

}  // namespace cef::store::metrics_tests
