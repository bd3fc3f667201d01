// What a server's packets say before they are encrypted: how costly the key exchange will be, and why it is broken off,
// which libssh forgets.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {

struct PlainPackets {
  std::optional<std::string> key_exchanges;  // the server's, of its SSH_MSG_KEXINIT
  std::optional<std::string> farewell;       // the words of its SSH_MSG_DISCONNECT
};

/// `bytes`: from the server's version line or the begin of a packet on; what is not whole yet is not looked at.
/// Source: RFC 4253, 6 (packets), 7.1 and 11.1.
PlainPackets look_at_packets(std::string_view bytes);

/// Whether the one that a client with the list `ours` begins takes tens of milliseconds of computing.
bool is_costly_exchange(std::string_view ours, std::string_view theirs);

}  // namespace cef::transport
