// A point of time as users write it, how long ago or a date, and as cef does.
#pragma once

#include <cef/core/result.hpp>

#include <chrono>
#include <string>

namespace cef {

/// `24h` (ago), `2026-11-23`, `2026-11-23T10:15` or `2026-11-23 10:15:30`, local time, or with a Z at the end UTC.
/// Errors: usage; the message shows the text.
Result<std::chrono::system_clock::time_point> parse_moment(const std::string& text,
                                                           std::chrono::system_clock::time_point now);

/// As RFC 3339 has it, whole seconds: `2026-11-23T10:15:00Z`.
std::string utc_time(std::chrono::system_clock::time_point time);

}  // namespace cef
