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
      {"now", now},
      {"today", day - 9h},
      {"yesterday", day - 33h},
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

TEST_CASE("a date's hour is that of the clocks there and then", "[core]") {
  ::setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);  // of 2026: summer from 29 March 2:00 to 25 October 3:00
  ::tzset();
  struct Case {
    const char *local, *utc;
  };
  const auto c = GENERATE(values<Case>({
      {"2026-01-15 12:00", "2026-01-15 11:00Z"},
      {"2026-07-15 12:00", "2026-07-15 10:00Z"},
      {"2026-03-29 01:59", "2026-03-29 00:59Z"},
      {"2026-03-29 03:00", "2026-03-29 01:00Z"},
      {"2026-10-25 00:00", "2026-10-24 22:00Z"},
      {"2026-10-26", "2026-10-25T23:00:00Z"},
      {"2028-02-29", "2028-02-28 23:00Z"},
      {"1970-01-02", "1970-01-01 23:00Z"},
      {"2261-12-31", "2261-12-30 23:00Z"},
  }));
  INFO(c.local);
  const auto local = parse_moment(c.local, {}), utc = parse_moment(c.utc, {});
  REQUIRE((local && utc));
  CHECK(*local == *utc);
}

TEST_CASE("what is no time is an error that shows it", "[core]") {
  for (const auto* text : {"",
                           "2026-13-01",
                           "2026-06-31",
                           "2026-11-23T25:00",
                           "2026-11-23T10",
                           "-1h",
                           "2026-11-23X",
                           "2026-02-29",
                           "2026-06-31Z",
                           "2026-11-23T24:00",
                           "2026-11-23 ",
                           "24h ",
                           " 24h",
                           "2026-11-23T10:15+01:00",
                           "2026-11-23T10:15:30.5",
                           "26-11-23",
                           "1969-12-31",
                           "2262-01-01",
                           "9999-12-31",
                           "99999-01-01"}) {
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
