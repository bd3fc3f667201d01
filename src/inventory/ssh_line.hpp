// One line of ssh's configuration, whether it stands in a file or comes from `ssh -G`.
#pragma once

#include "ssh_words.hpp"

#include <cef/inventory/ssh_config.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef::inventory {

/// Sets what the line says, and `keyword` to its name in small letters. Returns why it cannot be used, empty when it
/// can; nothing for a keyword that means nothing here.
std::optional<std::string> read_ssh_line(const SshLine& line, SshSettings& says, std::string_view& keyword);

}  // namespace cef::inventory
