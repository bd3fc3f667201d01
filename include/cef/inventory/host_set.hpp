// Host sets: `rpi[6401-6406,6471]` and what it stands for, both ways.
#pragma once

#include <cef/core/result.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

/// How many names one set may stand for. The fuzz targets set it lower: a million is slow under the sanitizers.
#ifndef CEF_MOST_NAMES
#define CEF_MOST_NAMES 1'000'000
#endif
inline constexpr std::size_t most_names = CEF_MOST_NAMES;

/// The names `text` stands for, in the order written: `n[01-20/2]`, `a[1-2]b[x-z]` (every combination, the last bracket
/// fastest), `[01:20]`, `[0:10:2]`, lists in brackets; zero padding is kept. Text without brackets is one name.
/// Errors: usage, with what is wrong and where: unbalanced or empty brackets, a range that runs backwards, a step of 0,
/// unlike ends, more than `limit` names.
Result<std::vector<std::string>> expand(std::string_view text, std::size_t limit = most_names);

/// The shortest such text for `names`: runs of numbers become ranges, padding is kept apart. Names that share no
/// pattern are joined by commas, in order of first appearance. expand() of each part gives every name back.
std::string fold(std::span<const std::string> names);

}  // namespace cef::inventory
