// Text split into words as a shell does it.
#pragma once

#include <cef/core/result.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

/// Quotes and backslashes as in sh, nothing expanded. With `comments`, `#` outside quotes ends the text, even inside a
/// word. Errors: usage, for a quote or a backslash without its end. Source: Python's shlex.split, which Ansible uses.
Result<std::vector<std::string>> split_words(std::string_view text, bool comments = false);

}  // namespace cef::inventory
