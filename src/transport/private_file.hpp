// A private key file's bytes, and whether others can get at them.
#pragma once

#include <cef/core/result.hpp>

#include <optional>
#include <string>

namespace cef::transport {

struct PrivateFile {
  std::string text;
  /// Its mode, when it belongs to this user and others may read or write it: ssh does not use such a key.
  std::optional<unsigned> exposed;
};

/// Errors, as text: what the system says, or that it is longer than any key.
Result<PrivateFile, std::string> read_private_file(const std::string& path);

}  // namespace cef::transport
