// What is said to an ssh-agent and what it says. Source: draft-miller-ssh-agent, 3.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::transport {

/// A key that an agent holds.
struct AgentKey {
  std::string comment;
  std::string base64;  // the public key, or a certificate, as public key files hold it
  std::string blob;    // the same in binary
};

/// SSH_AGENTC_REQUEST_IDENTITIES, with its length.
std::string identities_request();
/// The answer to it, with its length, of an agent that holds these keys.
std::string identities_answer(const std::vector<const AgentKey*>& keys);
/// The keys of such an answer, without its length, that libssh can use; nothing when it is malformed or a refusal.
std::optional<std::vector<AgentKey>> parse_identities(std::string_view message);

}  // namespace cef::transport
