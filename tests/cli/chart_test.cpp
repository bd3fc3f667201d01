#include "past/chart.hpp"

#include <cef/render/sparkline.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace cef::cli {

namespace {

// `5..7`: a part for each character, a dot for one without values.
std::vector<store::Part> parts_of(std::string_view text) {
  std::vector<store::Part> parts;
  for (const char c : text) {
    const double value = c - '0';
    parts.push_back(c == '.' ? store::Part{} : store::Part{value, value, value, 1});
  }
  return parts;
}

std::string text_of(const std::vector<std::optional<double>>& values) {
  std::string text;
  for (const auto& value : values) text += value ? std::to_string(static_cast<int>(*value)) : ".";
  return text;
}

store::Curve curve_of(std::string_view text, double factor = 1) {
  store::Curve curve;
  curve.parts = parts_of(text);
  for (auto& part : curve.parts) part.sum *= factor;
  return curve;
}

}  // namespace

TEST_CASE("a chart's value lasts until the next one was due, and has a gap where that is missing", "[cli]") {
  struct Case {
    const char *name, *parts, *chart;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"one in each part", "12345678", "12345678"},
      {"one in every second part", "1.2.3.4.", "11223344"},
      {"one in every fourth part", "1...2...3...4...", "1111222233334444"},
      {"not quite on time", "1..2...3..4...5..", "11122223334444555"},
      {"one missing", "1...2.......3...4...", "1111222222..33334444"},
      {"many missing, before and after too", "......1.2.........3.4.......", "......11222.......33444....."},
      {"it takes one missing in each part to be a gap", "123.567..012", "12335677.012"},
      {"a single value", "....5...", "....5..."},
      {"none", "........", "........"},
  }));
  DYNAMIC_SECTION(c.name) {
    const auto parts = parts_of(c.parts);
    CHECK(text_of(chart(parts, parts.size())) == c.chart);
  }
}

TEST_CASE("a chart's cell is the mean of the values in it", "[cli]") {
  struct Case {
    const char* parts;
    std::size_t cells;
    const char* chart;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"13572468", 4, "2637"},
      {"1.3.5.7.", 2, "26"},  // what lasts weighs nothing beside a value
      {"9...1...", 4, "9911"},
      {"", 3, "..."},
  }));
  INFO(c.parts);
  CHECK(text_of(chart(parts_of(c.parts), c.cells)) == c.chart);
}

TEST_CASE("rounds as seldom as a wide chart has cells are no comb", "[cli]") {
  // 32 rounds over the 288 parts that history reads, drawn in 72 cells.
  std::vector<store::Part> parts(288);
  for (std::size_t i = 0; i < parts.size(); i += 9) parts[i] = {1, 1, 1, 1};
  const auto cells = chart(parts, 72);
  CHECK(cells.size() == 72);
  for (const auto& value : cells) CHECK(value == 1);
}

TEST_CASE("charts of percentages have room from 0 to 100, others from the lowest to the highest mean", "[cli]") {
  struct Case {
    const char* name;
    Unit unit;
    const char* parts;
    double factor;
    const char* chart;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"nothing used is low", Unit::percent, "0000", 1, "▁▁▁▁"},
      {"all used is full", Unit::percent, "5555", 20, "████"},
      {"half used", Unit::percent, "5555", 10, "▅▅▅▅"},
      {"small changes are small", Unit::percent, "4565", 10, "▄▅▅▅"},
      {"more than all widens it", Unit::percent, "0408", 25, "▁▅▁█"},
      {"temperatures fill it", Unit::celsius, "4565", 10, "▁▅█▅"},
      {"one that stays is neither high nor low", Unit::celsius, "0000", 1, "▅▅▅▅"},
  }));
  DYNAMIC_SECTION(c.name) {
    const store::Curve curve = curve_of(c.parts, c.factor);
    std::optional<Scale> scale;
    widen(scale, curve, c.unit);
    REQUIRE(scale);
    CHECK(render::sparkline(chart(curve.parts, 4), scale->least, scale->greatest) == c.chart);
  }
}

TEST_CASE("hosts share a scale, and one without values does not count", "[cli]") {
  std::optional<Scale> scale;
  widen(scale, curve_of("..."), Unit::celsius);
  CHECK_FALSE(scale);
  widen(scale, curve_of("35."), Unit::celsius);
  widen(scale, curve_of("1.4"), Unit::celsius);
  REQUIRE(scale);
  CHECK(scale->least == 1);
  CHECK(scale->greatest == 5);
}

}  // namespace cef::cli
