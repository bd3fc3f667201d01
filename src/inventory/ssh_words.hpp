// The words of ssh_config's lines.
#pragma once

#include <cef/core/result.hpp>

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

}  // namespace cef::inventory
