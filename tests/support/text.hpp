// What tests ask of a text.
#pragma once

#include <cstddef>
#include <string>

namespace cef::testing {

inline bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

/// How often, without overlaps.
inline std::size_t count(const std::string& text, const std::string& part) {
  std::size_t found = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++found;
  return found;
}

}  // namespace cef::testing
