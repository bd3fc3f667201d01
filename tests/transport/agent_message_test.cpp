#include "agent_message.hpp"

#include "../support/keys.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>

namespace cef::transport::agent_message_tests {

namespace {

AgentKey agent_key(const char* name, std::string comment) {
  const std::string line = testing::public_key(name);
  AgentKey key{std::move(comment), line.substr(line.find(' ') + 1), {}};
  key.blob.resize(key.base64.size());
  int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.blob.data()),
                      reinterpret_cast<const unsigned char*>(key.base64.data()), static_cast<int>(key.base64.size()));
  for (auto at = key.base64.size(); at > 0 && key.base64[at - 1] == '='; --at) --size;
  key.blob.resize(static_cast<std::size_t>(size));
  return key;
}

}  // namespace

TEST_CASE("an agent's answer is read as it was written", "[transport]") {
  const AgentKey one = agent_key("ed25519", "first"), two = agent_key("rsa2048", "");
  const std::string answer = identities_answer({&one, &two});
  const auto keys = parse_identities(std::string_view(answer).substr(4));
  REQUIRE(keys);
  REQUIRE(keys->size() == 2);
  CHECK((*keys)[0].comment == "first");
  CHECK((*keys)[0].base64 == one.base64);
  CHECK((*keys)[1].blob == two.blob);
}

TEST_CASE("keys that libssh cannot read are left out, for it would stop at them", "[transport]") {
  const AgentKey good = agent_key("ed25519", "good");
  const AgentKey odd{"odd", "", std::string("\0\0\0\7unknown", 11)};
  const std::string answer = identities_answer({&odd, &good});
  const auto keys = parse_identities(std::string_view(answer).substr(4));
  REQUIRE(keys);
  REQUIRE(keys->size() == 1);
  CHECK(keys->front().comment == "good");
}

TEST_CASE("an answer that was cut or lies about lengths is none", "[transport]") {
  const AgentKey key = agent_key("ed25519", "comment");
  const std::string answer = identities_answer({&key}).substr(4);
  for (std::size_t size = 0; size < answer.size(); ++size) CHECK_FALSE(parse_identities(answer.substr(0, size)));
  CHECK_FALSE(parse_identities("\x05"));  // SSH_AGENT_FAILURE
  CHECK_FALSE(parse_identities("\x0c\xff\xff\xff\xff"));
}

}  // namespace cef::transport::agent_message_tests
