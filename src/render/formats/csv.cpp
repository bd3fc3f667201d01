// Source: RFC 4180, with line feeds instead of CR LF, as tools on Unix expect.
#include "formats.hpp"
#include "rows.hpp"
#include "table/cell.hpp"

#include <cef/core/text.hpp>

#include <algorithm>
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

class Csv : public Renderer {
 public:
  Csv(Plan plan, Writer write) : plan_(std::move(plan)), write_(std::move(write)) {}

  void result(const HostResult&) override {}

  void finish(const Report& report) override {
    std::string text;
    if (plan_.view.header) add_line(text, [](const Field& field) { return field.column.name; });
    for (const Row& row : rows(plan_, plan_.all, report))
      add_line(text, [&](const Field& field) {
        std::string value = plain(lookup(*row.result, field, row.item));
        return plan_.view.escape ? escape_controls(value) : value;
      });
    write_(text);
  }

 private:
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
};

}  // namespace

std::unique_ptr<Renderer> make_csv(Plan plan, Writer write) {
  return std::make_unique<Csv>(std::move(plan), std::move(write));
}

}  // namespace cef::render
