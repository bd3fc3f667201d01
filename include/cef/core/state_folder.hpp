// Where cef keeps what it remembers between runs.
#pragma once

#include <filesystem>

namespace cef {

/// $CEF_STATE_DIR, $XDG_STATE_HOME/cef or ~/.local/state/cef; for root without a home /var/lib/cef.
std::filesystem::path state_folder();

}  // namespace cef
