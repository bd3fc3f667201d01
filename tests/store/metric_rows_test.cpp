// Rows as bytes: what comes back is what went in, and damaged bytes are nothing worse than that.
#include "metric_rows.hpp"

#include <catch2/catch.hpp>

#include <cmath>
#include <limits>
#include <random>

namespace cef::store::metric_rows_tests {

namespace {

constexpr double missing = std::numeric_limits<double>::quiet_NaN();

bool same(const Values& a, const Values& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](double x, double y) { return x == y || (std::isnan(x) && std::isnan(y)); });
}

}  // namespace

TEST_CASE("rows come back as they were", "[store][metrics]") {
  std::minstd_rand random(7);
  const auto number = [&]() -> double {
    const auto whole = static_cast<double>(random());
    switch (random() % 8) {
      case 0:
        return missing;
      case 1:
        return whole / 10;
      case 2:
        return -whole * 1024;
      case 3:
        return whole / 1000;
      case 4:
        return whole / 7;
      case 5:
        return std::ldexp(whole, static_cast<int>(random() % 1800) - 900);
      case 6:
        return 0;
      default:
        return whole;
    }
  };
  for (int round = 0; round < 2000; ++round) {
    Values base(random() % 70), values;
    for (double& value : base) value = number();
    for (const double value : base) values.push_back(random() % 2 == 0 ? value : number());
    const auto decoded_base = decode_base(encode_base(base), base.size());
    REQUIRE(decoded_base);
    REQUIRE(same(*decoded_base, base));
    const auto decoded = decode_round(encode_round(values, base), base);
    REQUIRE(decoded);
    REQUIRE(same(*decoded, values));
  }
  const Shape shape{1, 2, 40, 1'000'000};
  CHECK(decode_shape(encode_shape(shape)) == shape);
}

TEST_CASE("a value that hardly changes costs a bit, and one that changes a little a byte or two", "[store][metrics]") {
  const Values base{8.0 * (1 << 30), 61.3, 12345678, 0.25};
  CHECK(encode_round(base, base).size() == 1);
  CHECK(encode_round({base[0], 61.4, base[2], base[3]}, base).size() == 2);
  CHECK(encode_round({base[0] - 1024 * 100, 61.3, base[2] + 100, base[3]}, base).size() <= 5);
  CHECK(encode_round({missing, base[1], base[2], base[3]}, base).size() == 2);
}

TEST_CASE("bytes that are no row are told from one, and hurt nobody", "[store][metrics]") {
  std::minstd_rand random(11);
  const Values base(20, 1.5);
  const std::vector<Point> points(20, {Time(), 1, 2, 3, 2, 60});
  const std::string whole = encode_points(points);
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK_FALSE(decode_points(whole.substr(0, size), 20));
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes(random() % 60, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    (void)decode_shape(bytes);
    (void)decode_base(bytes, 20);
    (void)decode_round(bytes, base);
    (void)decode_points(bytes, 20);
  }
  CHECK_FALSE(decode_round("", base));
}

}  // namespace cef::store::metric_rows_tests
