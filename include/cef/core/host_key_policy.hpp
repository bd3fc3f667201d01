// What to do about a host whose key is not in known_hosts. A changed key is refused by all of them but `off`.
#pragma once

#include <optional>
#include <string_view>

namespace cef {

enum class HostKeyPolicy { ask, accept_new, strict, off };

std::string_view name_of(HostKeyPolicy policy);
/// `ask`, `accept-new`, `strict` (or ssh's `yes`), `off` (or ssh's `no`).
std::optional<HostKeyPolicy> host_key_policy_from(std::string_view text);

}  // namespace cef
