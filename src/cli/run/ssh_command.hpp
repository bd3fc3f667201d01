// How the system's ssh logs in to a host as cef would: for `cef ssh`, and for other tools as lines of ssh's
// configuration.
#pragma once

#include <cef/fleet/targets.hpp>
#include <cef/inventory/inventory.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cef::cli {

/// Ssh's configuration that counts for the host: nothing for the usual files, else `none` or a file.
using SshConfigFile = std::optional<std::string>;

/// The program and its arguments; the command of the host comes after them. ssh itself still reads its configuration
/// for what cef does not know (ForwardAgent, LocalForward): the destination is what the inventory calls the address. A
/// password is not among them: ssh asks for it.
std::vector<std::string> ssh_command(const transport::Target& target, const std::string& destination,
                                     const SshConfigFile& config);

/// A `Host` block that stands for itself: jump hosts too are in it.
std::string ssh_config_block(const transport::Target& target);

}  // namespace cef::cli
