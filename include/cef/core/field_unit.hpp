// What the name of a record's field says of its value: it ends in the unit, `used_pct`, `rx_mbit_s`. Tables, charts and
// the formats of monitoring systems go by this one table.
#pragma once

#include <cef/core/column.hpp>

#include <string_view>

namespace cef {

struct FieldUnit {
  std::string_view ending;  // `mbit_s`: after a `_` or a `.`, or the whole name
  Unit unit = Unit::none;
  std::string_view symbol{};  // for people, beside a chart
  /// Prometheus' base unit, to end a metric's name in `ending`'s place, and what makes the value one of it. Empty where
  /// name and value are in a base unit already.
  std::string_view base{};
  double factor = 1;
};

/// Of a field, a path or a metric's name without a label; an empty `ending` and Unit::none when it says nothing.
const FieldUnit& unit_of_field(std::string_view name);

}  // namespace cef
