// Source: RFC 4180, with line feeds instead of CR LF, as tools on Unix expect.
#include "formats.hpp"
#include "in_order.hpp"
#include "rows.hpp"
#include "table/cell.hpp"

#include <cef/core/text.hpp>

#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace cef::render {

namespace {

std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

// Spreadsheets take a field that begins so for a formula, and run it. Source: OWASP, CSV Injection.
bool is_formula(std::string_view text) {
  if (text.size() < 2 || std::string_view("=+-@\t\r").find(text.front()) == std::string_view::npos) return false;
  const std::string_view digits = text.substr(text.front() == '+' ? 1 : 0);
  double number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error != std::errc() || end != digits.data() + digits.size() || digits.starts_with('+');
}

// What JSON calls it, where the unit is part of the name: `mem_used_bytes` for `data.mem.used_bytes`, `used_pct` for
// `data.filesystems.*.used_pct`, or `filesystems_error` where `error` is another field's name. A path that was asked
// for stays as it was typed.
std::string header_of(const Field& field, bool whole) {
  if (field.column.name == field.column.path) return field.column.name;
  if (field.path.size() == 1) return field.is_host() ? field.column.name : field.path.front();
  if (field.path.front() != "data") return field.column.name;
  std::string name;
  for (std::size_t i = 1; i < field.path.size(); ++i)
    if (field.path[i] != "*" && (whole || i + 1 == field.path.size() || field.path[i + 1] != "*"))
      name += (name.empty() ? "" : "_") + field.path[i];
  return name;
}

class Csv : public Renderer {
 public:
  Csv(Plan plan, Writer write)
      : plan_(std::move(plan)), write_(std::move(write)), order_(plan_, [this](auto text) {
          write_header();
          write_(text);
        }) {}

  void result(const HostResult& result) override {
    if (!order_.possible()) return;
    std::optional<std::string> text;
    if (is_shown(plan_.view, result))
      for (const Row& row : rows_of(plan_, plan_.all, result)) add_row(text ? *text : text.emplace(), row);
    order_.add(result.host, std::move(text));
  }

  void finish(const Report& report) override {
    write_header();
    if (order_.possible()) return;
    std::string text;
    for (const Row& row : rows(plan_, plan_.all, report)) add_row(text, row);
    write_(text);
  }

  bool needs_records() const override { return !order_.possible(); }

 private:
  void write_header() {
    if (!plan_.view.header || std::exchange(header_written_, true)) return;
    std::map<std::string, int> fields;
    for (const Field& field : plan_.all) ++fields[header_of(field, false)];
    std::string text;
    add_line(text, [&](const Field& field) {
      const std::string name = header_of(field, false);
      return fields[name] > 1 ? header_of(field, true) : name;
    });
    write_(text);
  }

  void add_row(std::string& text, const Row& row) const {
    add_line(text, [&](const Field& field) {
      const Value value = lookup(*row.result, field, row.item);
      std::string shown = plain(value);
      if (plan_.view.escape) shown = escape_controls(shown);
      return !plan_.view.csv_raw && !value.is_number() && is_formula(shown) ? '\'' + shown : shown;
    });
  }

  void add_line(std::string& text, const auto& value_of) const {
    const char* separator = "";
    for (const Field& field : plan_.all) {
      text += separator;
      text += quoted(value_of(field));
      separator = ",";
    }
    text += '\n';
  }

  Plan plan_;
  Writer write_;
  InOrder order_;
  bool header_written_ = false;
};

}  // namespace

std::unique_ptr<Renderer> make_csv(Plan plan, Writer write) {
  return std::make_unique<Csv>(std::move(plan), std::move(write));
}

}  // namespace cef::render
