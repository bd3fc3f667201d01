// A template file's first line can change the syntax of the rest.
#pragma once

#include "fault.hpp"

#include <string>

namespace cef::expr {

/// Takes `#jinja2: lstrip_blocks: True, variable_start_string: '[['` off the text, if it begins so. Throws Fault:
/// syntax.
void read_header(std::string& text, Syntax& syntax);

}  // namespace cef::expr
