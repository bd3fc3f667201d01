// Key pairs by name, made once for a build folder and kept there: RSA keys take too long to make for every test.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace cef::testing {

/// The private key file of that name; the public one is beside it, as `.pub`. Names: `ed25519`, `ecdsa256`, `ecdsa384`,
/// `ecdsa521`, `rsa2048`, `rsa3072`, `dsa`; with `-pem` (PKCS#1 or SEC1) and `-pkcs8` for the RSA and ECDSA ones, and
/// `ed25519-pkcs8`; `-locked` is encrypted with the passphrase below, by the cipher that follows where one does
/// (`ed25519-locked-aes256-gcm@openssh.com`); any other word at the end (`ed25519-host`) is one more key of that kind.
std::filesystem::path key_file(std::string_view name);

/// The public key as a line of an authorized_keys or (after a host's name) known_hosts file, without its comment.
std::string public_key(std::string_view name);

/// Its SHA256 fingerprint, as `SHA256:...`.
std::string fingerprint(std::string_view name);

inline constexpr std::string_view key_passphrase = "open sesame";

}  // namespace cef::testing
