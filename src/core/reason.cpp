#include <cef/core/reason.hpp>

#include <fmt/format.h>

namespace cef {

std::optional<Code> code_of(std::string_view words) {
  const auto says = [&](std::string_view text) { return words.find(text) != std::string_view::npos; };
  if (says("No space left") || says("uota exceeded")) return Code::disk_full;
  if (says("ermission denied") || says("Read-only file system") || says("not permitted"))
    return Code::permission_denied;
  if (says("No such file") || says("nonexistent") || says("ot a directory")) return Code::no_such_file;
  if (says("Input/output error") || says("File too large") || says("busy")) return Code::command_failed;
  return std::nullopt;
}

std::string hint_for(Code code, const std::optional<std::string>& become, std::string_view words) {
  if (words.find("Read-only file system") != std::string_view::npos)
    return "nobody can write there: look at the mount, or name another folder";
  if (code != Code::permission_denied || !become) return "";
  return fmt::format("{} may not either: look at the file system there, and at who owns what", *become);
}

}  // namespace cef
