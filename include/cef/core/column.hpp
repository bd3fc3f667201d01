// A column of a verb's table: where its value stands in a host's result, and in what unit. Values are kept in base
// units (bytes, milliseconds, ratios in percent as CONTRACT's field names say); only the table formats them for people.
#pragma once

#include <string>
#include <vector>

namespace cef {

enum class Unit { none, bytes, milliseconds, seconds, percent, celsius, mbit_s, watts };
enum class Align { left, right };

struct Column {
  std::string name;  // what --columns and --sort call it, and the CSV header
  std::string path;  // dotted path in the result's JSON: "host", "status", "data.total_ms", "error.code"
  Unit unit = Unit::none;
  Align align = Align::left;
  std::string help;    // one line for --help
  bool extra = false;  // not in the table unless --columns names it; always in CSV
};
using Columns = std::vector<Column>;

}  // namespace cef
