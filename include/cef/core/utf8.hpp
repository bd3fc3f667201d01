// UTF-8, one character at a time, for bytes that may be anything.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace cef {

struct Character {
  char32_t code = U'\uFFFD';  // the replacement character for a byte that is not UTF-8
  std::size_t size = 1;       // bytes taken; 1 for an invalid one
  bool valid = false;
};

/// The first character of `text`, which is not empty. Overlong forms, surrogates, numbers past U+10FFFF and sequences
/// cut short are invalid. Source: Unicode 15, table 3-7 (well-formed UTF-8 byte sequences).
Character decode(std::string_view text);

/// `code` as UTF-8, at the end of `text`. A surrogate becomes three bytes, which decode() does not take for one.
void append_utf8(std::string& text, char32_t code);

}  // namespace cef
