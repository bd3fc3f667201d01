#pragma once

#include <string_view>
#include <vector>

namespace cef::cli {

/// Without their newlines; the last one may have none.
std::vector<std::string_view> lines_of(std::string_view text);

}  // namespace cef::cli
