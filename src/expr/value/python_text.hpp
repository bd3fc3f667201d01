// Values as Python writes them: what Ansible shows where a list or a number becomes a part of a text.
#pragma once

#include "value/any.hpp"

namespace cef::expr {

/// Python's str(): a text as it is, None as `None`.
std::string text_of(const Any& any, Budget& budget);
/// Python's repr(): texts in quotes.
std::string repr(const Any& any, Budget& budget);
std::string repr(std::string_view text);
std::string float_text(double number);
/// A mapping's key in JSON: `true` for True, `null` for None, numbers as text.
std::string key_text(const Any& key);

/// A short form for messages: at most 60 characters of repr().
std::string shown(const Any& any, Budget& budget);

}  // namespace cef::expr
