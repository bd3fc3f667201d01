#include <cef/render/sparkline.hpp>

#include <catch2/catch.hpp>

namespace cef::render::sparkline_tests {

TEST_CASE("a sparkline has a block for each value and gaps where there are no values", "[render]") {
  CHECK(sparkline({0, 10, {}, 35, 70}, 0, 70) == "▁▂ ▅█");
  CHECK(sparkline({-5, 200}, 0, 70) == "▁█");
  CHECK(sparkline({20, 20}, 20, 20) == "▅▅");
  CHECK(sparkline({}, 0, 1).empty());
}

}  // namespace cef::render::sparkline_tests
