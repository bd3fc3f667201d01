#include <cef/core/moment.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <ctime>

namespace cef {

TEST_CASE("a time is how long ago, or a date", "[core]") {
  ::setenv("TZ", "Asia/Seoul", 1);  // nine hours before UTC, all year
  ::tzset();
  const auto day = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23);
  const std::chrono::system_clock::time_point now = day + std::chrono::hours(12);
  using namespace std::chrono_literals;
  struct Case {
    const char* text;
    std::chrono::system_clock::time_point time;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"24h", now - 24h},
      {"0", now},
      {"90", now - 90s},
      {"2026-11-23", day - 9h},
      {"2026-11-23T10:15", day + 1h + 15min},
      {"2026-11-23 10:15:30", day + 1h + 15min + 30s},
      {"2026-11-23T10:15Z", day + 10h + 15min},
      {"2026-11-23Z", day},
  }));
  INFO(c.text);
  const auto time = parse_moment(c.text, now);
  REQUIRE(time);
  CHECK(*time == c.time);
}

TEST_CASE("what is no time is an error that shows it", "[core]") {
  for (const auto* text :
       {"", "yesterday", "2026-13-01", "2026-06-31", "2026-11-23T25:00", "2026-11-23T10", "-1h", "2026-11-23X"}) {
    INFO(text);
    const auto time = parse_moment(text, {});
    REQUIRE_FALSE(time);
    CHECK(time.error().code == Code::usage);
    CHECK_THAT(time.error().message, Catch::Contains(std::string("'") + text + "'"));
  }
}

TEST_CASE("a moment is written in UTC, in whole seconds", "[core]") {
  const auto time = std::chrono::system_clock::from_time_t(1'700'000'000) + std::chrono::milliseconds(900);
  CHECK(utc_time(time) == "2023-11-14T22:13:20Z");
}

}  // namespace cef
