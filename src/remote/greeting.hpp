// What a login shell says before a command does not belong to its answer.
#pragma once

#include <string>
#include <string_view>

namespace cef::remote {

inline constexpr std::string_view begin_mark = "=cef begin=\n";
/// In POSIX sh, for the beginning of a script.
inline constexpr std::string_view say_begin_mark = "echo \"=cef begin=\"; ";

/// Takes away all up to the mark. False: there is none, and nothing is.
inline bool cut_greeting(std::string& out) {
  const auto begin = out.find(begin_mark);
  if (begin == std::string::npos) return false;
  out.erase(0, begin + begin_mark.size());
  return true;
}

}  // namespace cef::remote
