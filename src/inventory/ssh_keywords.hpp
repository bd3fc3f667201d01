// All keywords of ssh's client configuration, so that a slip of the pen is told from one that means nothing here.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace cef::inventory {

/// In small letters: those of ssh_config(5) in OpenSSH 7 to 10, those that ssh still takes and ignores, and those that
/// distributions and Apple have added.
std::span<const std::string> ssh_keywords();
bool is_ssh_keyword(std::string_view word);

}  // namespace cef::inventory
