// The report: one HTML page that needs nothing but itself, with the stored values drawn by a script in it.
#pragma once

#include <cef/core/value.hpp>

#include <string>
#include <string_view>

namespace cef::render {

/// `content` as the script reads it (src/render/report/page.js): `since`, `until`, `made` in milliseconds since 1970,
/// `parts` (how many values a curve has), `program`, `hosts` and `metrics`. Its texts may be anything.
std::string report_page(std::string_view title, const Value& content);

}  // namespace cef::render
