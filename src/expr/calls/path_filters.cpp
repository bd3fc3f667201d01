// Paths, as Python's os.path has them; what must look at a file system is asked of the World.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <algorithm>

namespace cef::expr {

namespace path_filters_parts {
namespace {

Any basename(Call& call) {
  const std::string path = call.text(0);
  return path.substr(path.rfind('/') + 1);
}

Any dirname(Call& call) {
  const std::string path = call.text(0);
  std::string head = path.substr(0, path.rfind('/') + 1);
  if (head.find_first_not_of('/') != std::string::npos) head.erase(head.find_last_not_of('/') + 1);
  return head;
}

Any splitext(Call& call) {
  const std::string path = call.text(0);
  const std::size_t name = path.rfind('/') + 1;
  const std::size_t dot = path.rfind('.');
  const bool extension = dot != std::string::npos && dot > name && path.find_first_not_of('.', name) < dot;
  return extension ? Any::tuple({path.substr(0, dot), path.substr(dot)}) : Any::tuple({path, ""});
}

Any path_join(Call& call) {
  if (call[0].is_text()) return call[0];
  if (!call[0].is_list()) fail("|path_join expects string or sequence, got '{}' instead.", type_name(call[0]));
  std::string path;
  if (call[0].list().size() == 0) fail("path_join needs at least one path");
  bool first = true;
  for (const Any& each : call[0].list().items()) {
    require_defined(each);
    if (!each.is_text() && !each.soft()) fail("path_join expects texts, not '{}'", type_name(each));
    const std::string part = text_of(each, call.budget);
    call.budget.bytes(part.size());
    if (part.starts_with('/') || first) {
      path = part;
    } else {
      if (!path.empty() && !path.ends_with('/')) path += '/';
      path += part;
    }
    first = false;
  }
  return path;
}

std::vector<std::string_view> parts_of(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const std::string_view part : split_at(path, "/")) {
    if (part.empty() || part == ".") continue;
    if (part == ".." && !parts.empty() && parts.back() != "..")
      parts.pop_back();
    else if (part != ".." || !path.starts_with('/'))
      parts.push_back(part);
  }
  return parts;
}

std::string joined(const std::vector<std::string_view>& parts, std::size_t from = 0) {
  std::string path;
  for (std::size_t i = from; i < parts.size(); ++i) (path += path.empty() ? "" : "/") += parts[i];
  return path;
}

Any normpath(Call& call) {
  const std::string path = call.text(0);
  const std::string clean = (path.starts_with('/') ? "/" : "") + joined(parts_of(path));
  return clean.empty() ? "." : clean;
}

// Both must be absolute, or both not: there is no current folder here.
Any relpath(Call& call) {
  const std::string path = call.text(0), start = call.text(1, ".");
  if (path.starts_with('/') != start.starts_with('/'))
    fail("relpath: '{}' and '{}' must both be absolute, or both relative", path, start);
  const auto to = parts_of(path), from = parts_of(start);
  std::size_t same = 0;
  while (same < to.size() && same < from.size() && to[same] == from[same]) ++same;
  std::string result;
  for (std::size_t i = same; i < from.size(); ++i) result += result.empty() ? ".." : "/..";
  const std::string down = joined(to, same);
  if (!down.empty()) (result += result.empty() ? "" : "/") += down;
  return result.empty() ? "." : result;
}

Any commonpath(Call& call) {
  const Items paths = call.items(0);
  if (paths.empty()) fail("commonpath() arg is an empty sequence");
  std::vector<std::string_view> common;
  bool first = true, absolute = false;
  for (const Any& each : paths) {
    if (!each.is_text()) fail("commonpath expects texts, not '{}'", type_name(each));
    if (!first && each.text().starts_with('/') != absolute) fail("Can't mix absolute and relative paths");
    absolute = each.text().starts_with('/');
    std::vector<std::string_view> parts;
    for (const std::string_view part : split_at(each.text(), "/"))
      if (!part.empty() && part != ".") parts.push_back(part);
    if (first) common = parts;
    first = false;
    std::size_t same = 0;
    while (same < parts.size() && same < common.size() && parts[same] == common[same]) ++same;
    common.resize(same);
  }
  return (absolute ? "/" : "") + joined(common);
}

constexpr Function table[] = {
    {"basename", basename, "path"},      {"dirname", dirname, "path"},   {"splitext", splitext, "path"},
    {"path_join", path_join, "paths"},   {"normpath", normpath, "path"}, {"relpath", relpath, "path start?"},
    {"commonpath", commonpath, "paths"},
};

}  // namespace
}  // namespace path_filters_parts

const Functions path_filters = path_filters_parts::table;

}  // namespace cef::expr
