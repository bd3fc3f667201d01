#include "sparkline.hpp"

#include <catch2/catch.hpp>

namespace cef::cli {

TEST_CASE("a sparkline has a block for each part and gaps where there are no values", "[cli]") {
  const auto part = [](double mean) { return store::Part{mean, mean, mean * 2, 2}; };
  CHECK(sparkline({part(0), part(10), {}, part(35), part(70)}, 0, 70) == "▁▂ ▅█");
  CHECK(sparkline({part(-5), part(200)}, 0, 70) == "▁█");
  CHECK(sparkline({part(20), part(20)}, 20, 20) == "▅▅");
  CHECK(sparkline({}, 0, 1).empty());
}

}  // namespace cef::cli
