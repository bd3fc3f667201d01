#include "modules/edit.hpp"
#include "modules/registry.hpp"

#include <cef/expr/regex.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::tasks::modules {

namespace blockinfile_parts {
namespace {

std::string marker_of(const Value& params, const char* which) {
  std::string marker = text_of(params, "marker");
  const std::string word = text_of(params, which);
  for (auto at = marker.find("{mark}"); at != std::string::npos; at = marker.find("{mark}", at + word.size()))
    marker.replace(at, 6, word);
  return marker + '\n';
}

// Before which line the block goes, when it is not there yet.
Result<std::size_t> place_of(const Value& params, const Text& text, const std::vector<std::string>& lines) {
  const std::string after = text_of(params, "insertafter"), before = text_of(params, "insertbefore");
  if (before == "BOF") return std::size_t{0};
  const std::string& pattern = after.empty() ? before : after;
  if (pattern.empty() || after == "EOF") return lines.size();
  const auto regex = expr::Regex::compile(pattern);
  if (!regex) return Unexpected(failed(regex.error().message));
  std::size_t found = std::string::npos;
  if (pattern.find("(?m") != std::string::npos || pattern.find("(?sm") != std::string::npos) {
    if (const auto match = regex->search(text.bytes)) {
      const std::size_t end = after.empty() ? match->begin : match->end;
      found = static_cast<std::size_t>(
          std::count(text.bytes.begin(), text.bytes.begin() + static_cast<std::ptrdiff_t>(end), '\n'));
    }
  } else {
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (regex->search(lines[i])) found = i;
  }
  if (found == std::string::npos) return lines.size();
  return std::min(found + (after.empty() ? 0 : 1), lines.size());
}

Result<Edit> edit_block(const Value& params, const Text& text) {
  const bool present = text_of(params, "state") == "present";
  Edit edit;
  if (!text.exists && !is_set(params, "create"))
    return Unexpected(failed(fmt::format("Path {} does not exist !", text.path)));
  if (!text.exists && !present) {
    edit.data["msg"] = fmt::format("File {} not present", text.path);
    return edit;
  }
  edit.create = true;
  const std::string begin = marker_of(params, "marker_begin"), end = marker_of(params, "marker_end");
  std::vector<std::string> lines = split_lines(text.bytes), block;
  if (std::string content = text_of(params, "block"); present && !content.empty()) {
    if (!content.ends_with('\n')) content += '\n';
    block.push_back(begin);
    for (std::string& line : split_lines(content)) block.push_back(std::move(line));
    block.push_back(end);
  }
  // The last of each counts.
  const auto last = [&](const std::string& marker) {
    const auto found = std::find(lines.rbegin(), lines.rend(), marker);
    return found == lines.rend() ? std::string::npos : static_cast<std::size_t>(lines.rend() - found) - 1;
  };
  const std::size_t first_mark = last(begin), last_mark = last(end);
  std::size_t at = std::min(first_mark, last_mark);
  if (first_mark == std::string::npos || last_mark == std::string::npos) {
    const auto place = place_of(params, text, lines);
    if (!place) return Unexpected(place.error());
    at = *place;
  } else {
    lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at),
                lines.begin() + static_cast<std::ptrdiff_t>(std::max(first_mark, last_mark)) + 1);
  }
  if (at > 0 && !lines[at - 1].ends_with('\n')) lines[at - 1] += '\n';
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), block.begin(), block.end());
  edit.bytes = join_lines(lines);
  edit.data["msg"] = text.exists && edit.bytes == text.bytes ? ""
                     : !text.exists                          ? "File created"
                     : block.empty()                         ? "Block removed"
                                                             : "Block inserted";
  return edit;
}

const Editing editing{.edit = edit_block, .path_name = nullptr};

Course course(Arguments arguments) { return edit_course(editing, std::move(arguments)); }

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "path", .kind = Kind::path, .aliases = "dest,destfile,name", .required = true},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "block", .aliases = "content"},
    {.name = "marker", .otherwise = "# {mark} ANSIBLE MANAGED BLOCK"},
    {.name = "marker_begin", .otherwise = "BEGIN"},
    {.name = "marker_end", .otherwise = "END"},
    {.name = "insertafter"},
    {.name = "insertbefore"},
    {.name = "create", .kind = Kind::flag},
    {.name = "backup", .kind = Kind::flag},
    {.name = "validate"},
    CEF_FILE_PARAMS};

}  // namespace
}  // namespace blockinfile_parts

constinit const Task blockinfile{.name = "blockinfile",
                                 .summary = "lines between two markers in a file",
                                 .params = blockinfile_parts::params,
                                 .columns = message_columns,
                                 .course = blockinfile_parts::course,
                                 .exclusive = "insertbefore,insertafter"};

}  // namespace cef::tasks::modules
