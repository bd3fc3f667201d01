#include "agent_message.hpp"

#include "base64.hpp"
#include "handles.hpp"
#include "wire.hpp"

#include <cstdint>

namespace cef::transport {

namespace {

constexpr char request_identities = 11, identities = 12;
constexpr std::uint32_t most_keys = 1024;

std::string with_length(const std::string& message) {
  std::string framed;
  wire::add_string(framed, message);
  return framed;
}

// libssh stops at the first key of an agent that it cannot read, so it must never see one.
bool is_usable(const AgentKey& key) {
  std::string_view rest = key.blob;
  const auto type = wire::take_string(rest);
  if (!type || *type == "ssh-dss") return false;  // for which libssh could not get a signature
  const auto known = ssh_key_type_from_name(std::string(*type).c_str());
  ssh_key read = nullptr;
  const bool good =
      known != SSH_KEYTYPE_UNKNOWN && (ssh_pki_import_pubkey_base64(key.base64.c_str(), known, &read) == SSH_OK ||
                                       ssh_pki_import_cert_base64(key.base64.c_str(), known, &read) == SSH_OK);
  ssh_key_free(read);
  return good;
}

}  // namespace

std::string identities_request() { return with_length(std::string(1, request_identities)); }

std::string identities_answer(const std::vector<const AgentKey*>& keys) {
  std::string message(1, identities);
  wire::add_number(message, keys.size());
  for (const AgentKey* key : keys) {
    wire::add_string(message, key->blob);
    wire::add_string(message, key->comment);
  }
  return with_length(message);
}

std::optional<std::vector<AgentKey>> parse_identities(std::string_view message) {
  if (message.empty() || message.front() != identities) return std::nullopt;
  message.remove_prefix(1);
  const auto count = wire::take_number<std::uint32_t>(message);
  if (!count || *count > most_keys) return std::nullopt;
  std::vector<AgentKey> keys;
  for (std::uint32_t i = 0; i < *count; ++i) {
    const auto blob = wire::take_string(message), comment = wire::take_string(message);
    if (!blob || !comment) return std::nullopt;
    AgentKey key{std::string(*comment), to_base64(*blob), std::string(*blob)};
    if (is_usable(key)) keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace cef::transport
