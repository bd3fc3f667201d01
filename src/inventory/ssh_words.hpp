// The words of ssh_config's lines.
#pragma once

#include <cef/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

struct SshLine {
  std::string keyword;  // empty for a comment or a blank line
  std::vector<std::string> words;
  std::string rest;  // all behind the keyword, for values that are a shell's
};

/// `Keyword words`, `Keyword=words`: quotes of both kinds, a backslash before a quote, a backslash or a blank, and `#`
/// at the start of a word ends the line. Errors: what is wrong, as text.
Result<SshLine, std::string> split_ssh_line(std::string_view line);

/// A port by its number or by its service's name (`ssh`); none for any other text.
std::optional<std::uint16_t> ssh_port(const std::string& text);

std::optional<bool> yes_or_no(std::string_view text);

/// `*` and `?` and nothing else, unlike the shell's patterns.
bool matches_ssh_pattern(std::string_view pattern, std::string_view text);
/// `a*,!ab`: patterns between commas. False where one with `!` matches.
bool in_ssh_list(std::string_view list, std::string_view text);

}  // namespace cef::inventory
