#include "packets.hpp"

#include <arpa/inet.h>
#include <cstdint>
#include <random>
#include <string_view>
#include <utility>

namespace cef::simulator {

namespace {

std::string with_length(std::string_view text) {
  const std::uint32_t size = htonl(static_cast<std::uint32_t>(text.size()));
  std::string bytes(reinterpret_cast<const char*>(&size), sizeof size);
  return bytes += text;
}

std::string packet(std::string payload) {
  const std::size_t padding = 4 + (8 - (payload.size() + 4 + 5) % 8) % 8;
  payload = static_cast<char>(padding) + payload;
  return with_length(payload.append(padding, '\0'));
}

}  // namespace

std::string random_bytes(std::size_t size) {
  std::string bytes(size, '\0');
  std::random_device random;
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

std::string disconnect() {
  return packet(std::string("\1\0\0\0\2", 5) + with_length("closed for maintenance until noon") + with_length(""));
}

std::string begun_key_exchange() {
  constexpr char kexinit = 20;
  std::string payload = kexinit + random_bytes(16);
  for (const char* names : {"curve25519-sha256", "ssh-ed25519", "aes128-gcm@openssh.com", "aes128-gcm@openssh.com",
                            "hmac-sha2-256", "hmac-sha2-256", "none", "none", "", ""})
    payload += with_length(names);
  payload.append(5, '\0');  // no guess follows; reserved
  return "SSH-2.0-sshsim\r\n" + packet(std::move(payload));
}

}  // namespace cef::simulator
