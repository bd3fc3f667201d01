// A public key, and the shell script that puts it into a user's authorized_keys.
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

/// The key in a `.pub` file. Errors: key_unreadable, also for a private key and for what is no key at all.
Result<PublicKey> read_public_key(const std::filesystem::path& path);

/// POSIX sh; takes the line on standard input and says `added` or `present`, or why not on standard error. The file is
/// replaced as a whole, so that it is never half written; what sshd's StrictModes wants of modes is put right.
/// With `check` it changes nothing.
std::string install_script(const PublicKey& key, bool check);

}  // namespace cef::tasks
