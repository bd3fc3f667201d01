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
    const KeyFile file = read_key_file(testing::key_file(c.name).string());
    REQUIRE_FALSE(file.failure);
    CHECK(ssh_key_type(file.key.get()) == c.type);
    // The public half is the one beside it, also after an RSA key was converted.
    CHECK(testing::public_key(c.name).ends_with(' ' + file.base64));
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
      const KeyFile file = read_key_file(c.path);
      CHECK_FALSE(file.key);
      REQUIRE(file.failure);
      CHECK(file.failure->code == Code::key_unreadable);
      CHECK(file.failure->message.find(c.path) != std::string::npos);
      CHECK(file.failure->message.find(c.why) != std::string::npos);
    }
  }
}

TEST_CASE("an encrypted key shows its public half, and opens with its passphrase alone", "[transport]") {
  const auto* name = GENERATE("ed25519-locked", "rsa2048-locked", "rsa2048-pem-locked", "ecdsa256-pkcs8-locked");
  DYNAMIC_SECTION(name) {
    KeyFile file = read_key_file(testing::key_file(name).string());
    CHECK_FALSE(file.locked.empty());
    CHECK(testing::public_key(name).ends_with(' ' + file.base64));
    CHECK_FALSE(unlock(file, "not this"));
    CHECK_FALSE(file.key);
    CHECK(file.failure->message.find("does not fit") != std::string::npos);
    REQUIRE(unlock(file, std::string(testing::key_passphrase)));
    CHECK(file.key);
    CHECK_FALSE(file.failure);
  }
}

}  // namespace cef::transport
