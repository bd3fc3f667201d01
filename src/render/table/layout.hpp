// Places cells on lines of a terminal. Knows nothing of hosts' data: the texts are ready, safe and on one line each.
#pragma once

#include "style.hpp"

#include <cef/core/column.hpp>
#include <cef/core/report.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cef::render {

enum class Role {
  host,
  status,
  other,
  remark,  // when it is left out, its texts stand below their rows
};

struct TableColumn {
  std::string title;
  Align align = Align::left;
  Role role = Role::other;
  bool kept = false;  // a text that is cut as far as need be, but never left out
};

struct TableRow {
  Status status = Status::ok;
  std::vector<std::string> cells;    // one per column; with notes, only the leading ones are shown
  std::vector<std::string> notes;    // said in place of the other cells, each from a new line, wrapped
  std::vector<std::string> below{};  // said on lines of their own under the row, as something bad
  std::vector<Ink> inks{};           // of the cells; empty: none has any
};

struct Table {
  std::vector<TableColumn> columns;
  std::vector<TableRow> rows;
  std::size_t width = 0;  // 0: as wide as it gets
  bool header = true;
  bool colour = false;
  std::vector<std::size_t> least_widths{};  // of the columns, whatever the rows hold; empty: none
};

/// The width at which nothing needs to be cut. Notes do not count, they wrap.
std::size_t natural_width(const Table& table);

/// The columns for which there is no room, without remarks, which stand below then.
std::vector<std::size_t> left_out(const Table& table);

/// Folded names in lines of at most `width` cells, broken after commas; longer parts stay whole.
std::vector<std::string> name_lines(const std::string& names, std::size_t width);

/// The table as text. When it is too wide, the widest texts are cut, then columns are left out from the right.
std::string lay_out(const Table& table);

}  // namespace cef::render
