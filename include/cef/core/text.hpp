// Text: its parts, how wide it is on a terminal, how to cut and pad it, and how to show bytes that came from a host.
#pragma once

#include <cef/core/column.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cef {

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Without the `blanks` at both ends.
std::string_view trim(std::string_view text, std::string_view blanks = " \t\r\n");

/// Of a file that begins with one, as editors of Windows write them.
std::string_view without_byte_order_mark(std::string_view text);

/// Up to the first line feed, or all of it.
std::string_view first_line(std::string_view text);

/// ASCII letters as small ones; every other byte as it is.
std::string lower(std::string_view text);

/// Terminal cells: east-asian wide characters and emoji count 2, combining, zero-width and control characters 0; what
/// joins to one emoji counts once. Bytes that are not UTF-8 count 1 each, as they show as U+FFFD.
/// Source: Unicode UAX 11 and the general categories Mn, Me, Cf.
std::size_t display_width(std::string_view text);

/// At most `width` cells; what does not fit is cut at a character and ends in `…`.
std::string cut(std::string_view text, std::size_t width);

/// cut() and padded with spaces to `width` cells.
std::string fit(std::string_view text, std::size_t width, Align align = Align::left);

/// Lines of at most `width` cells, broken at line feeds and, where possible, at spaces; 0: at line feeds only. At least
/// one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Control characters (C0 but line feed and tab, DEL, C1) and invalid bytes as `\x1b`; bidirectional overrides as
/// `\u202e`: what a host sends cannot move the cursor, change colours or turn text around.
std::string escape_controls(std::string_view text);

/// `a, b and 5 more`: of `total` names, of which `names` are the first. Some `most` of them are told, and their control
/// characters escaped.
std::string some_of(const std::vector<std::string>& names, std::size_t total, std::size_t most);

/// Each invalid byte replaced by U+FFFD.
std::string valid_utf8(std::string_view text);

}  // namespace cef
