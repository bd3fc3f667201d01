// The passwords of vaults that a command line and ansible.cfg name.
#pragma once

#include "app.hpp"

#include <cef/playbook/load.hpp>

#include <vector>

namespace cef::cli {

/// From files, and asked for where that is asked for. Errors: usage, for a file that cannot be read and a terminal that
/// is not there.
Result<std::vector<playbook::VaultPassword>> vault_passwords(const Context& context, const playbook::Config& config);

}  // namespace cef::cli
