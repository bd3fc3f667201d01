#include "openssl/key_reuse.hpp"

#include "handles.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>

#include <array>
#include <vector>

namespace cef::transport::key_reuse_tests {

namespace {

using Pkey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Context = std::unique_ptr<EVP_PKEY_CTX, Release<EVP_PKEY_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Bytes = std::array<unsigned char, 32>;

Pkey generate(int type) {
  const Context context(EVP_PKEY_CTX_new_id(type, nullptr));
  EVP_PKEY* key = nullptr;
  REQUIRE(EVP_PKEY_keygen_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_keygen(context.get(), &key) == 1);
  return Pkey(key);
}

Bytes raw_of(const Pkey& key) {
  Bytes raw{};
  std::size_t size = raw.size();
  REQUIRE(EVP_PKEY_get_raw_private_key(key.get(), raw.data(), &size) == 1);
  return raw;
}

Pkey import(int type, const Bytes& raw) {
  return Pkey(EVP_PKEY_new_raw_private_key(type, nullptr, raw.data(), raw.size()));
}

Bytes shared_secret(const Pkey& own, const Pkey& peer) {
  const Context context(EVP_PKEY_CTX_new(own.get(), nullptr));
  Bytes secret{};
  std::size_t size = secret.size();
  REQUIRE(EVP_PKEY_derive_init(context.get()) == 1);
  REQUIRE(EVP_PKEY_derive_set_peer(context.get(), peer.get()) == 1);
  REQUIRE(EVP_PKEY_derive(context.get(), secret.data(), &size) == 1);
  return secret;
}

bool signs_for(const Pkey& signer, const Pkey& verifier) {
  const unsigned char text[] = "a session's identifier";
  std::array<unsigned char, 64> signature{};
  std::size_t size = signature.size();
  const Digest sign(EVP_MD_CTX_new()), verify(EVP_MD_CTX_new());
  REQUIRE(EVP_DigestSignInit(sign.get(), nullptr, nullptr, nullptr, signer.get()) == 1);
  REQUIRE(EVP_DigestSign(sign.get(), signature.data(), &size, text, sizeof text) == 1);
  REQUIRE(EVP_DigestVerifyInit(verify.get(), nullptr, nullptr, nullptr, verifier.get()) == 1);
  return EVP_DigestVerify(verify.get(), signature.data(), size, text, sizeof text) == 1;
}

}  // namespace

TEST_CASE("a user's key is imported once, and each one signs for itself", "[transport]") {
  reuse_private_keys();
  const Pkey first = generate(EVP_PKEY_ED25519), second = generate(EVP_PKEY_ED25519);
  const Bytes first_raw = raw_of(first), second_raw = raw_of(second);
  for (int login = 0; login < 3; ++login) {
    const Pkey one = import(EVP_PKEY_ED25519, first_raw), other = import(EVP_PKEY_ED25519, second_raw);
    CHECK(one.get() == import(EVP_PKEY_ED25519, first_raw).get());
    CHECK(one.get() != other.get());
    CHECK(signs_for(one, first));
    CHECK(signs_for(other, second));
    CHECK_FALSE(signs_for(one, second));
  }
}

TEST_CASE("more keys than are remembered still work", "[transport]") {
  reuse_private_keys();
  std::vector<Pkey> keys;
  for (int i = 0; i < 40; ++i) keys.push_back(generate(EVP_PKEY_ED25519));
  for (int round = 0; round < 2; ++round)
    for (const Pkey& key : keys) CHECK(signs_for(import(EVP_PKEY_ED25519, raw_of(key)), key));
}

TEST_CASE("key exchanges under way at once keep their own keys", "[transport]") {
  reuse_private_keys();
  const Pkey server = generate(EVP_PKEY_X25519);
  std::vector<Pkey> clients;
  std::vector<Bytes> raw;
  for (int i = 0; i < 300; ++i) {  // more than are remembered
    clients.push_back(generate(EVP_PKEY_X25519));
    raw.push_back(raw_of(clients.back()));
  }
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const Pkey again = import(EVP_PKEY_X25519, raw[i]);
    CHECK(shared_secret(again, server) == shared_secret(server, clients[i]));
    // Used once, it is forgotten: the bytes alone make it again.
    CHECK(import(EVP_PKEY_X25519, raw[i]).get() != again.get());
  }
}

}  // namespace cef::transport::key_reuse_tests
