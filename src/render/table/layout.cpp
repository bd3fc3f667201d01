#include "layout.hpp"

#include "cell.hpp"
#include "style.hpp"

#include <cef/core/text.hpp>

#include <algorithm>
#include <numeric>
#include <optional>

namespace cef::render {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t least_text = 12;  // a text cut shorter says nothing
constexpr std::size_t enough_columns =
    4;                                  // with more than these, one is left out before others lose half of their text
constexpr std::size_t least_note = 30;  // less space than this beside the host, and a note goes below it
constexpr std::size_t note_below = 4;   // its indentation there

using Widths = std::vector<std::size_t>;

bool can_be_left_out(const TableColumn& column) {
  return !column.kept && (column.role == Role::other || column.role == Role::remark);
}

// Columns that rows with notes show too: those up to the last of host and status.
std::size_t leading(const Table& table) {
  for (std::size_t i = table.columns.size(); i > 0; --i)
    if (table.columns[i - 1].role == Role::host || table.columns[i - 1].role == Role::status) return i;
  return 0;
}

Widths natural_widths(const Table& table) {
  Widths widths;
  for (const TableColumn& column : table.columns) widths.push_back(table.header ? display_width(column.title) : 0);
  const std::size_t lead = leading(table);
  for (std::size_t i = 0; i < table.least_widths.size(); ++i) widths[i] = std::max(widths[i], table.least_widths[i]);
  for (const TableRow& row : table.rows)
    for (std::size_t i = 0; i < (row.notes.empty() ? widths.size() : lead); ++i)
      widths[i] = std::max(widths[i], display_width(row.cells[i]));
  return widths;
}

std::size_t sum(const Widths& widths) {
  return std::accumulate(widths.begin(), widths.end(), std::size_t{0}) +
         (widths.empty() ? 0 : gap * (widths.size() - 1));
}

bool can_shrink(const TableColumn& column) { return column.role == Role::other && column.align == Align::left; }

// Takes cells from the widest text again and again until the line fits. False when that is not enough.
bool shrink(const Table& table, const std::vector<std::size_t>& shown, Widths& widths) {
  Widths least;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const bool halves = shown.size() > enough_columns && !table.columns[shown[i]].kept;
    least.push_back(halves ? std::max(least_text, widths[i] - widths[i] / 2) : least_text);
  }
  for (std::size_t total = sum(widths); total > table.width;) {
    std::size_t widest = shown.size();
    for (std::size_t i = 0; i < shown.size(); ++i)
      if (can_shrink(table.columns[shown[i]]) && widths[i] > least[i] &&
          (widest == shown.size() || widths[i] > widths[widest]))
        widest = i;
    if (widest == shown.size()) return false;
    --widths[widest], --total;
  }
  return true;
}

// The parts of folded names that stay together; a name that is not folded is one part.
std::vector<std::string_view> parts_of(std::string_view names) {
  std::vector<std::string_view> parts;
  while (!names.empty()) {
    const std::size_t size = std::min(names.find(','), names.size() - 1) + 1;
    parts.push_back(names.substr(0, size));
    names.remove_prefix(size);
  }
  return parts;
}

// Names are never cut. Folded ones go on below when they would take more than a third of the line.
std::size_t host_width(const Table& table, std::size_t column, std::size_t natural) {
  const std::size_t most = table.width / 3;
  if (table.width == 0 || natural <= most) return natural;
  std::size_t longest_part = 0;
  for (const TableRow& row : table.rows)
    for (const std::string_view part : parts_of(row.cells[column]))
      longest_part = std::max(longest_part, display_width(part));
  return std::min(natural, std::max(most, longest_part));
}

// The columns that are shown and how wide each is.
struct Shape {
  std::vector<std::size_t> shown;
  Widths widths;
};

Shape shape_of(const Table& table) {
  Widths natural = natural_widths(table);
  for (std::size_t i = 0; i < natural.size(); ++i)
    if (table.columns[i].role == Role::host) natural[i] = host_width(table, i, natural[i]);

  Shape shape;
  for (std::size_t i = 0; i < natural.size(); ++i) shape.shown.push_back(i);
  for (;;) {
    shape.widths.clear();
    for (const std::size_t i : shape.shown) shape.widths.push_back(natural[i]);
    if (table.width == 0 || shrink(table, shape.shown, shape.widths)) return shape;
    const auto last = std::find_if(shape.shown.rbegin(), shape.shown.rend(),
                                   [&](std::size_t i) { return can_be_left_out(table.columns[i]); });
    if (last == shape.shown.rend()) return shape;
    if (shape.shown.size() == 1) {
      shape.widths[0] = std::min(shape.widths[0], table.width);  // alone and still too wide
      return shape;
    }
    shape.shown.erase(std::next(last).base());
  }
}

class Printer {
 public:
  Printer(const Table& table, Shape shape) : table_(table), shape_(std::move(shape)) {
    const std::size_t lead = leading(table_);
    while (lead_ < shape_.shown.size() && shape_.shown[lead_] < lead) ++lead_;
    for (std::size_t i = 0; i < lead_; ++i) note_column_ += shape_.widths[i] + gap;
    if (table_.width > 0 && note_column_ + least_note > table_.width) note_column_ = note_below, notes_below_ = true;
  }

  std::string print() {
    if (table_.header && !shape_.shown.empty()) print_header();
    for (const TableRow& row : table_.rows) print_row(row);
    return std::move(out_);
  }

 private:
  void print_header() {
    std::string line;
    for (std::size_t i = 0; i < shape_.shown.size(); ++i) {
      const TableColumn& column = table_.columns[shape_.shown[i]];
      line += fit(column.title, shape_.widths[i], column.align) + std::string(gap, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += paint(line, Ink::bold, table_.colour) + '\n';
  }

  void print_row(const TableRow& row) {
    const std::size_t count = row.notes.empty() ? shape_.shown.size() : lead_;
    std::vector<std::string> hosts, notes;
    for (std::size_t i = 0; i < count; ++i)
      if (table_.columns[shape_.shown[i]].role == Role::host)
        hosts = name_lines(row.cells[shape_.shown[i]], shape_.widths[i]);
    for (const std::string& note : row.notes)
      for (std::string& line : wrap(note, table_.width > note_column_ ? table_.width - note_column_ : 0))
        notes.push_back(std::move(line));

    const std::size_t notes_from = notes_below_ ? std::max<std::size_t>(hosts.size(), 1) : 0;
    const std::size_t lines = std::max({std::size_t{1}, hosts.size(), notes.empty() ? 0 : notes_from + notes.size()});
    for (std::size_t n = 0; n < lines; ++n) {
      if (!notes_below_ || n < notes_from) print_cells(row, count, hosts, n);
      if (n >= notes_from && n - notes_from < notes.size()) {
        pad_to(note_column_);
        out_ += notes[n - notes_from];
      }
      end_line();
    }
    if (row.notes.empty())
      for (std::size_t i = 0; i < table_.columns.size(); ++i)
        if (table_.columns[i].role == Role::remark && !std::ranges::count(shape_.shown, i) && row.cells[i] != no_value)
          print_below(row.cells[i]);
    for (const std::string& line : row.below) print_below(line);
  }

  void print_below(const std::string& text) {
    for (const std::string& line : wrap(text, table_.width > note_below ? table_.width - note_below : 0)) {
      pad_to(note_below);
      out_ += paint(line, Ink::red, table_.colour);
      end_line();
    }
  }

  void print_cells(const TableRow& row, std::size_t count, const std::vector<std::string>& hosts, std::size_t n) {
    std::size_t start = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const TableColumn& column = table_.columns[shape_.shown[i]];
      const std::size_t width = shape_.widths[i];
      std::string text;
      if (column.role == Role::host)
        text = n < hosts.size() ? hosts[n] : "";
      else if (n == 0)
        text = cut(row.cells[shape_.shown[i]], width);
      const std::size_t cells = display_width(text);
      if (!text.empty()) {
        pad_to(start + (column.align == Align::right && cells < width ? width - cells : 0));
        const std::size_t cell = shape_.shown[i];
        const Ink ink = column.role == Role::status ? ink_of(row.status)
                        : cell < row.inks.size()    ? row.inks[cell]
                                                    : Ink::none;
        out_ += paint(text, ink, table_.colour);
        at_ += cells;
      }
      start += width + gap;
    }
  }

  void pad_to(std::size_t column) {
    if (column <= at_) return;
    out_.append(column - at_, ' ');
    at_ = column;
  }

  void end_line() {
    out_ += '\n';
    at_ = 0;
  }

  const Table& table_;
  Shape shape_;
  std::size_t lead_ = 0, note_column_ = 0, at_ = 0;
  bool notes_below_ = false;
  std::string out_;
};

}  // namespace

std::vector<std::string> name_lines(const std::string& names, std::size_t width) {
  if (display_width(names) <= width) return {names};
  std::vector<std::string> lines(1);
  for (std::string_view part : parts_of(names)) {
    if (!lines.back().empty() && display_width(lines.back()) + display_width(part) > width) {
      lines.emplace_back();
      part.remove_prefix(std::min(part.find_first_not_of(' '), part.size()));
    }
    lines.back() += part;
  }
  return lines;
}

std::vector<std::size_t> left_out(const Table& table) {
  std::vector<std::size_t> missing;
  if (table.width == 0) return missing;
  const auto shown = shape_of(table).shown;
  for (std::size_t i = 0; i < table.columns.size(); ++i)
    if (table.columns[i].role == Role::other && !std::ranges::count(shown, i)) missing.push_back(i);
  return missing;
}

std::size_t natural_width(const Table& table) { return sum(natural_widths(table)); }

std::string lay_out(const Table& table) { return Printer(table, shape_of(table)).print(); }

}  // namespace cef::render
