// A curve in one line of text.
#pragma once

#include <cef/store/curves.hpp>

#include <string>
#include <vector>

namespace cef::cli {

/// A block character for each part by its mean, the lowest one for `least` and the highest for `greatest`; a space
/// where there are no values.
std::string sparkline(const std::vector<store::Part>& parts, double least, double greatest);

}  // namespace cef::cli
