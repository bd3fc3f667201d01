#include "blocks.hpp"

#include "cell.hpp"
#include "explain.hpp"
#include "fold.hpp"
#include "layout.hpp"
#include "style.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::render {

namespace {

const Field duration{{.name = "time", .path = "duration_ms", .unit = Unit::milliseconds, .help = "time taken"},
                     {"duration_ms"}};
const Field exit_code{{.name = "rc", .path = "data.rc", .help = "exit code"}, {"data", "rc"}};

std::string key_of(const Plan& plan, const HostResult& result) {
  std::string key = failure_key(result);
  key += '\0' + plain(lookup(result, exit_code));
  key += '\0' + std::string(data_text(result, plan.view.output_field));
  key += '\0' + std::string(data_text(result, "stderr"));
  return key;
}

std::string header(const View& view, const Group& group) {
  const HostResult& first = *group.rows.front().result;
  std::string names = fold_names(view, group.names());
  if (group.rows.size() > 1) names += fmt::format(" ({} hosts)", group.rows.size());
  std::string line;
  constexpr std::size_t room = 28;  // for what follows the names on their last line
  const std::size_t width = view.width == 0 ? display_width(names) : std::max(view.width, room + 12) - room;
  for (const std::string& part : name_lines(names, width))
    line += (line.empty() ? "" : "\n  ") + paint(part, Ink::bold, view.colour);
  line += "  " + paint(name_of(first.status), ink_of(first.status), view.colour);
  if (const Value rc = lookup(first, exit_code); rc.is_number() && rc != 0) line += fmt::format("  rc {}", plain(rc));
  if (const Value time = median(group.rows, duration); first.attempts > 0)
    line += "  " + paint(show(time, Unit::milliseconds), Ink::dim, view.colour);
  return line + '\n';
}

// A tab goes to the next multiple of eight from where the host's line begins, which is not where ours does.
std::string expand_tabs(std::string_view line) {
  std::string out;
  for (const char c : line)
    if (c == '\t')
      out.append(8 - display_width(out) % 8, ' ');
    else
      out += c;
  return out;
}

// As many of the first characters as fit into `width` cells, at least one.
std::string_view beginning(std::string_view line, std::size_t width) {
  std::size_t end = 0;
  for (std::size_t cells = 0; end < line.size();) {
    const std::size_t size = decode(line.substr(end)).size;
    cells += display_width(line.substr(end, size));
    if (cells > width && end > 0) break;
    end += size;
  }
  return line.substr(0, end);
}

// A line that is too long for the terminal goes on under itself, not at its left edge.
void add_lines(std::string& text, const std::vector<std::string>& lines, std::string_view indent, std::size_t width) {
  for (const std::string& line : lines) {
    if (line.empty()) text += '\n';
    for (std::string_view rest = line; !rest.empty();) {
      const auto part = width > indent.size() ? beginning(rest, width - indent.size()) : rest;
      text += fmt::format("{}{}\n", indent, part);
      rest.remove_prefix(part.size());
    }
  }
}

std::string block(const Plan& plan, const Group& group) {
  const View& view = plan.view;
  const HostResult& first = *group.rows.front().result;
  std::string text = header(view, group);
  if (is_failure(first))
    add_lines(text, wrap(explanation(view, group.hosts()), view.width > 2 ? view.width - 2 : 0), "  ", view.width);
  add_lines(text, output_lines(view, data_text(first, view.output_field)), "  ", view.width);
  if (const auto errors = output_lines(view, data_text(first, "stderr")); !errors.empty()) {
    text += "  " + paint("stderr:", Ink::dim, view.colour) + '\n';
    add_lines(text, errors, "    ", view.width);
  }
  return text;
}

}  // namespace

std::vector<std::string> output_lines(const View& view, std::string_view text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines.push_back(view.escape ? escape_controls(expand_tabs(line)) : std::string(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string_view data_text(const HostResult& result, const std::string& name) {
  if (!result.data.is_object()) return "";
  const auto it = result.data.find(name);
  return it != result.data.end() && it->is_string() ? std::string_view(it->get_ref<const std::string&>()) : "";
}

bool write_blocks(const Plan& plan, const Report& report, const Writer& write) {
  const std::vector<Row> shown = rows(plan, {}, report);
  std::vector<Group> groups;
  if (plan.view.fold) {
    std::vector<std::string> keys;
    keys.reserve(shown.size());
    for (const Row& row : shown) keys.push_back(key_of(plan, *row.result));
    groups = group(plan.view, shown, keys);
  } else {
    for (const Row& row : shown) groups.push_back({{row}});
  }
  for (const Group& each : groups) write(block(plan, each));
  return !groups.empty();
}

}  // namespace cef::render
