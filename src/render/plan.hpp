// A view whose columns have been looked up: what every renderer starts from.
#pragma once

#include <cef/core/assertion.hpp>
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

struct SortKey {
  Field field;
  bool descending = false;
};

/// One of --where: `used_pct>80`.
struct Condition {
  Field field;
  Comparison comparison = Comparison::equal;
  std::optional<double> number;  // in the field's own unit
  std::string text;              // as written; a glob for values that are texts
};

struct Plan {
  View view;
  std::vector<Field> fields;  // those of the table
  std::vector<Field> all;     // with the extra ones, for CSV
  std::vector<SortKey> sort;  // the first one counts most
  std::vector<Condition> where;
};

/// Errors: usage, for an unknown name in --columns, --sort or --where.
Result<Plan> make_plan(View view);

/// A column by its name or path, or any path into a result. Errors: usage, with what is near.
Result<Field> find_field(const Columns& columns, const std::string& name);

/// `columns` are those that the view's are by then. Errors: usage.
Result<Condition> parse_condition(const View& view, std::string_view text);
/// Whether the row with this element meets it: where the condition is about elements of a list, and the rows, which
/// show `fields`, are that list's, the row's own one has to; otherwise one of them.
bool meets(const Condition& condition, const std::vector<Field>& fields, const HostResult& result, std::size_t item);

/// A path of a column, taken apart.
std::vector<std::string> split_path(std::string_view path);

/// The value of `field` in a result; null when it is not there. `item` is the element that `*` stands for.
Value lookup(const HostResult& result, const Field& field, std::size_t item = 0);

/// How many elements `*` has in this result; 1 without one, so that every result has a row.
std::size_t items(const HostResult& result, const Field& field);

}  // namespace cef::render
