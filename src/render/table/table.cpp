// The table for people, with what failed in plain words and a conclusion below.
#include "blocks.hpp"
#include "cell.hpp"
#include "explain.hpp"
#include "fold.hpp"
#include "formats/formats.hpp"
#include "layout.hpp"
#include "levels.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <utility>

namespace cef::render {

namespace {

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Different on every host without saying that anything is different there.
bool is_particular(const Field& field) {
  return field.is_host() || field.column.unit == Unit::milliseconds || field.column.path == "data.address" ||
         field.column.path == "data.port";
}

class TableRenderer : public Renderer {
 public:
  TableRenderer(Plan plan, Writer write) : plan_(std::move(plan)), write_(std::move(write)) {
    // A row of several hosts says nothing without their names.
    if (view().fold && std::ranges::none_of(plan_.fields, &Field::is_host))
      plan_.fields.insert(plan_.fields.begin(), Field{{.name = "host", .path = "host", .help = ""}, {"host"}});
    left_out_ = view().hidden;
  }

  void result(const HostResult&) override {}

  void finish(const Report& report) override {
    const bool any = write_rows(report);
    if (!any && view().only_failures) return;  // nothing failed: nothing to say
    if (!view().header) return;                // rows for a script
    const Aside& aside = view().aside;
    const View there = seen_aside(view());
    std::string text = conclusion(there, report);
    for (const std::string& remark : remarks())
      text += paint(cut(remark, there.width > 0 ? there.width : remark.size()), Ink::dim, there.colour) + '\n';
    const bool apart = any && (aside.apart || !aside.write);
    (aside.write ? aside.write : write_)((apart ? "\n" : "") + text);
  }

 private:
  const View& view() const { return plan_.view; }

  static View seen_aside(View view) {
    if (!view.aside.write) return view;
    view.width = view.aside.width;
    view.colour = view.aside.colour;
    view.escape = view.aside.escape;
    return view;
  }

  // What the table does not show.
  std::vector<std::string> remarks() const {
    std::vector<std::string> list;
    if (has_medians_) list.emplace_back("of several hosts together, times are medians");
    if (names_cut_) list.emplace_back("all names: --format names");
    if (!left_out_.empty())
      list.push_back(fmt::format("+{} column{}: {} (--columns, or a wider window)", left_out_.size(),
                                 left_out_.size() == 1 ? "" : "s", fmt::join(left_out_, " ")));
    return list;
  }

  // Whether there were any.
  bool write_rows(const Report& report) {
    if (report.results.empty()) return false;
    const bool with_output = !view().output_field.empty() && view().shown.empty();
    if (with_output) {
      if (!outputs_are_lines(report)) return write_blocks(plan_, report, write_);
      const std::string path = "data." + view().output_field;
      std::erase_if(plan_.fields, [&](const Field& field) { return field.column.path == path; });
      plan_.fields.push_back(
          {{.name = "output", .path = path, .help = "what it printed"}, {"data", view().output_field}});
    }
    drop_empty_remarks(report);
    const Table table = build(report);
    if (table.rows.empty()) return false;
    if (with_output && view().width > 0 && natural_width(table) > view().width)
      return write_blocks(plan_, report, write_);
    write_(lay_out(table));
    for (const std::size_t i : left_out(table)) left_out_.push_back(plan_.fields[i].column.name);
    return true;
  }

  // What is said of some lines only has no column where it is said of none.
  void drop_empty_remarks(const Report& report) {
    if (!view().shown.empty()) return;
    const std::vector<Row> shown = rows(plan_, plan_.fields, report);
    std::erase_if(plan_.fields, [&](const Field& field) {
      return field.column.remark && field.column.path.find('*') != std::string::npos &&
             std::ranges::none_of(shown,
                                  [&](const Row& row) { return !lookup(*row.result, field, row.item).is_null(); });
    });
  }

  bool outputs_are_lines(const Report& report) const {
    const auto is_line = [](std::string_view text) {
      return text.find('\n') >= std::max<std::size_t>(text.size(), 1) - 1;  // nowhere, or at the end
    };
    return std::ranges::all_of(report.results, [&](const HostResult& result) {
      if (!is_shown(view(), result)) return true;
      const auto errors = data_text(result, "stderr");
      return is_line(data_text(result, view().output_field)) && (is_failure(result) ? is_line(errors) : errors.empty());
    });
  }

  Table build(const Report& report) {
    Table table{.columns = {}, .rows = {}, .width = view().width, .header = view().header, .colour = view().colour};
    std::vector<Row> shown = rows(plan_, plan_.fields, report);
    // Hosts that have nothing of the kind are a number in the summary, unless they are asked for.
    if (view().statuses.empty()) std::erase_if(shown, [](const Row& row) { return lacks_record(*row.result); });
    // A failure is explained once, however long its lists are.
    std::set<const HostResult*> explained;
    std::erase_if(shown, [&](const Row& row) { return explains(*row.result) && !explained.insert(row.result).second; });
    std::vector<TableRow> cells;
    cells.reserve(shown.size());
    for (const Row& row : shown) cells.push_back(table_row(row));
    for (std::size_t i = 0; i < plan_.fields.size(); ++i) table.columns.push_back(table_column(i, shown));
    table.rows = view().fold ? fold(shown, std::move(cells)) : std::move(cells);
    // With nothing but failures there is nothing to stand under the other columns.
    if (std::ranges::none_of(table.rows, [](const TableRow& row) { return row.notes.empty(); }))
      while (!table.columns.empty() && table.columns.back().role == Role::other) table.columns.pop_back();
    return table;
  }

  TableColumn table_column(std::size_t index, const std::vector<Row>& shown) const {
    const Field& field = plan_.fields[index];
    TableColumn column{upper(field.column.name), field.column.align, Role::other};
    if (field.is_host()) column.role = Role::host;
    if (field.is_status()) column.role = Role::status;
    column.kept = column.role == Role::other && field.column.path == view().kept;
    // Rows for a script have nothing between them.
    if (field.column.remark && view().shown.empty() && view().header) column.role = Role::remark;
    if (field.column.unit != Unit::none) column.align = Align::right;
    if (column.role != Role::other || column.align == Align::right) return column;
    bool any = false;  // a number, and nothing else
    for (const Row& row : shown) {
      const Value value = lookup(*row.result, field, row.item);
      if (value.is_null()) continue;
      if (!value.is_number()) return column;
      any = true;
    }
    if (any) column.align = Align::right;
    return column;
  }

  std::string cell(const Value& value, const Field& field) const {
    return one_line(show(value, field.column.unit), view().escape);
  }

  // A failure's row explains instead of showing empty cells, unless columns about errors were asked for.
  bool explains(const HostResult& result) const {
    const auto about_errors = [](const Field& field) { return field.path.front() == "error"; };
    return is_failure(result) && std::ranges::none_of(plan_.fields, about_errors);
  }

  TableRow table_row(const Row& row) const {
    TableRow out{row.result->status, {}, {}};
    for (const Field& field : plan_.fields) {
      const Value value = lookup(*row.result, field, row.item);
      out.cells.push_back(cell(value, field));
      if (view().colour) out.inks.push_back(ink_of(row, field, value));
    }
    if (explains(*row.result)) out.notes = notes({row.result});
    // Rows for a script have nothing between them.
    if (row.item == 0 && view().header)
      for (const Check& check : row.result->checks)
        if (!check.holds) out.below.push_back(one_line(check.sentence(), view().escape));
    return out;
  }

  // Why these hosts failed and, of commands, what they printed.
  std::vector<std::string> notes(const std::vector<const HostResult*>& hosts) const {
    const HostResult& first = *hosts.front();
    std::string why = explanation(view(), hosts);
    const auto shows = [&](auto is) { return std::ranges::any_of(plan_.fields, is); };
    if (!shows([](const Field& field) { return field.is_status(); }))
      why = fmt::format("{}: {}", name_of(first.status), why);
    if (!shows([](const Field& field) { return field.is_host(); })) {
      std::vector<std::string> names;
      names.reserve(hosts.size());
      for (const HostResult* host : hosts) names.push_back(host->host);
      why = fmt::format("{}: {}", fold_names(view(), names), why);
    }
    std::vector<std::string> lines{why};
    if (view().output_field.empty()) return lines;
    for (const std::string& stream : {view().output_field, std::string("stderr")})
      for (const std::string& line : output_lines(view(), data_text(first, stream)))
        if (why.find(line) == std::string::npos) lines.push_back(stream == "stderr" ? "stderr: " + line : line);
    return lines;
  }

  std::vector<TableRow> fold(const std::vector<Row>& shown, std::vector<TableRow> cells) {
    std::vector<std::string> keys;
    keys.reserve(shown.size());
    for (std::size_t i = 0; i < shown.size(); ++i) keys.push_back(fold_key(*shown[i].result, cells[i]));
    std::vector<TableRow> folded;
    for (const Group& each : group(view(), shown, keys)) folded.push_back(folded_row(each));
    return folded;
  }

  // What is shown, less what differs anyway.
  std::string fold_key(const HostResult& result, const TableRow& row) const {
    std::string key = failure_key(result);
    if (!row.notes.empty()) {
      for (std::size_t i = 1; i < row.notes.size(); ++i) key += '\0' + row.notes[i];
      return key;
    }
    for (std::size_t i = 0; i < plan_.fields.size(); ++i)
      if (!is_particular(plan_.fields[i])) key += '\0' + row.cells[i];
    for (const std::string& line : row.below) key += '\0' + line;
    return key;
  }

  // Names of many hosts take three lines of the third of the width that they may take, and no more.
  std::string names_of(const Group& each) {
    const auto names = each.names();
    std::string some = view().width == 0 ? fold_names(view(), names) : some_names(view(), names, view().width * 2 / 3);
    names_cut_ = names_cut_ || some.ends_with(" more");
    return some;
  }

  TableRow folded_row(const Group& each) {
    TableRow row = table_row(each.rows.front());
    if (each.rows.size() == 1) return row;
    for (std::size_t i = 0; i < plan_.fields.size(); ++i) {
      const Field& field = plan_.fields[i];
      if (field.is_host())
        row.cells[i] = fmt::format("{} ({})", names_of(each), each.rows.size());
      else if (field.column.unit == Unit::milliseconds)
        row.cells[i] = cell(median(each.rows, field), field), has_medians_ = has_medians_ || row.notes.empty();
      else if (is_particular(field))
        for (const Row& other : each.rows)
          row.cells[i] = common_ends(row.cells[i], cell(lookup(*other.result, field, other.item), field));
    }
    if (!row.notes.empty()) row.notes = notes(each.hosts());
    return row;
  }

  Plan plan_;
  Writer write_;
  std::vector<std::string> left_out_;  // names of columns
  bool has_medians_ = false, names_cut_ = false;
};

}  // namespace

std::unique_ptr<Renderer> make_table(Plan plan, Writer write) {
  return std::make_unique<TableRenderer>(std::move(plan), std::move(write));
}

}  // namespace cef::render
