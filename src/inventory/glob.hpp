// Shell patterns over names: `rpi64*`, `w0?`, `[ab]*`, `[!a]*`.
#pragma once

#include <fnmatch.h>
#include <string>
#include <string_view>

namespace cef::inventory {

inline bool is_glob(std::string_view text) { return text.find_first_of("*?") != std::string_view::npos; }
// A backslash is a letter like any other, as in Python's fnmatch.
inline bool glob_matches(const std::string& pattern, const std::string& name) {
  return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
}

}  // namespace cef::inventory
