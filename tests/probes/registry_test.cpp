#include <cef/probes/probe.hpp>

#include <catch2/catch.hpp>

#include <set>
#include <string>

namespace cef::probes::registry_tests {

TEST_CASE("every probe says what it is and shows only what it has", "[probes]") {
  REQUIRE_FALSE(all().empty());
  for (const Probe* probe : all()) {
    CAPTURE(probe->name);
    CHECK(find(probe->name) == probe);
    CHECK_FALSE(probe->summary.empty());
    CHECK(probe->timeout.count() > 0);
    CHECK_FALSE(probe->columns().empty());
    for (const Column& column : probe->columns()) {
      CAPTURE(column.name);
      CHECK(column.path.starts_with("data."));
      CHECK_FALSE(column.help.empty());
    }
  }
  CHECK(find("no-such-probe") == nullptr);
}

TEST_CASE("metrics are named after their probe and their unit, and each but once", "[probes]") {
  std::set<std::string> names;
  for (const Metric& metric : all_metrics()) {
    CAPTURE(metric.name());
    CHECK(find(metric.probe) != nullptr);
    CHECK_FALSE(metric.help.empty());
    CHECK(metric.list.empty() == metric.label.empty());
    CHECK(metric.list.empty() == metric.noun.empty());
    CHECK(names.insert(metric.list + "/" + metric.name()).second);
  }
}

TEST_CASE("what comes before and after the frame is passed over", "[probes]") {
  CHECK(*framed("Welcome!\n=cef begin=\nbody\n=cef end=\nlogout\n") == "\nbody\n");
  CHECK_FALSE(framed(""));
  CHECK_FALSE(framed("Welcome!\n"));
  CHECK(framed("=cef begin=\nbod").error().message == "what the host printed is cut short");
}

}  // namespace cef::probes::registry_tests
