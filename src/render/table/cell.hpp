// What stands in a cell: values in the units people read in the table, as they are in CSV.
#pragma once

#include <cef/core/column.hpp>
#include <cef/core/value.hpp>
#include <cef/render/render.hpp>

#include <string>
#include <string_view>

namespace cef::render {

inline constexpr const char* no_value = "-";  // what the table shows for it

/// The value in base units and without decoration; nothing for null.
std::string plain(const Value& value);

/// On one line: line breaks and tabs become a space, and with `escape` other control characters are escaped.
std::string one_line(std::string_view text, bool escape);

}  // namespace cef::render
