#include <cef/core/host_key_policy.hpp>

namespace cef {

std::string_view name_of(HostKeyPolicy policy) {
  switch (policy) {
    case HostKeyPolicy::ask:
      return "ask";
    case HostKeyPolicy::accept_new:
      return "accept-new";
    case HostKeyPolicy::strict:
      return "strict";
    case HostKeyPolicy::off:
      return "off";
  }
  return "strict";
}

std::optional<HostKeyPolicy> host_key_policy_from(std::string_view text) {
  if (text == "ask") return HostKeyPolicy::ask;
  if (text == "accept-new") return HostKeyPolicy::accept_new;
  if (text == "strict" || text == "yes") return HostKeyPolicy::strict;
  if (text == "off" || text == "no") return HostKeyPolicy::off;
  return std::nullopt;
}

}  // namespace cef
