#include "modules/edit.hpp"
#include "modules/registry.hpp"

#include <cef/expr/regex.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::tasks::modules {

namespace lineinfile_parts {
namespace {

// What a line is looked for by: an expression, a part of it, or all of it.
class Search {
 public:
  static Result<Search> make(const Value& params) {
    Search search;
    search.line_ = text_of(params, "line");
    if (params.contains("regexp")) {
      auto regex = expr::Regex::compile(text_of(params, "regexp"));
      if (!regex) return Unexpected(failed(regex.error().message));
      search.regex_ = std::move(*regex);
    } else if (params.contains("search_string")) {
      search.part_ = text_of(params, "search_string");
    }
    return search;
  }
  bool whole() const { return !regex_ && !part_; }
  const std::optional<expr::Regex>& regex() const { return regex_; }
  bool finds(const std::string& line) const {
    if (regex_) return regex_->search(line).has_value();
    if (part_) return line.find(*part_) != std::string::npos;
    return bare_line(line) == line_;
  }

 private:
  std::string line_;
  std::optional<expr::Regex> regex_;
  std::optional<std::string> part_;
};

// Where a new line goes.
struct Place {
  std::string after, before;  // patterns, EOF or BOF
  std::optional<expr::Regex> regex;
};

Result<Place> place_of(const Value& params) {
  Place place{text_of(params, "insertafter"), text_of(params, "insertbefore"), {}};
  if (place.after.empty() && place.before.empty()) place.after = "EOF";
  const std::string& pattern = place.after.empty() ? place.before : place.after;
  if (pattern == "BOF" || (pattern == "EOF" && !place.after.empty())) return place;
  auto regex = expr::Regex::compile(pattern);
  if (!regex) return Unexpected(failed(regex.error().message));
  place.regex = std::move(*regex);
  return place;
}

bool ends(const std::vector<std::string>& lines) {
  return lines.empty() || lines.back().ends_with('\n') || lines.back().ends_with('\r');
}

// The last line that fits, or the first.
std::size_t find_line(const std::vector<std::string>& lines, const Search& search, bool first) {
  std::size_t found = std::string::npos;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!search.finds(lines[i])) continue;
    found = i;
    if (first) break;
  }
  return found;
}

bool insert(std::vector<std::string>& lines, const std::string& line, const Place& place, bool first) {
  const std::string full = line + '\n';
  if (place.after == "BOF" || place.before == "BOF") {
    lines.insert(lines.begin(), full);
    return true;
  }
  std::size_t at = std::string::npos;
  for (std::size_t i = 0; place.regex && i < lines.size(); ++i) {
    if (!place.regex->search(lines[i])) continue;
    at = place.after.empty() ? i : i + 1;
    if (first) break;
  }
  if (at == std::string::npos) {
    if (!ends(lines)) lines.emplace_back("\n");
    lines.push_back(full);
    return true;
  }
  if (!place.after.empty()) {
    if (at == lines.size()) {
      if (!ends(lines)) lines.back() += '\n';
    } else if (bare_line(lines[at]) == line) {
      return false;
    }
  }
  lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), full);
  return true;
}

Result<Edit> present(const Value& params, const Text& text) {
  if (!text.exists && !is_set(params, "create"))
    return Unexpected(failed(fmt::format("Destination {} does not exist !", text.path)));
  if (!params.contains("line")) return Unexpected(failed("line is required with state=present"));
  const std::string line = text_of(params, "line");
  const bool backrefs = is_set(params, "backrefs"), first = is_set(params, "firstmatch");
  if (backrefs && !params.contains("regexp")) return Unexpected(failed("regexp is required with backrefs=true"));
  const auto search = Search::make(params);
  if (!search) return Unexpected(search.error());
  const auto place = place_of(params);
  if (!place) return Unexpected(place.error());

  Edit edit;
  edit.create = is_set(params, "create");
  std::vector<std::string> lines = split_lines(text.bytes);
  const char* said = "";
  std::size_t at = search->whole() ? std::string::npos : find_line(lines, *search, first);
  std::string full = line;
  if (at != std::string::npos && backrefs) {
    auto expanded_line = search->regex()->expand(lines[at], line);
    if (!expanded_line) return Unexpected(failed(expanded_line.error().message));
    full = expanded_line->value_or(line);
  } else if (at == std::string::npos) {
    // One that stands there as it is to be is left there.
    for (std::size_t i = 0; i < lines.size(); ++i)
      if (bare_line(lines[i]) == line) at = i;
  }
  if (!full.ends_with('\n')) full += '\n';
  if (at != std::string::npos) {
    if (lines[at] != full) {
      lines[at] = full;
      said = "line replaced";
    }
  } else if (!backrefs && insert(lines, line, *place, first)) {
    said = "line added";
  }
  edit.bytes = join_lines(lines);
  edit.data = {{"msg", said}, {"backup", ""}};
  return edit;
}

Result<Edit> absent(const Value& params, const Text& text) {
  Edit edit;
  if (!text.exists) {
    edit.data["msg"] = "file not present";
    return edit;
  }
  const auto search = Search::make(params);
  if (!search) return Unexpected(search.error());
  std::vector<std::string> lines = split_lines(text.bytes);
  const std::size_t found = std::erase_if(lines, [&](const std::string& line) { return search->finds(line); });
  edit.bytes = join_lines(lines);
  edit.data = {{"found", found}, {"msg", found == 0 ? "" : fmt::format("{} line(s) removed", found)}, {"backup", ""}};
  return edit;
}

Result<Edit> edit_lines(const Value& params, const Text& text) {
  return text_of(params, "state") == "absent" ? absent(params, text) : present(params, text);
}

constexpr const char* no_path = nullptr;
const Editing editing{.edit = edit_lines, .path_name = no_path};

Course course(Arguments arguments) { return edit_course(editing, std::move(arguments)); }

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "path", .kind = Kind::path, .aliases = "dest,destfile,name", .required = true},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "regexp", .aliases = "regex"},
    {.name = "search_string"},
    {.name = "line", .aliases = "value"},
    {.name = "insertafter"},
    {.name = "insertbefore"},
    {.name = "backrefs", .kind = Kind::flag},
    {.name = "create", .kind = Kind::flag},
    {.name = "backup", .kind = Kind::flag},
    {.name = "firstmatch", .kind = Kind::flag},
    {.name = "validate"},
    CEF_FILE_PARAMS};

}  // namespace
}  // namespace lineinfile_parts

constinit const Task lineinfile{.name = "lineinfile",
                                .summary = "a line of a file: there or not there",
                                .params = lineinfile_parts::params,
                                .columns = message_columns,
                                .course = lineinfile_parts::course,
                                .exclusive = "insertbefore,insertafter regexp,search_string search_string,backrefs"};

}  // namespace cef::tasks::modules
