#include <cef/core/duration.hpp>

#include <catch2/catch.hpp>

#include <optional>
#include <string>

namespace cef {

using namespace std::chrono_literals;

TEST_CASE("durations are read as users write them", "[core]") {
  struct Case {
    const char* text;
    std::optional<Milliseconds> expected;
  };
  const auto c = GENERATE(values<Case>({
      {"90", 90s},
      {"90s", 90s},
      {"1.5m", 90s},
      {"2h", 2h},
      {"250ms", 250ms},
      {"1d", 24h},
      {"0", 0ms},
      {".5", 500ms},
      {"0.0004s", 0ms},
      {"", std::nullopt},
      {"s", std::nullopt},
      {"-1", std::nullopt},
      {"+1", std::nullopt},
      {" 1", std::nullopt},
      {"1 s", std::nullopt},
      {"1e3", std::nullopt},
      {"inf", std::nullopt},
      {"nan", std::nullopt},
      {"1w", std::nullopt},
      {"5S", std::nullopt},
      {"20000d", 20000 * 24h},
      {"2600000h", std::nullopt},  // the clocks would overflow
      {"99999999999999999999", std::nullopt},
  }));
  DYNAMIC_SECTION("'" << c.text << "'") {
    const auto duration = parse_duration(c.text);
    REQUIRE(duration.has_value() == c.expected.has_value());
    if (c.expected) {
      CHECK(*duration == *c.expected);
    } else {
      CHECK(duration.error().code == Code::usage);
      CHECK(duration.error().message == std::string("'") + c.text + "' is not a duration");
    }
  }
}

TEST_CASE("durations are shown in the unit one would say", "[core]") {
  CHECK(show_duration(0ms) == "0 ms");
  CHECK(show_duration(250ms) == "250 ms");
  CHECK(show_duration(1500ms) == "1.5 s");
  CHECK(show_duration(10s) == "10 s");
  CHECK(show_duration(90s) == "90 s");
  CHECK(show_duration(5min) == "5 min");
  CHECK(show_duration(90min) == "90 min");
  CHECK(show_duration(2h) == "2 h");
  CHECK(show_duration(36h) == "36 h");
  CHECK(show_duration(1000h) == "1000 h");
}

}  // namespace cef
