// ssh's ProxyCommand: a program whose standard input and output are the way to a host. Most are an ssh that only passes
// the connection on, which is a jump host; any other is to be run. Source: ssh_config(5), ProxyCommand and TOKENS.
#pragma once

#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/inventory/ssh_config.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef::inventory {

struct ProxyJump {
  std::string host;                       // [user@]host
  Settings settings;                      // what its options say of the login there
  std::optional<std::string> ssh_config;  // -F: `none`, or a path as written
};

/// The jump host of `ssh [options] -W %h:%p bastion` and of `ssh [options] bastion nc %h %p`, whatever ssh's path.
/// Nothing for a command of which anything is not understood.
std::optional<ProxyJump> jump_of_proxy_command(std::string_view command, const SshTokens& tokens);

/// The command for a shell. Errors: jump_failed, for a token that is not known, and for names of hosts and users that a
/// shell would read as more than a name.
Result<std::string> expand_proxy_command(std::string_view command, const SshTokens& tokens);

}  // namespace cef::inventory
