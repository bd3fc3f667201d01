// A point of time as users write it: how long ago, or a date.
#pragma once

#include <cef/core/result.hpp>

#include <chrono>
#include <string>

namespace cef {

/// `24h` (ago), `2026-11-23`, `2026-11-23T10:15` or `2026-11-23 10:15:30`, local time, or with a Z at the end UTC.
/// Errors: usage; the message shows the text.
Result<std::chrono::system_clock::time_point> parse_moment(const std::string& text,
                                                           std::chrono::system_clock::time_point now);

}  // namespace cef
