#include "temp_dir.hpp"

#include <cef/store/curves.hpp>

#include <catch2/catch.hpp>

namespace cef::store::curves_tests {

using std::chrono::minutes;

TEST_CASE("a series' name is a metric and a label", "[store][metrics]") {
  struct Case {
    const char *name, *metric, *label;
  };
  const auto c = GENERATE(values<Case>({
      {"temp.cpu_celsius", "temp.cpu_celsius", ""},
      {"disk.used_pct[/boot]", "disk.used_pct", "/boot"},
      {"disk.used_pct[/media/a [b]]", "disk.used_pct", "/media/a [b]"},
      {"disk.used_pct[", "disk.used_pct[", ""},
      {"", "", ""},
  }));
  CHECK(split_series(c.name) == std::pair<std::string_view, std::string_view>(c.metric, c.label));
}

TEST_CASE("curves are the parts of their time", "[store][metrics]") {
  const testing::TempDir folder;
  auto store = MetricStore::open(folder / "metrics.db", Access::write, Milliseconds(1000));
  REQUIRE(store);
  const Time start{std::chrono::sys_days(std::chrono::year(2026) / 3 / 1)};
  for (int i = 0; i < 60; ++i) {
    std::vector<Reading> round{{"n1", {}, {{"a.x", i}, {"a.y", 7}}}, {"n2", {}, {{"a.x", 100 + i}}}};
    if (i % 3 == 0) round[1] = {"n2", Code::connect_timeout, {}};
    if (i < 30) round.pop_back();
    REQUIRE(store->append(start + minutes(i), round));
  }
  const auto found = read_curves(*store, {{"n1", "n2", "n3"}, {"a.x", "a.y"}, start, start + minutes(60)}, 4);
  REQUIRE(found);
  REQUIRE(found->size() == 3);
  const HostCurves& n1 = (*found)[0];
  REQUIRE(n1.curves.size() == 2);
  CHECK(n1.curves[0].series == 0);
  CHECK(n1.curves[0].whole.min == 0);
  CHECK(n1.curves[0].whole.max == 59);
  CHECK(n1.curves[0].whole.mean() == Approx(29.5));
  CHECK(n1.curves[0].last == 59);
  CHECK(n1.curves[0].last_time == start + minutes(59));
  REQUIRE(n1.curves[0].parts.size() == 4);
  CHECK(n1.curves[0].parts[1].min == 15);
  CHECK(n1.curves[0].parts[1].max == 29);
  CHECK(n1.curves[0].parts[3].count == 15);
  CHECK(n1.curves[1].whole.mean() == 7);
  CHECK((n1.rounds == 60 && n1.up == 60));
  const HostCurves& n2 = (*found)[1];
  REQUIRE(n2.curves.size() == 1);
  CHECK(n2.curves[0].parts[0].count == 0);
  CHECK(n2.curves[0].parts[1].count == 0);
  CHECK(n2.curves[0].parts[2].count == 10);
  CHECK((n2.rounds == 30 && n2.up == 20));
  CHECK((*found)[2].curves.empty());
  CHECK((*found)[2].rounds == 0);
}

}  // namespace cef::store::curves_tests
