// The parts of the report's page, as they stand in the files beside this one.
#pragma once

#include <string_view>

namespace cef::render {

extern const std::string_view report_html, report_css, report_js;

}  // namespace cef::render
