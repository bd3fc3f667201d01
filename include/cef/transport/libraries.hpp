// What the sessions are made of, for `cef --version`.
#pragma once

#include <string>

namespace cef::transport {

/// The libraries and their versions as they are loaded, not as they were when this was compiled: `libssh
/// 0.10.6/openssl, OpenSSL 3.0.17 ...`.
std::string libraries();

}  // namespace cef::transport
