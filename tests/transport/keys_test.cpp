#include "keys.hpp"

#include "../support/keys.hpp"
#include "base64.hpp"
#include "key_container.hpp"
#include "openssl/bcrypt_pbkdf.hpp"
#include "process.hpp"
#include "temp_dir.hpp"
#include "wire.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <chrono>

namespace cef::transport::keys_tests {

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
      {"ed25519-pkcs8", SSH_KEYTYPE_ED25519},
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
  testing::write_file(folder / "putty", "PuTTY-User-Key-File-3: ssh-ed25519\n");
  testing::write_file(folder / "endless", std::string(2'000'000, 'x'));
  testing::run({"openssl", "genrsa", "-traditional", "-out", (folder / "short").string(), "512"});
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
      {testing::key_file("dsa").string(), "DSA keys are no longer taken"},
      {testing::key_file("dsa-pem").string(), "DSA keys are no longer taken"},
      {(folder / "short").string(), "less than 1024 bits"},
      {(folder / "putty").string(), "PuTTY"},
      {(folder / "endless").string(), "longer than any key"},
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
  const auto* name = GENERATE("ed25519-locked", "rsa2048-locked", "rsa2048-pem-locked", "ecdsa256-pkcs8-locked",
                              "ed25519-locked-aes256-gcm@openssh.com", "ed25519-locked-aes128-gcm@openssh.com",
                              "rsa2048-locked-aes256-gcm@openssh.com", "ed25519-locked-chacha20-poly1305@openssh.com",
                              "ecdsa384-locked-chacha20-poly1305@openssh.com", "ed25519-locked-aes128-cbc",
                              "rsa2048-locked-aes192-ctr", "ed25519-locked-aes256-cbc", "ed25519-locked-3des-cbc");
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

TEST_CASE("a key that others may read or write is not used, whatever it is encrypted with", "[transport]") {
  const auto* name = GENERATE("ed25519", "ed25519-locked", "rsa2048-pem");
  const auto mode = GENERATE(0640, 0604, 0620, 0644, 0777);
  const testing::TempDir folder;
  const auto path = (folder / "key").string();
  testing::write_file(path, testing::read_file(testing::key_file(name)), static_cast<unsigned>(mode));
  KeyFile file = read_key_file(path);
  CHECK_FALSE(file.key);
  CHECK(file.locked.empty());  // nobody is asked for a passphrase in vain
  REQUIRE(file.failure);
  CHECK(file.failure->message.find("others may read or write it") != std::string::npos);
  CHECK(file.failure->hint == "chmod 600 " + path);
  testing::write_file(path, testing::read_file(testing::key_file(name)), 0400);
  file = read_key_file(path);
  CHECK((file.key || !file.locked.empty()));
}

TEST_CASE("key files that were cut short or changed say so, with and without a passphrase", "[transport]") {
  const auto* name =
      GENERATE("ed25519", "rsa2048", "ecdsa256", "ed25519-locked", "ed25519-locked-aes256-gcm@openssh.com",
               "rsa2048-locked-chacha20-poly1305@openssh.com", "rsa2048-pem", "rsa2048-pem-locked");
  const std::string whole = testing::read_file(testing::key_file(name));
  const testing::TempDir folder;
  const auto path = (folder / "key").string();
  int readable = 0;
  const auto look = [&](const std::string& text) {
    testing::write_file(path, text);
    const KeyFile file = read_key_file(path);
    CHECK((file.key != nullptr) != file.failure.has_value());
    readable += file.key || !file.locked.empty() ? 1 : 0;
  };
  DYNAMIC_SECTION(name) {
    for (std::size_t size = 0; size + 40 < whole.size(); size += 7) look(whole.substr(0, size));
    const bool is_container = whole.find("OPENSSH") != std::string::npos;
    if (is_container) CHECK(readable == 0);
    for (std::size_t at = 30; at < whole.size(); at += 11) {
      std::string changed = whole;
      changed[at] = changed[at] == 'A' ? 'B' : 'A';
      look(changed);
    }
  }
}

TEST_CASE("a container that asks for too much is refused before anything is computed", "[transport]") {
  const auto whole = parse_key_container(testing::read_file(testing::key_file("ed25519-locked")));
  REQUIRE(whole);
  CHECK(whole->rounds > 0);
  struct Case {
    const char* cipher;
    std::uint32_t rounds;
    const char* why;
  };
  const Case cases[] = {{"aes256-ctr", 4'000'000'000, "rounds"},
                        {"aes256-ctr", 0, "damaged"},
                        {"blowfish-cbc", 16, "the cipher blowfish-cbc"},
                        {"none", 16, "damaged"}};
  for (const Case& c : cases) {
    std::string options, bytes("openssh-key-v1\0", 15);
    wire::add_string(options, whole->salt);
    wire::add_number(options, c.rounds);
    wire::add_string(bytes, c.cipher);
    wire::add_string(bytes, "bcrypt");
    wire::add_string(bytes, options);
    wire::add_number(bytes, 1);
    wire::add_string(bytes, whole->public_key);
    wire::add_string(bytes, whole->secrets);
    const auto read = parse_key_container("-----BEGIN OPENSSH PRIVATE KEY-----\n" + to_base64(bytes) +
                                          "\n-----END OPENSSH PRIVATE KEY-----\n");
    REQUIRE_FALSE(read);
    CHECK(read.error().kind == KeyProblem::Kind::unusable);
    CHECK(read.error().why.find(c.why) != std::string::npos);
  }
}

TEST_CASE("bcrypt_pbkdf agrees with its known answer", "[transport]") {
  std::string hex;
  for (const char byte : bcrypt_pbkdf("password", "salt", 4, 32))
    hex += fmt::format("{:02x}", static_cast<unsigned char>(byte));
  CHECK(hex == "5bbf0cc293587f1c3635555c27796598d47e579071bf427e9d8fbe842aba34d9");
}

}  // namespace cef::transport::keys_tests
