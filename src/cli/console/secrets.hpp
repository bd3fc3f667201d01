// Passwords and passphrases from the user: typed on the terminal without echo, told by the program that SSH_ASKPASS
// names, or read from a file. They never come from an option's value, which every user of the machine could read.
#pragma once

#include "options/options.hpp"

#include <cef/core/result.hpp>
#include <cef/core/secret.hpp>
#include <cef/core/warn.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef::cli {

/// The first line of the file that the option `name` gives; nothing when it is not set. Warns when others than its
/// owner can read the file. Errors: usage, for a file that cannot be read or is empty, and for `-`: standard input may
/// hold the list of hosts.
Result<std::optional<Secret>> secret_from_file(const Options& options, std::string_view name, const Warn& warn);

/// Whether somebody can be asked: on a terminal, or by SSH_ASKPASS as ssh would use it (SSH_ASKPASS_REQUIRE counts).
bool can_ask_secret();

/// Asks, and waits for the answer. To be called before the run: it blocks. Errors: usage, with `otherwise` for a hint,
/// when nobody can be asked; interrupted, for Ctrl-C, the end of the input, or a program that says no.
Result<Secret> ask_secret(const std::string& prompt, const std::string& otherwise);

/// The password of `name`-the-flag (asked once, with `prompt`) or of `file`-the-option; nothing when neither is set.
/// Errors: usage, also when both are given on the command line; interrupted.
Result<std::optional<Secret>> secret_from(const Options& options, std::string_view flag, std::string_view file,
                                          const std::string& prompt, const Warn& warn);

}  // namespace cef::cli
