// OpenSSH's way from a passphrase to the key of a private key file. No library that is at hand offers it, only the
// bcrypt of password files, which ends in other bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace cef::transport {

/// `size` bytes, at most 1,024. Each round takes some eight milliseconds for every 32 of them. Empty when an argument
/// is: there is no key then. Source: OpenBSD's bcrypt_pbkdf(3); B. Schneier's Blowfish.
std::string bcrypt_pbkdf(std::string_view passphrase, std::string_view salt, std::uint32_t rounds, std::size_t size);

}  // namespace cef::transport
