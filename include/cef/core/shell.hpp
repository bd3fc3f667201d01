// Quoting for the shell of a host, whichever it is.
#pragma once

#include <string>
#include <string_view>

namespace cef {

/// `text` as one word for sh, bash, zsh, ksh, fish, and (without line breaks) csh. Backslash and `!` stand outside the
/// quotes, because fish and csh give them a meaning inside.
std::string shell_quote(std::string_view text);

}  // namespace cef
