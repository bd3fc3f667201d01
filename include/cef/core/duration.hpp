// Durations as users write them: `90`, `90s`, `1.5m`, `2h`, `250ms`, `1d`; a bare number is seconds.
#pragma once

#include <cef/core/result.hpp>

#include <chrono>
#include <string_view>

namespace cef {

using Milliseconds = std::chrono::milliseconds;

/// Errors: usage, for anything but a non-negative number with one of the units above; the message shows the text.
Result<Milliseconds> parse_duration(std::string_view text);

/// Whole microseconds, so that measured times are not written with digits that mean nothing.
double to_ms(std::chrono::steady_clock::duration duration);

/// For messages: `10 s`, `1.5 s`, `250 ms`, `5 min`, `2 h`.
std::string show_duration(Milliseconds duration);

}  // namespace cef
