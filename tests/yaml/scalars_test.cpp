#include <cef/yaml/yaml.hpp>

#include <catch2/catch.hpp>

namespace cef::yaml {

TEST_CASE("plain YAML scalars have the types of YAML 1.1", "[yaml]") {
  struct Case {
    const char* text;
    const char* json;
  };
  const auto c = GENERATE(values<Case>({
      {"", "null"},
      {"~", "null"},
      {"null", "null"},
      {"Null", "null"},
      {"NULL", "null"},
      {"nULL", R"("nULL")"},
      {"yes", "true"},
      {"Yes", "true"},
      {"YES", "true"},
      {"on", "true"},
      {"On", "true"},
      {"ON", "true"},
      {"no", "false"},
      {"off", "false"},
      {"OFF", "false"},
      {"False", "false"},
      {"true", "true"},
      {"y", R"("y")"},
      {"n", R"("n")"},
      {"yEs", R"("yEs")"},
      {"tRue", R"("tRue")"},
      {"0", "0"},
      {"7", "7"},
      {"-7", "-7"},
      {"+7", "7"},
      {"1_000", "1000"},
      {"00", "0"},
      {"0644", "420"},
      {"-0644", "-420"},
      {"08", R"("08")"},
      {"0o644", R"("0o644")"},
      {"0x1F", "31"},
      {"0xg", R"("0xg")"},
      {"0b101", "5"},
      {"0b2", R"("0b2")"},
      {"-", R"("-")"},
      {"+", R"("+")"},
      {"--1", R"("--1")"},
      {"9223372036854775807", "9223372036854775807"},
      {"9223372036854775808", "9223372036854775808"},
      {"123456789012345678901234567890", "\"123456789012345678901234567890\""},
      {"-9223372036854775807", "-9223372036854775807"},
      {"1:30", "90"},
      {"190:20:30", "685230"},
      {"0:30", R"("0:30")"},
      {"1:60", R"("1:60")"},
      {"-1:30", "-90"},
      {"22:22", "1342"},
      {"1:30.5", "90.5"},
      {"1.5", "1.5"},
      {"1.", "1.0"},
      {".5", "0.5"},
      {"-.5", R"("-.5")"},
      {"+1.5", "1.5"},
      {"1.5e+3", "1500.0"},
      {"1.5e3", R"("1.5e3")"},
      {"1e5", R"("1e5")"},
      {"1.2.3", R"("1.2.3")"},
      {".", R"(".")"},
      {"...", R"("...")"},
      {"192.0.2.1", R"("192.0.2.1")"},
      {"10.1", "10.1"},
      {"v1.0", R"("v1.0")"},
      {"2001-12-14", R"("2001-12-14")"},
      {"2001-12-14t21:59:43.10-05:00", R"("2001-12-14T21:59:43.100000-05:00")"},
      {"2001-12-14 21:59:43", R"("2001-12-14T21:59:43")"},
      {"2001-12-14T21:59:43Z", R"("2001-12-14T21:59:43+00:00")"},
      {"2001-1-1", R"("2001-1-1")"},
      {"edge.example.net", R"("edge.example.net")"},
      {"ü", R"("ü")"},
  }));
  DYNAMIC_SECTION(c.text) { CHECK(plain_scalar(c.text).dump() == c.json); }
}

TEST_CASE("very long scalars are texts, not the end of the program", "[yaml]") {
  for (const char* tail : {":1", ".5", " x"}) {
    const std::string text = std::string(300'000, '1') + tail;
    CHECK(plain_scalar(text) == text);
  }
}

TEST_CASE("a number to the base of 60 may be larger than an integer", "[yaml]") {
  CHECK(plain_scalar("190:20:30:40:50:20:30:40:50:20:30:40:50").get<double>() > 1e20);
}

}  // namespace cef::yaml
