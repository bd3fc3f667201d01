// What the rows of the metrics store hold, as bytes.
#pragma once

#include <cef/store/metrics.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::store {

/// Numbers of series, rising.
using Shape = std::vector<std::int64_t>;
std::string encode_shape(const Shape& shape);
/// Nothing for damaged bytes, as with all that follows.
std::optional<Shape> decode_shape(std::string_view bytes);

/// One value for each series of a shape; NaN where one is missing.
using Values = std::vector<double>;
std::string encode_base(const Values& values);
std::optional<Values> decode_base(std::string_view bytes, std::size_t size);

/// A bit for each value that is not that of `base`, and those values' differences.
std::string encode_round(const Values& values, const Values& base);
std::optional<Values> decode_round(std::string_view bytes, const Values& base);

/// An hour's or day's points, one for each series of a shape; their times are not kept. The mean is kept to a 65,535th
/// of the distance between least and greatest.
std::string encode_points(const std::vector<Point>& points);
std::optional<std::vector<Point>> decode_points(std::string_view bytes, std::size_t size);

}  // namespace cef::store
