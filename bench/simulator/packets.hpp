// What is said before there is any encryption, put together by hand: libssh would do it as it should be done.
#pragma once

#include <cstddef>
#include <string>

namespace cef::simulator {

std::string random_bytes(std::size_t size);

/// The end of a connection, with a word on why. Source: RFC 4253, 11.1.
std::string disconnect();

/// The banner and the offer that begins a key exchange, of which nothing will come. libssh would go on with it by
/// itself where the client's answers arrive fast. Source: RFC 4253, 6 (packets) and 7.1 (SSH_MSG_KEXINIT).
std::string begun_key_exchange();

}  // namespace cef::simulator
