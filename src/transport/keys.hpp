// The user's private keys, each read once per run however many hosts use it.
#pragma once

#include "handles.hpp"

#include <cef/core/result.hpp>

#include <map>
#include <string>
#include <vector>

namespace cef::transport {

class KeyRing {
 public:
  /// The key of a file in OpenSSH or PEM format, read at the first call. It lives as long as the ring and is only read,
  /// so any number of sessions may use it. Errors: key_unreadable, with the reason, also at every later call.
  Result<ssh_key> load(const std::string& path);

 private:
  std::map<std::string, Result<KeyHandle>> keys_;
};

/// The keys ssh tries when none is named, those that exist: ed25519 before ecdsa before rsa, the cheapest first.
std::vector<std::string> default_key_files();

}  // namespace cef::transport
