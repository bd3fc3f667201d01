#include <cef/core/param.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("a text is checked by the kind of its param", "[core]") {
  using Kind = Param::Kind;
  const Param number{.name = "forks", .value = "N", .help = "", .kind = Kind::number, .least = 1, .most = 100};
  const Param open{.name = "count", .value = "N", .help = "", .kind = Kind::number, .least = 1};
  const Param time{
      .name = "interval", .value = "TIME", .help = "", .kind = Kind::duration, .least = 100, .most = 60'000};
  const Param wait{.name = "wait", .value = "TIME", .help = "", .kind = Kind::duration, .least = 500};
  const Param size{.name = "bytes", .value = "SIZE", .help = "", .kind = Kind::size, .least = 1024};
  const Param way{.name = "way", .value = "WAY", .help = "", .kind = Kind::choice, .choices = "down,up,both"};
  const Param user{.name = "user", .value = "NAME", .help = "", .kind = Kind::text, .never_empty = true};
  struct Case {
    const Param& param;
    std::string text;
    std::string message;  // empty: it is right
  };
  const Case cases[] = {
      {number, "100", ""},
      {number, "0", "--x: '0' is not a whole number from 1 to 100"},
      {number, "101", "--x: '101' is not a whole number from 1 to 100"},
      {number, "3x", "--x: '3x' is not a whole number from 1 to 100"},
      {number, "", "--x: '' is not a whole number from 1 to 100"},
      {open, "5000000000", ""},
      {open, "99999999999999999999", "--x: '99999999999999999999' is not a whole number from 1"},
      {time, "0.1", ""},
      {time, "2m", "--x: '2m' is not a time from 100 ms to 60 s"},
      {wait, "1d", ""},
      {wait, "0.4", "--x: '0.4' is not a time of 500 ms or more"},
      {size, "1K", ""},
      {size, "1000", "--x: '1000' is not a size of 1024 bytes or more"},
      {way, "up", ""},
      {way, "side", "--x: 'side' is not down, up or both"},
      {way, "down,up", "--x: 'down,up' is not down, up or both"},
      {way, "", "--x: '' is not down, up or both"},
      {user, "root", ""},
      {user, "", "--x: it is empty"},
  };
  for (const Case& c : cases) {
    CAPTURE(c.param.name, c.text);
    const auto checked = check(c.param, "--x", c.text);
    CHECK((checked ? "" : checked.error().message) == c.message);
  }
}

TEST_CASE("a text that is no time or size says what is", "[core]") {
  const Param time{.name = "wait", .value = "TIME", .help = "", .kind = Param::Kind::duration};
  const Param size{.name = "bytes", .value = "SIZE", .help = "", .kind = Param::Kind::size};
  const auto soon = check(time, "CEF_WAIT", "soon");
  REQUIRE_FALSE(soon);
  CHECK_THAT(soon.error().message, Catch::StartsWith("CEF_WAIT: ") && Catch::Contains("'soon'"));
  CHECK_FALSE(soon.error().hint.empty());
  const auto much = check(size, "--bytes", "much");
  REQUIRE_FALSE(much);
  CHECK_THAT(much.error().message, Catch::StartsWith("--bytes: ") && Catch::Contains("'much'"));
}

}  // namespace cef
