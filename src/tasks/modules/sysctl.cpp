#include "modules/edit.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace sysctl_parts {
namespace {

std::string squeezed(std::string_view text) {
  std::string words;
  for (const char c : trim(text)) {
    const bool blank = c == ' ' || c == '\t';
    if (!blank || !words.ends_with(' ')) words += blank ? ' ' : c;
  }
  return words;
}

std::optional<std::pair<std::string, std::string>> setting_of(std::string_view line) {
  line = trim(line);
  const auto equals = line.find('=');
  if (line.starts_with('#') || line.starts_with(';') || equals == std::string_view::npos) return std::nullopt;
  return std::pair(std::string(trim(line.substr(0, equals))), squeezed(line.substr(equals + 1)));
}

Result<Edit> edit_settings(const Value& params, const Text& text) {
  const std::string name = text_of(params, "name"), value = squeezed(text_of(params, "value"));
  const bool present = text_of(params, "state") == "present";
  if (present && value.empty()) return Unexpected(failed("value cannot be blank"));
  Edit edit;
  edit.create = present;
  std::vector<std::string> lines;
  bool there = false;
  for (const std::string& line : split_lines(text.bytes)) {
    const auto setting = setting_of(line);
    if (!setting || setting->first != name) {
      lines.push_back(line);
      continue;
    }
    if (!present || std::exchange(there, true)) continue;
    lines.push_back(setting->second == value ? line : fmt::format("{}={}\n", name, value));
  }
  if (present && !there) {
    if (!lines.empty() && !lines.back().ends_with('\n')) lines.back() += '\n';
    lines.push_back(fmt::format("{}={}\n", name, value));
  }
  edit.bytes = join_lines(lines);
  return edit;
}

// The value that holds now is looked at only where it is to be set: a container may not have it.
constexpr const char* locate = R"sh(
path=$sysctl_file
if [ -n "$sysctl_set" ] && [ "$state" = present ] && [ -z "$write" ]; then
  now=$(sysctl -n -e "$name" 2>/dev/null | tr -s ' \t' '  ')
  if [ "$now" != "$value" ]; then
    say acted
    [ -n "$check" ] || sysctl -w "$name=$value" >/dev/null 2>&1 || [ -n "$ignoreerrors" ] || die "setting $name failed: sysctl -w $name=$value"
  fi
fi
)sh";
constexpr const char* reload = R"sh(
if [ -n "$reload" ]; then
  said=$(sysctl -p "$path" 2>&1 >/dev/null) || [ -n "$ignoreerrors" ] || die "Failed to reload sysctl: $(printf %s "$said" | tr '\n' ' ')"
fi
)sh";

const Editing editing{.edit = edit_settings,
                      .locate = locate,
                      .takes = {"name", "value", "state", "reload", "sysctl_set", "ignoreerrors", "sysctl_file"},
                      .afterwards = reload,
                      .tells_attributes = false,
                      .path_name = nullptr};

Course course(Arguments arguments) {
  if (arguments.params.contains("value")) arguments.params["value"] = squeezed(text_of(arguments.params, "value"));
  return edit_course(editing, std::move(arguments));
}

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "name", .aliases = "key", .required = true},
    {.name = "value", .aliases = "val"},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "reload", .kind = Kind::flag, .otherwise = "yes"},
    {.name = "sysctl_set", .kind = Kind::flag},
    {.name = "sysctl_file", .otherwise = "/etc/sysctl.conf"},
    {.name = "ignoreerrors", .kind = Kind::flag}};

}  // namespace
}  // namespace sysctl_parts

constinit const Task sysctl{.name = "sysctl",
                            .summary = "settings of the kernel, now and from the next boot on",
                            .params = sysctl_parts::params,
                            .columns = message_columns,
                            .course = sysctl_parts::course,
                            .needs_root = true};

}  // namespace cef::tasks::modules
