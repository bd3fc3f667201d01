// What hosts answer in the dialogues of transfers: lines of words, and what their tools complain of.
#pragma once

#include <cef/core/error.hpp>
#include <cef/core/reason.hpp>

#include <charconv>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// Whether a script begins after this line, by which it says so. Start-up files may have said something before, and may
/// not have ended their line.
inline bool ends_greeting(std::string_view line, std::string_view mark) { return line.ends_with(mark); }

/// Without the blanks between them.
std::vector<std::string_view> words_of(std::string_view line);

/// A whole number of digits alone.
template <class Number>
std::optional<Number> number_of(std::string_view text, int base = 10) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, base);
  if (error != std::errc() || end != text.data() + text.size() || text.starts_with('-')) return std::nullopt;
  return number;
}

/// `-rwxr-x---` as chmod takes it, without the bits that let a program run as another user. Nothing for what is no
/// file.
std::optional<unsigned> mode_of(std::string_view text);

/// Of two transfers to one target the later one.
Error taken_over(const std::string& dest);

/// Where a rate was asked for.
Error cannot_pace();

/// For messages: cut, and nothing of it moves the cursor.
std::string shown(std::string_view words);
/// `1.2 GiB`
std::string size_text(std::int64_t bytes);

}  // namespace cef::remote
