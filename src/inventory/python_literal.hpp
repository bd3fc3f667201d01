// Values in INI inventories are Python literals where they can be: `8080`, `True`, `['a', 'b']`, `{'x': 1}`.
#pragma once

#include <cef/core/value.hpp>

#include <string_view>

namespace cef::inventory {

/// The literal's value, tuples as lists, keys of dictionaries as JSON shows them; the text itself when it is none.
/// Source: Python's ast.literal_eval, as Ansible uses it.
Value python_literal(std::string_view text);

}  // namespace cef::inventory
