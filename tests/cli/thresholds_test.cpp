// How thresholds are read; what they are held against is tests/core/assertion_test.cpp's.
#include "run/thresholds.hpp"

#include "settings.hpp"
#include "temp_dir.hpp"

namespace cef::cli {

namespace {

using Source = Options::Source;

inventory::Inventory host_with(const Value& threshold) {
  inventory::Host host;
  host.name = "h1";
  if (threshold.is_string()) host.settings.assertions = {threshold.get<std::string>()};
  if (threshold.is_array()) host.settings.assertions = threshold.get<std::vector<std::string>>();
  return {{host}, {}};
}

Result<engine::Thresholds> thresholds(const char* verb, Settings settings, const Value& variable = nullptr) {
  return read_thresholds(*find_verb(verb), settings.options(), host_with(variable), {0});
}

}  // namespace

TEST_CASE("thresholds come from the command line, a file and the host's variable", "[cli]") {
  const testing::TempDir folder;
  const auto file = folder / "limits";
  testing::write_file(file, "# all\n\n  mem.used_pct<90  # full\n");
  CHECK_FALSE(thresholds("mem", {})->any());
  CHECK(thresholds("mem", Settings().set("assert", {"mem.used_pct<90"}))->any());
  CHECK(thresholds("mem", Settings().set("assert", {"used_pct<90"}))->any());
  CHECK(thresholds("mem", Settings().set("assert-file", {file.string()}))->any());
  CHECK(thresholds("mem", {}, "mem.used_pct<90")->any());
  CHECK(thresholds("mem", {}, Value{"mem.used_pct<90", "temp.cpu_celsius<80"})->any());
}

TEST_CASE("a variable and a configuration file serve all verbs, the command line its own", "[cli]") {
  const std::vector<std::string> of_another{"temp.cpu_celsius<80"};
  const auto typed = thresholds("mem", Settings().set("assert", of_another));
  REQUIRE_FALSE(typed);
  CHECK(typed.error().code == Code::usage);
  for (const Source source : {Source::environment, Source::config}) {
    const auto read = thresholds("mem", Settings().set("assert", of_another, source));
    REQUIRE(read);
    CHECK_FALSE(read->any());
  }
  const auto variable = thresholds("mem", {}, "temp.cpu_celsius<80");
  REQUIRE(variable);
  CHECK_FALSE(variable->any());
}

TEST_CASE("what is no threshold is told with its place", "[cli]") {
  const testing::TempDir folder;
  const auto file = folder / "limits";
  testing::write_file(file, "# one\nmem.used_pct<full\n");
  struct Case {
    Settings settings;
    Value variable;
    std::string part;
    Code code;
  };
  const Case cases[] = {
      {Settings().set("assert", {"mem.used_pct<full"}), nullptr, "--assert: ", Code::usage},
      {Settings().set("assert-file", {file.string()}), nullptr, file.string() + ":2: ", Code::usage},
      {Settings().set("assert-file", {"/nonexistent"}), nullptr, "--assert-file: ", Code::usage},
      {{}, "mem.usd_pct<9", "host 'h1': assert: ", Code::invalid_inventory},
  };
  for (const Case& c : cases) {
    CAPTURE(c.part);
    const auto read = thresholds("mem", c.settings, c.variable);
    REQUIRE_FALSE(read);
    CHECK(read.error().code == c.code);
    CHECK_THAT(read.error().message, Catch::StartsWith(c.part));
  }
}

}  // namespace cef::cli
