// What all modules that make files share: mode, owner and group, how a file is put in place, and how it is told.
#pragma once

#include "modules/shell.hpp"

#include <cef/core/param.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef::tasks::modules {

/// Shell functions, for variables `mode owner group follow backup validate unsafe_writes`:
/// attributes PATH, attributes_below PATH, facts PATH, put FILE PATH, backup_of PATH, valid FILE, sha1 FILE.
extern const char* const file_functions;

// clang-format off
#define CEF_FILE_PARAMS                                                                                          \
  {.name = "mode", .kind = Param::Kind::mode}, {.name = "owner"}, {.name = "group"},                             \
      {.name = "unsafe_writes", .kind = Param::Kind::flag}, {.name = "seuser"}, {.name = "serole"},              \
      {.name = "setype"}, {.name = "selevel"}, {.name = "attributes", .aliases = "attr"}
// clang-format on

/// Those of CEF_FILE_PARAMS that mean something, and the functions.
Sheet file_sheet(const Arguments& arguments);

/// `mode owner group uid gid size state` of what facts() said.
void put_facts(Value& data, const Answer& answer);
/// `isdir isreg islnk ...`, and `rusr wusr ...`, of st_mode.
void put_kind(Value& stat, unsigned mode);
void put_permissions(Value& stat, unsigned mode);
/// Whether bytes may be shown as text.
bool is_text(std::string_view bytes);
/// Before and after as `--diff` shows them; bytes that are no text, or too many, only by what they are.
Value text_diff(std::string_view path, std::string_view before, std::string_view after);
/// Of what attributes() said; null when nothing was.
Value attribute_diff(std::string_view path, const Answer& answer);

std::string base64_of(std::string_view bytes);
std::string sha1_of(std::string_view bytes);

}  // namespace cef::tasks::modules
