// A column of a verb's table: where its value stands in a host's result, and in what unit. Values are kept in base
// units (bytes, milliseconds, ratios in percent as CONTRACT's field names say); only the table formats them for people.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef {

enum class Unit { none, bytes, milliseconds, seconds, percent, celsius, mbit_s, watts };
enum class Align { left, right };

/// From where on a value is to be noticed, and where it is bad; true counts as 1.
struct Levels {
  std::optional<double> high{}, critical{};
  // Where a record may have its own, as a column's `path`: then those count and no others.
  std::string_view high_path{}, critical_path{};
};
inline constexpr Levels full{75, 90};  // percent
inline constexpr Levels hot{70, 80};   // °C
inline constexpr Levels noted_if_true{1, {}}, bad_if_true{{}, 1};

struct Column {
  std::string name;  // what --columns and --sort call it, and the CSV header
  std::string path;  // dotted path in the result's JSON: "host", "status", "data.total_ms", "error.code"
  Unit unit = Unit::none;
  Align align = Align::left;
  std::string help;     // one line for --help
  bool extra = false;   // not in the table unless --columns names it; always in CSV
  Levels levels{};      // for colours
  bool remark = false;  // where a line of the table has no room for it, its text stands below the line
};
using Columns = std::vector<Column>;

}  // namespace cef
