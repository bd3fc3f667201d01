#include "openssl/ed25519.hpp"

#include "handles.hpp"
#include "openssl/openssl_original.hpp"

#include <catch2/catch.hpp>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include <string>
#include <vector>

namespace cef::transport::ed25519_tests {

namespace {

using Pkey = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Bytes = std::vector<unsigned char>;

Bytes bytes(const std::string& hex) {
  Bytes raw;
  for (std::size_t i = 0; i < hex.size(); i += 2)
    raw.push_back(static_cast<unsigned char>(std::stoi(hex.substr(i, 2), nullptr, 16)));
  return raw;
}

Pkey private_key(const Bytes& seed) {
  return Pkey(EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, seed.data(), seed.size()));
}
Pkey public_key(const Bytes& raw) {
  return Pkey(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size()));
}

using Sign = decltype(EVP_DigestSign);
using Verify = decltype(EVP_DigestVerify);

Bytes signature(const Pkey& key, const Bytes& text, Sign* sign, const EVP_MD* hash = nullptr) {
  const Digest context(EVP_MD_CTX_new());
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, hash, nullptr, key.get()) == 1);
  std::size_t size = 0;
  REQUIRE(sign(context.get(), nullptr, &size, text.data(), text.size()) == 1);
  Bytes made(size);
  REQUIRE(sign(context.get(), made.data(), &size, text.data(), text.size()) == 1);
  made.resize(size);
  return made;
}

bool holds(const Pkey& key, const Bytes& signed_text, const Bytes& text, Verify* verify, const EVP_MD* hash = nullptr) {
  const Digest context(EVP_MD_CTX_new());
  REQUIRE(EVP_DigestVerifyInit(context.get(), nullptr, hash, nullptr, key.get()) == 1);
  return verify(context.get(), signed_text.data(), signed_text.size(), text.data(), text.size()) == 1;
}

Sign* openssl_sign() { return openssl_original<Sign>("EVP_DigestSign"); }
Verify* openssl_verify() { return openssl_original<Verify>("EVP_DigestVerify"); }

}  // namespace

TEST_CASE("Ed25519 signatures are those of RFC 8032, whoever computes them", "[transport]") {
  struct Case {
    const char *seed, *key, *text, *signature;
  };
  const auto c = GENERATE(values<Case>({
      {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
       "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
       "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
       "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
      {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
       "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
       "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
       "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
  }));
  use_libsodium();
  REQUIRE(openssl_sign() != &EVP_DigestSign);
  REQUIRE(openssl_verify() != &EVP_DigestVerify);
  const Pkey key = private_key(bytes(c.seed)), of_server = public_key(bytes(c.key));
  const Bytes text = bytes(c.text), expected = bytes(c.signature);
  for (Sign* sign : {&EVP_DigestSign, openssl_sign()}) CHECK(signature(key, text, sign) == expected);
  for (Verify* verify : {&EVP_DigestVerify, openssl_verify()}) {
    CHECK(holds(of_server, expected, text, verify));
    for (std::size_t i = 0; i < expected.size(); ++i) {
      Bytes forged = expected;
      forged[i] ^= 0x04;
      CHECK_FALSE(holds(of_server, forged, text, verify));
    }
    Bytes longer = text;
    longer.push_back(0);
    CHECK_FALSE(holds(of_server, expected, longer, verify));
    CHECK_FALSE(holds(of_server, Bytes(expected.begin(), expected.end() - 1), text, verify));
    CHECK_FALSE(holds(of_server, {}, text, verify));
  }
}

TEST_CASE("signatures of other keys are OpenSSL's own", "[transport]") {
  use_libsodium();
  const Bytes text = bytes("00112233");
  for (const Pkey& key : {Pkey(EVP_EC_gen("P-256")), Pkey(EVP_RSA_gen(2048))}) {
    const Bytes made = signature(key, text, &EVP_DigestSign, EVP_sha256());
    CHECK(holds(key, made, text, openssl_verify(), EVP_sha256()));
    CHECK(holds(key, made, text, &EVP_DigestVerify, EVP_sha256()));
    CHECK_FALSE(holds(key, made, bytes("00112234"), &EVP_DigestVerify, EVP_sha256()));
  }
}

TEST_CASE("a public key signs nothing", "[transport]") {
  use_libsodium();
  const Pkey key = public_key(bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"));
  const Digest context(EVP_MD_CTX_new());
  REQUIRE(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1);
  Bytes made(64);
  std::size_t size = made.size();
  CHECK(EVP_DigestSign(context.get(), made.data(), &size, made.data(), 0) != 1);
}

}  // namespace cef::transport::ed25519_tests
