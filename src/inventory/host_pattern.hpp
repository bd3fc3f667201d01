// The key of a host in an inventory: a name or a range of names, and perhaps a port.
#pragma once

#include <cef/core/result.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::inventory {

struct HostPattern {
  std::vector<std::string> names;
  std::optional<std::int64_t> port;
};

/// `web1`, `web[01:20]:2222`, `[2001:db8::1]:22`. Ansible's rules: what does not look like a host with a port is a name
/// as it stands; cef's spellings of ranges are understood as well. Errors: usage, as expand() gives.
Result<HostPattern> parse_host_pattern(std::string_view text);

/// Whether Ansible takes `text` for one host (or range of hosts), with or without a port.
bool is_address(std::string_view text);

}  // namespace cef::inventory
