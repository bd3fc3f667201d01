// The one way of messages to standard error: what hosts, inventories and files say in them does nothing to a terminal.
#pragma once

#include <string>
#include <string_view>

namespace cef::cli {

/// Text as standard error is to have it: on a terminal control characters are shown escaped.
std::string error_text(std::string_view text);

/// Writes it there, and waits for whoever reads it.
void write_error(std::string_view text);
/// What has been made safe before, and may have colours.
void write_shown(std::string_view text);

}  // namespace cef::cli
