// The container of OpenSSH's private keys, openssh-key-v1. It is read here and not by libssh, whose reader does not
// survive every file that ssh-keygen writes: libssh is given keys that are plain and whole.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {

/// Why a key cannot be used.
struct KeyProblem {
  enum class Kind {
    locked,   // it needs a passphrase
    wrong,    // the passphrase does not fit, or the file is damaged: nobody can tell
    unusable  // no passphrase would help
  } kind = Kind::unusable;
  std::string why, hint{};
};

/// What stands in the file, nothing of it decrypted.
struct KeyContainer {
  std::string cipher, kdf, salt;
  std::uint32_t rounds = 0;
  std::string public_key;  // blob
  std::string secrets;     // the section that is encrypted, if anything is
  std::string tag;         // by which ciphers that authenticate know a wrong passphrase

  bool is_locked() const { return cipher != "none"; }
};

/// Whether a file's text is of this format; one in PEM, say, is not.
bool is_key_container(std::string_view text);
/// Errors: unusable, for a file that is cut short or damaged, or encrypted by a cipher that is not known.
/// Source: OpenSSH's PROTOCOL.key.
Result<KeyContainer, KeyProblem> parse_key_container(std::string_view text);
/// The same key unencrypted, as a file's text, of a kind that libssh can sign with. `passphrase` is not looked at when
/// the container is not locked.
Result<std::string, KeyProblem> open_key_container(const KeyContainer& container, std::string_view passphrase);
/// The text of an unencrypted file that holds an ed25519 key: `seed` and `public_half` have 32 bytes each.
std::string ed25519_container(std::string_view seed, std::string_view public_half);

Unexpected<KeyProblem> wrong();
Unexpected<KeyProblem> unusable(std::string why, std::string hint = "make a new one with ssh-keygen -t ed25519");
/// What is wrong with keys of a type that no login is made with here; nothing for the others.
std::optional<KeyProblem> unusable_type(std::string_view type);
/// The same of an RSA key that has so many bits.
std::optional<KeyProblem> unusable_rsa(std::size_t bits);

}  // namespace cef::transport
