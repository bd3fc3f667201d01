// The end of a message about a name that is not there.
#pragma once

#include <cef/core/suggest.hpp>

#include <fmt/format.h>

#include <span>
#include <string>
#include <string_view>

namespace cef::inventory {

/// `: did you mean 'rpi'?`, or nothing when no candidate is near.
inline std::string did_you_mean(std::string_view word, std::span<const std::string> candidates) {
  const auto near = nearest(word, candidates);
  return near ? fmt::format(": did you mean '{}'?", *near) : "";
}

}  // namespace cef::inventory
