#include <cef/probes/probe.hpp>

#include <catch2/catch.hpp>

namespace cef::probes {

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

TEST_CASE("what comes before and after the frame is passed over", "[probes]") {
  CHECK(*framed("Welcome!\n=cef begin=\nbody\n=cef end=\nlogout\n") == "\nbody\n");
  CHECK_FALSE(framed(""));
  CHECK_FALSE(framed("Welcome!\n"));
  CHECK(framed("=cef begin=\nbod").error().message == "what the host printed is cut short");
}

}  // namespace cef::probes
