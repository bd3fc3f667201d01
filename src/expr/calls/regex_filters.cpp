// Ansible's filters of regular expressions.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "regex/pattern.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

namespace cef::expr {

namespace regex_filters_parts {
namespace {

// value pattern replacement ignorecase multiline count mandatory_count
Any replace(Call& call) {
  const std::string text = call.any_text(0);
  const Pattern pattern(call.text(1, ""), call.flag(3), call.flag(4));
  return pattern.replace(text, call.text(2, ""), call.budget,
                         static_cast<std::size_t>(std::max<std::int64_t>(call.whole(5, 0), 0)));
}

Any group_text(const Match& match, std::size_t group, bool none) {
  const auto& text = match.groups[group];
  if (!text) return none ? Any(nullptr) : Any("");
  return *text;
}

// The whole, or the groups that are asked for: '\\1', '\\g<name>'.
Any search(Call& call) {
  const std::string text = call.any_text(0);
  bool ignore_case = false, multiline = false;
  for (const auto& [key, value] : call.named)
    if (key == "ignorecase")
      ignore_case = truth(value);
    else if (key == "multiline")
      multiline = truth(value);
  const Pattern pattern(call.text(1), ignore_case, multiline);
  std::vector<std::string> groups;
  for (const Any& each : call.rest) {
    const std::string name = text_of(each, call.budget);
    const std::size_t end = name.find('>');
    if (name.starts_with("\\g<") && end != std::string::npos)
      groups.push_back(name.substr(3, end - 3));
    else if (name.size() > 1 && name[0] == '\\' && name.find_first_not_of("0123456789", 1) == std::string::npos)
      groups.push_back(name.substr(1));
    else
      fail("regex_search: '{}' is no group: it is written '\\\\1' or '\\\\g<name>'", name);
  }
  const auto match = pattern.find(text);
  if (!match) return nullptr;
  if (groups.empty()) return group_text(*match, 0, false);
  Items all;
  for (const std::string& group : groups) all.push_back(group_text(*match, pattern.group(group), true));
  return all;
}

// The whole, the only group, or all of them in a tuple.
Any findall(Call& call) {
  const std::string text = call.any_text(0);
  const Pattern pattern(call.text(1), call.flag(3), call.flag(2));
  Items all;
  for (const Match& match : pattern.find_all(text, call.budget)) {
    call.budget.bytes(match.groups.size() * (sizeof(Any) + 32));
    if (match.groups.size() <= 2) {
      all.push_back(group_text(match, match.groups.size() - 1, false));
      continue;
    }
    Items groups;
    for (std::size_t i = 1; i < match.groups.size(); ++i) groups.push_back(group_text(match, i, false));
    all.push_back(Any::tuple(std::move(groups)));
  }
  return all;
}

Any escape(Call& call) {
  const std::string text = call.any_text(0), type = call.text(1, "python");
  if (type == "python") return regex_escape(text);
  if (type != "posix_basic") fail("Invalid regex type ({})", type);
  std::string result;
  for (const char c : text) {
    if (std::string_view("].[^$*\\").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

constexpr Function table[] = {
    {"regex_replace", replace, "value pattern? replacement? ignorecase? multiline? count?"},
    {"regex_search", search, "value regex * **"},
    {"regex_findall", findall, "value regex multiline? ignorecase?"},
    {"regex_escape", escape, "string re_type?"},
};

}  // namespace
}  // namespace regex_filters_parts

const Functions regex_filters = regex_filters_parts::table;

}  // namespace cef::expr
