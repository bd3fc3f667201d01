// A curve in one line of text.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace cef::render {

/// A block character for each value, the lowest one for `least` and the highest for `greatest`; a space where there is
/// none.
std::string sparkline(const std::vector<std::optional<double>>& values, double least, double greatest);

}  // namespace cef::render
