// The ciphers that ssh-keygen encrypts private key files by (`ssh-keygen -Z`).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {

struct KeyContainer;

struct KeyCipher {
  std::string_view name;
  const char* openssl;  // its name there; null for the one that is made of two
  std::size_t key, iv, block, tag;
};

/// Nothing for a name that OpenSSH does not know either.
std::optional<KeyCipher> key_cipher(std::string_view name);

/// The private section of a locked container whose cipher is known. Nothing when the passphrase is known not to fit;
/// ciphers without a tag do not know it.
std::optional<std::string> decrypt_key(const KeyContainer& container, std::string_view passphrase);

}  // namespace cef::transport
