// A view whose columns have been looked up: what every renderer starts from.
#pragma once

#include <cef/render/render.hpp>

#include <string>
#include <vector>

namespace cef::render {

/// A column with its path taken apart. A segment is a key, an index, or `*`: each element of a list in turn.
struct Field {
  Column column;
  std::vector<std::string> path;

  bool is_host() const { return column.path == "host"; }
  bool is_status() const { return column.path == "status"; }
};

struct Plan {
  View view;
  std::vector<Field> fields;  // those of the table
  std::vector<Field> all;     // with the extra ones, for CSV
  std::optional<Field> sort;
  bool descending = false;
};

/// Errors: usage, for an unknown name in --columns or --sort.
Result<Plan> make_plan(View view);

/// A path of a column, taken apart.
std::vector<std::string> split_path(std::string_view path);

/// The value of `field` in a result; null when it is not there. `item` is the element that `*` stands for.
Value lookup(const HostResult& result, const Field& field, std::size_t item = 0);

/// How many elements `*` has in this result; 1 without one, so that every result has a row.
std::size_t items(const HostResult& result, const Field& field);

}  // namespace cef::render
