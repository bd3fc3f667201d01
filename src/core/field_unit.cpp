#include <cef/core/field_unit.hpp>

namespace cef {

namespace {
// The longer ones first: `mbit_s` ends in `s` too.
constexpr FieldUnit units[] = {
    {"bytes_total", Unit::bytes, "bytes"},
    {"bytes_sent", Unit::bytes, "bytes"},
    {"bytes", Unit::bytes, "bytes"},
    {"celsius", Unit::celsius, "°C"},
    {"mbit_s", Unit::mbit_s, "Mbit/s", "bytes_per_second", 125'000},
    {"pct", Unit::percent, "%", "ratio", 0.01},
    {"ms", Unit::milliseconds, "ms", "seconds", 0.001},
    {"seconds", Unit::seconds, "s"},
    {"s", Unit::seconds, "s", "seconds", 1},
    {"w", Unit::watts, "W", "watts", 1},
};
constexpr FieldUnit none{};
}  // namespace

const FieldUnit& unit_of_field(std::string_view name) {
  for (const FieldUnit& each : units) {
    if (!name.ends_with(each.ending)) continue;
    const std::string_view before = name.substr(0, name.size() - each.ending.size());
    if (before.empty() || before.ends_with('_') || before.ends_with('.')) return each;
  }
  return none;
}

}  // namespace cef
