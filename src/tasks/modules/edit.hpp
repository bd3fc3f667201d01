// Modules that change a text of the host: it is fetched, edited here, and put back whole, unless it changed meanwhile.
// One that is as it should be costs one step, another two.
#pragma once

#include "modules/files.hpp"

#include <cef/core/result.hpp>

#include <string>
#include <string_view>

namespace cef::tasks::modules {

/// What is there. Lines keep their ends.
struct Text {
  bool exists = false;
  std::string bytes;
  std::string path;  // where it is, links followed
};

/// What is to be there, and what the module says of it.
struct Edit {
  std::string bytes;
  Value data = Value::object();
  bool create = false;  // where it does not exist; otherwise nothing is written there
  bool remove = false;
};

struct Editing {
  /// Errors end the task; `data` of such a task is {} or what `rc` says.
  Result<Edit> (*edit)(const Value& params, const Text& text);
  /// Shell that sets `path` from the params that were taken, and may set `mode owner group`; null: the param `path`. It
  /// runs in both steps: in the first one `write` is empty. A file of its own is `own`; what it changed by itself it
  /// says as `acted`.
  const char* locate = nullptr;
  /// Names of params for `locate`.
  std::vector<std::string_view> takes{};
  /// Shell that runs once the text was written; null: nothing.
  const char* afterwards = nullptr;
  bool tells_attributes = true;    // in `msg`
  const char* path_name = "path";  // how the record calls it; null: not at all
  const char* backup_name = "backup";
};

/// `editing` must outlive the course.
Course edit_course(const Editing& editing, Arguments arguments);

std::vector<std::string> split_lines(std::string_view text);  // with their ends
std::string join_lines(const std::vector<std::string>& lines);
/// Without its end.
std::string_view bare_line(std::string_view line);

}  // namespace cef::tasks::modules
