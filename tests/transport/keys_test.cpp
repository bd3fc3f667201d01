#include "keys.hpp"

#include "../support/keys.hpp"
#include "temp_dir.hpp"

#include <catch2/catch.hpp>

#include <chrono>

namespace cef::transport {

TEST_CASE("keys of every kind and format are read", "[transport]") {
  struct Case {
    const char* name;
    ssh_keytypes_e type;
  };
  const auto c = GENERATE(values<Case>({
      {"ed25519", SSH_KEYTYPE_ED25519},
      {"ecdsa256", SSH_KEYTYPE_ECDSA_P256},
      {"ecdsa384", SSH_KEYTYPE_ECDSA_P384},
      {"ecdsa521", SSH_KEYTYPE_ECDSA_P521},
      {"ecdsa256-pem", SSH_KEYTYPE_ECDSA_P256},
      {"ecdsa256-pkcs8", SSH_KEYTYPE_ECDSA_P256},
      {"rsa2048", SSH_KEYTYPE_RSA},
      {"rsa2048-pem", SSH_KEYTYPE_RSA},
      {"rsa2048-pkcs8", SSH_KEYTYPE_RSA},
  }));
  DYNAMIC_SECTION(c.name) {
    KeyRing ring;
    const std::string path = testing::key_file(c.name).string();
    const auto key = ring.load(path);
    REQUIRE(key);
    CHECK(ssh_key_type(*key) == c.type);
    CHECK(*ring.load(path) == *key);  // read once

    // The public half is the one beside it, also after an RSA key was converted.
    char* blob = nullptr;
    REQUIRE(ssh_pki_export_pubkey_base64(*key, &blob) == SSH_OK);
    const std::unique_ptr<char, Release<ssh_string_free_char>> owner(blob);
    CHECK(testing::public_key(c.name).find(blob) != std::string::npos);
  }
}

TEST_CASE("a key that cannot be used says why", "[transport]") {
  const testing::TempDir folder;
  testing::write_file(folder / "empty", "");
  testing::write_file(folder / "text", "not a key\n");
  testing::write_file(folder / "cut", testing::read_file(testing::key_file("ed25519")).substr(0, 120));
  struct Case {
    std::string path, why;
  };
  const Case cases[] = {
      {(folder / "none").string(), "No such file or directory"},
      {folder.path().string(), "Is a directory"},
      {(folder / "empty").string(), "no private key"},
      {(folder / "text").string(), "no private key"},
      {(folder / "cut").string(), "damaged"},
      {testing::key_file("ed25519").string() + ".pub", "it is a public key"},
      {testing::key_file("ed25519-locked").string(), "passphrase"},
  };
  for (const Case& c : cases) {
    DYNAMIC_SECTION(c.why) {
      KeyRing ring;
      const auto key = ring.load(c.path);
      REQUIRE_FALSE(key);
      CHECK(key.error().code == Code::key_unreadable);
      CHECK(key.error().message.find(c.path) != std::string::npos);
      CHECK(key.error().message.find(c.why) != std::string::npos);
      CHECK_FALSE(ring.load(c.path));
    }
  }
}

}  // namespace cef::transport
