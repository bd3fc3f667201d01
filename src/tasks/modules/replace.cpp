#include "modules/edit.hpp"
#include "modules/registry.hpp"

#include <cef/expr/regex.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace replace_parts {
namespace {

Result<Edit> edit_matches(const Value& params, const Text& text) {
  if (!text.exists) return Unexpected(failed(fmt::format("Path {} does not exist !", text.path)));
  Edit edit;
  edit.bytes = text.bytes;
  edit.data = {{"rc", 0}, {"msg", ""}};
  expr::Regex::Span section{0, text.bytes.size()};
  const std::string after = text_of(params, "after"), before = text_of(params, "before");
  if (!after.empty() || !before.empty()) {
    const std::string around =
        fmt::format("{}(?P<subsection>.*{}){}", after, before.empty() || after.empty() ? "" : "?", before);
    const auto regex = expr::Regex::compile("(?s)" + around);
    if (!regex) return Unexpected(failed(regex.error().message));
    const auto found = regex->group(text.bytes, "subsection");
    if (!found) {
      edit.data["msg"] = fmt::format("Pattern for before/after params did not match the given file: {}", around);
      return edit;
    }
    section = *found;
  }
  const auto regex = expr::Regex::compile(text_of(params, "regexp"), true);
  if (!regex) return Unexpected(failed(regex.error().message));
  const std::string part = text.bytes.substr(section.begin, section.end - section.begin);
  const auto replaced = regex->replace(part, text_of(params, "replace"));
  if (!replaced) return Unexpected(failed(replaced.error().message));
  if (replaced->text == part) return edit;
  edit.bytes.replace(section.begin, section.end - section.begin, replaced->text);
  edit.data["msg"] = fmt::format("{} replacements made", replaced->count);
  return edit;
}

const Editing editing{.edit = edit_matches, .path_name = nullptr, .backup_name = "backup_file"};

Course course(Arguments arguments) { return edit_course(editing, std::move(arguments)); }

using Kind = Param::Kind;
constexpr Param params[] = {{.name = "path", .kind = Kind::path, .aliases = "dest,destfile,name", .required = true},
                            {.name = "regexp", .required = true},
                            {.name = "replace"},
                            {.name = "after"},
                            {.name = "before"},
                            {.name = "backup", .kind = Kind::flag},
                            {.name = "validate"},
                            {.name = "encoding"},
                            CEF_FILE_PARAMS};

}  // namespace
}  // namespace replace_parts

constinit const Task replace{.name = "replace",
                             .summary = "every match of an expression in a file by something else",
                             .params = replace_parts::params,
                             .columns = message_columns,
                             .course = replace_parts::course};

}  // namespace cef::tasks::modules
