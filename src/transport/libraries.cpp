#include <cef/transport/libraries.hpp>

#include <fmt/format.h>
#include <libssh/libssh.h>
#include <openssl/crypto.h>

namespace cef::transport {

std::string libraries() { return fmt::format("libssh {}, {}", ssh_version(0), OpenSSL_version(OPENSSL_VERSION)); }

}  // namespace cef::transport
