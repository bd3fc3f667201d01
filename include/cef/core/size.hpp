// Sizes as users write them, in bytes: `1000000`, `512K`, `64MiB`, `200MB`.
#pragma once

#include <cef/core/result.hpp>

#include <cstdint>
#include <string_view>

namespace cef {

/// K, M, G (and KiB, MiB, GiB) are powers of 1024; KB, MB, GB powers of 1000.
/// Errors: usage, for anything but a whole number above zero with one of these units, or none; the message shows the
/// text.
Result<std::int64_t> parse_size(std::string_view text);

}  // namespace cef
