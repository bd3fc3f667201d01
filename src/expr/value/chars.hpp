// Texts as Python sees them: characters, not bytes. A byte that is not UTF-8 counts as one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace cef::expr {

bool ascii(std::string_view text);
std::size_t char_count(std::string_view text);
std::vector<std::string_view> chars(std::string_view text);
/// Where each character begins, and the end: one more than there are characters.
std::vector<std::size_t> char_offsets(std::string_view text);

/// Python's str.isspace() of one character, str.isalpha(), ...
bool is_space(char32_t code);
bool is_letter(char32_t code);
bool is_printable(char32_t code);
/// Of ASCII, Latin, Greek and Cyrillic letters; all others as they are.
char32_t to_lower(char32_t code);
char32_t to_upper(char32_t code);
std::string lower_case(std::string_view text);
std::string upper_case(std::string_view text);
/// The first character upper, the others lower.
std::string capitalized(std::string_view text);

/// Without the blanks, or the characters of `set`, at either end.
std::string_view strip(std::string_view text, bool left = true, bool right = true);
std::string_view strip(std::string_view text, std::string_view set, bool left = true, bool right = true);

/// At every kind of line end that str.splitlines() knows.
std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends = false);
std::vector<std::string_view> split_blanks(std::string_view text, std::int64_t most = -1);
std::vector<std::string_view> split_at(std::string_view text, std::string_view separator, std::int64_t most = -1);
std::string replace_all(std::string_view text, std::string_view old, std::string_view with, std::int64_t most = -1);

}  // namespace cef::expr
