// Text in HTML pages.
#pragma once

#include <string>
#include <string_view>

namespace cef {

/// For elements and for attributes in double quotes.
std::string html_escape(std::string_view text);

}  // namespace cef
