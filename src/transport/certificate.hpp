// What cef reads of an OpenSSH user certificate itself; libssh only passes it on.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {

struct Validity {
  std::chrono::system_clock::time_point from, until;  // the earliest and latest a time_point holds: unlimited
};

/// Of a certificate as its file holds it: `TYPE BASE64 COMMENT`. Nothing when it is malformed.
/// Source: OpenSSH's PROTOCOL.certkeys.
std::optional<Validity> validity_of(std::string_view line);

/// Whether it certifies the public key whose base64 this is.
bool certifies(std::string_view line, std::string_view key_base64);

/// Why the certificate of that file is of no use at that time; empty when it is.
std::string lapse(const std::string& path, const Validity& validity, std::chrono::system_clock::time_point now);

}  // namespace cef::transport
