#include "metric_rows.hpp"

#include "numbers.hpp"

#include <algorithm>
#include <cmath>

namespace cef::store {

namespace {

constexpr double mean_steps = 65535;

// Bits, eight a byte, the lowest first.
class Bits {
 public:
  explicit Bits(std::size_t count) : bytes_((count + 7) / 8, '\0') {}
  void set(std::size_t at) { bytes_[at / 8] = static_cast<char>(bytes_[at / 8] | 1 << at % 8); }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
};
bool bit(std::string_view bits, std::size_t at) { return (bits[at / 8] >> at % 8 & 1) != 0; }

bool same(double a, double b) { return a == b || (std::isnan(a) && std::isnan(b)); }
double known(double base) { return std::isnan(base) ? 0 : base; }

bool is_constant(const Point& point) { return point.min == point.max; }

}  // namespace

std::string encode_shape(const Shape& shape) {
  std::string bytes;
  std::int64_t before = 0;
  for (const std::int64_t series : shape) {
    put_varint(bytes, static_cast<std::uint64_t>(series - before));
    before = series;
  }
  return bytes;
}

std::optional<Shape> decode_shape(std::string_view bytes) {
  NumberReader reader(bytes);
  Shape shape;
  std::uint64_t series = 0;
  while (!reader.at_end()) shape.push_back(static_cast<std::int64_t>(series += reader.varint()));
  if (!reader.good()) return std::nullopt;
  return shape;
}

std::string encode_base(const Values& values) {
  std::string bytes;
  for (const double value : values) put_number(bytes, value, 0);
  return bytes;
}

std::optional<Values> decode_base(std::string_view bytes, std::size_t size) {
  NumberReader reader(bytes);
  Values values(size);
  for (double& value : values) value = reader.number(0);
  if (!reader.good()) return std::nullopt;
  return values;
}

std::string encode_round(const Values& values, const Values& base) {
  Bits differ(values.size());
  std::string numbers;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (same(values[i], base[i])) continue;
    differ.set(i);
    put_number(numbers, values[i], known(base[i]));
  }
  return differ.take() + numbers;
}

std::optional<Values> decode_round(std::string_view bytes, const Values& base) {
  NumberReader reader(bytes);
  const auto differ = reader.bytes((base.size() + 7) / 8);
  Values values = base;
  for (std::size_t i = 0; i < base.size() && reader.good(); ++i)
    if (bit(differ, i)) values[i] = reader.number(known(base[i]));
  if (!reader.good()) return std::nullopt;
  return values;
}

std::string encode_points(const std::vector<Point>& points) {
  Bits constant(points.size());
  std::string numbers;
  std::int64_t usual = 0;  // most series have as many values as the one before
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Point& point = points[i];
    put_number(numbers, static_cast<double>(point.count), static_cast<double>(usual));
    usual = point.count;
    put_number(numbers, point.min, 0);
    if (is_constant(point)) {
      constant.set(i);
      continue;
    }
    put_number(numbers, point.max, point.min);
    put_number(numbers, point.last, point.min);
    const double part = std::clamp((point.mean - point.min) / (point.max - point.min), 0.0, 1.0);
    put_varint(numbers, static_cast<std::uint64_t>(std::lround(part * mean_steps)));
  }
  return constant.take() + numbers;
}

std::optional<std::vector<Point>> decode_points(std::string_view bytes, std::size_t size) {
  NumberReader reader(bytes);
  const auto constant = reader.bytes((size + 7) / 8);
  std::vector<Point> points(reader.good() ? size : 0);
  std::int64_t usual = 0;
  for (std::size_t i = 0; i < points.size() && reader.good(); ++i) {
    Point& point = points[i];
    const double count = reader.number(static_cast<double>(usual));
    point.count = usual = std::abs(count) < 1e15 ? static_cast<std::int64_t>(count) : 0;
    point.min = point.mean = point.max = point.last = reader.number(0);
    if (bit(constant, i)) continue;
    point.max = reader.number(point.min);
    point.last = reader.number(point.min);
    point.mean = point.min + (point.max - point.min) * static_cast<double>(reader.varint()) / mean_steps;
  }
  if (!reader.good()) return std::nullopt;
  return points;
}

}  // namespace cef::store
