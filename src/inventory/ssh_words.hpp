// The words of ssh's own languages: lines of ssh_config, and the older way to write a jump host.
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
};

/// `Keyword words`, `Keyword=words`: quotes of both kinds, a backslash before a quote, a backslash or a blank, and `#`
/// at the start of a word ends the line. Errors: what is wrong, as text.
Result<SshLine, std::string> split_ssh_line(std::string_view line);

/// A port by its number or by its service's name (`ssh`); none for any other text.
std::optional<std::uint16_t> ssh_port(const std::string& text);

/// The jump host of `ssh -W %h:%p [-q] [-p port] [-l user] bastion`; none for any other command.
std::optional<std::string> jump_of_proxy_command(const std::vector<std::string>& words);

}  // namespace cef::inventory
