#include <cef/transport/version.hpp>

#include <libssh/libssh.h>

namespace cef::transport {

std::string libssh_version() { return ssh_version(0); }

}  // namespace cef::transport
