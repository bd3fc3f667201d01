// A public key as it stands in a file; the task authorized_key puts it into a user's authorized_keys.
#pragma once

#include <cef/core/result.hpp>

#include <filesystem>
#include <string>
#include <string_view>

namespace cef::tasks {

struct PublicKey {
  std::string type, blob, comment;  // as in a .pub file
  std::string line() const;
};

/// The first line of a `.pub` file. Errors: key_unreadable.
Result<PublicKey> parse_public_key(std::string_view line);
/// The key in a `.pub` file. Errors: key_unreadable, also for a private key and for what is no key at all.
Result<PublicKey> read_public_key(const std::filesystem::path& path);

}  // namespace cef::tasks
