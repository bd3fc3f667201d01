#include "plain_packets.hpp"

#include "wire.hpp"

#include <catch2/catch.hpp>

namespace cef::transport::plain_packets_tests {

namespace {

std::string packet(const std::string& payload) {
  constexpr std::size_t padding = 6;
  std::string inner(1, static_cast<char>(padding));
  inner += payload;
  inner.append(padding, '\0');
  std::string bytes;
  wire::add_string(bytes, inner);
  return bytes;
}

std::string kexinit(const std::string& names) {
  std::string payload = '\x14' + std::string(16, 'c');
  wire::add_string(payload, names);
  return packet(payload);
}

std::string disconnect(const std::string& words) {
  std::string payload("\x01\0\0\0\x02", 5);
  wire::add_string(payload, words);
  wire::add_string(payload, "");
  return packet(payload);
}

}  // namespace

TEST_CASE("what a server says before it encrypts is seen, behind its version line and without", "[transport]") {
  const std::string version = GENERATE("", "SSH-2.0-OpenSSH_9.2\r\n");
  const auto seen = look_at_packets(version + kexinit("a,b") + disconnect("gone\nfor lunch\r\n"));
  CHECK(seen.key_exchanges == "a,b");
  CHECK(seen.farewell == "gone.for lunch");
  CHECK(look_at_packets(version + kexinit("a")).farewell == std::nullopt);
}

TEST_CASE("packets that are not whole, or no packets, say nothing", "[transport]") {
  const std::string whole = "SSH-2.0-x\r\n" + kexinit("a,b");
  for (std::size_t size = 0; size < whole.size(); ++size)
    CHECK_FALSE(look_at_packets(whole.substr(0, size)).key_exchanges);
  // Behind SSH_MSG_NEWKEYS all is encrypted.
  CHECK_FALSE(look_at_packets(packet("\x15") + disconnect("no")).farewell);
  CHECK_FALSE(look_at_packets(std::string("\0\0\0\0", 4) + disconnect("no")).farewell);
  CHECK_FALSE(look_at_packets(std::string("\0\0\0\2\xff\1", 6)).farewell);
  CHECK(look_at_packets(disconnect(std::string(100'000, 'x'))).farewell.value_or("").size() < 1000);
}

TEST_CASE("a key exchange is costly when nothing cheaper is common", "[transport]") {
  constexpr auto ours = "curve25519-sha256,diffie-hellman-group14-sha256,diffie-hellman-group18-sha512";
  CHECK(is_costly_exchange(ours, "diffie-hellman-group18-sha512"));
  CHECK_FALSE(is_costly_exchange(ours, "diffie-hellman-group18-sha512,curve25519-sha256"));
  CHECK_FALSE(is_costly_exchange(ours, "diffie-hellman-group14-sha256"));
  CHECK_FALSE(is_costly_exchange(ours, "unknown"));
  CHECK_FALSE(is_costly_exchange(ours, ""));
}

}  // namespace cef::transport::plain_packets_tests
