// What a line of `cef history` draws of a curve: a value for each of its cells, and between which values.
#pragma once

#include <cef/core/column.hpp>
#include <cef/store/curves.hpp>

#include <cstddef>
#include <optional>
#include <vector>

namespace cef::cli {

/// The lowest and the highest value that a chart has room for.
struct Scale {
  double least = 0, greatest = 0;
};

/// Makes room for the means of `curve`, whose values are in `unit`. Percentages always have room from 0 to 100.
void widen(std::optional<Scale>& scale, const store::Curve& curve, Unit unit);

/// The means of neighbouring parts together, so that there are `count`, at least one. A value lasts until the next one
/// was due, as seldom as values of this curve come: gaps are where one is missing.
std::vector<std::optional<double>> chart(const std::vector<store::Part>& parts, std::size_t count);

}  // namespace cef::cli
