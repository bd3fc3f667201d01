// Which library carries the sessions, for --version.
#pragma once

#include <string>

namespace cef::transport {

/// The one that is loaded, not that of the headers: `0.10.6/openssl/zlib`.
std::string libssh_version();

}  // namespace cef::transport
