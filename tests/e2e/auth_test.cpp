// Logging in: kinds and formats of keys, and every way to be turned away. Agents, passphrases and passwords have files
// of their own.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

TEST_CASE("keys of every kind and format log in", "[e2e][auth]") {
  const auto* key = GENERATE("ed25519", "ecdsa256", "ecdsa384", "ecdsa521", "ecdsa256-pem", "ecdsa384-pkcs8", "rsa2048",
                             "rsa3072", "rsa2048-pem", "rsa2048-pkcs8", "ed25519-pkcs8");
  DYNAMIC_SECTION(key) {
    SshdOptions options;
    options.user_keys = {key};
    const Sshd server(options);
    Fleet fleet;
    fleet.set("key_file", key_file(key).string());
    fleet.add("n1", server);
    const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
    INFO(result.told());
    INFO(server.log());
    CHECK(result.code("n1") == "ok");
  }
}

TEST_CASE("servers that take only some algorithms are spoken to in those", "[e2e][auth]") {
  const auto* line =
      GENERATE("KexAlgorithms curve25519-sha256@libssh.org", "KexAlgorithms ecdh-sha2-nistp256",
               "KexAlgorithms diffie-hellman-group14-sha256", "KexAlgorithms diffie-hellman-group16-sha512",
               "KexAlgorithms diffie-hellman-group18-sha512", "KexAlgorithms diffie-hellman-group-exchange-sha256",
               "Ciphers aes256-ctr", "Ciphers chacha20-poly1305@openssh.com", "Ciphers aes256-gcm@openssh.com",
               "Ciphers aes128-ctr\nMACs hmac-sha2-512", "Ciphers aes128-ctr\nMACs hmac-sha2-256-etm@openssh.com",
               "Compression no", "RekeyLimit 1M");
  DYNAMIC_SECTION(line) {
    SshdOptions options;
    options.config = {line};
    const Sshd server(options);
    Fleet fleet;
    fleet.add("n1", server);
    const auto result =
        fleet.cef({"exec", "host=n1", "--format", "json", "--", "head -c 3000000 /dev/zero | tr '\\000' x"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
    if (result.code("n1") == "ok") CHECK(result["n1"]["data"]["stdout"].get<std::string>().size() == 3'000'000);
  }
}

TEST_CASE("RSA keys log in where only one kind of the new signatures counts", "[e2e][auth]") {
  const auto* algorithm = GENERATE("rsa-sha2-256", "rsa-sha2-512");
  DYNAMIC_SECTION(algorithm) {
    SshdOptions options;
    options.user_keys = {"rsa2048"};
    options.config = {std::string("PubkeyAcceptedAlgorithms ") + algorithm};
    const Sshd server(options);
    Fleet fleet;
    fleet.set("key_file", key_file("rsa2048").string());
    fleet.add("n1", server);
    const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
  }
}

TEST_CASE("each way of being turned away has its code", "[e2e][auth]") {
  const Sshd server;
  Fleet fleet;
  static const TempDir folder;  // one for all cases, as these are made once
  write_file(folder / "no-key", "this is not a key\n");
  write_file(folder / "cut", read_file(key_file("ed25519")).substr(0, 150));
  struct Case {
    const char* name;
    const char* variable;
    std::string value;
    const char* code;
  };
  const auto c = GENERATE_REF(values<Case>({
      {"a key the server does not know", "key_file", key_file("ed25519-stranger").string(), "auth_denied"},
      {"a user the server does not know", "user", "nobody-of-that-name", "auth_denied"},
      {"a key file that is not there", "key_file", "/nowhere/key", "key_unreadable"},
      {"a key file that holds no key", "key_file", (folder / "no-key").string(), "key_unreadable"},
      {"a key file that was cut short", "key_file", (folder / "cut").string(), "key_unreadable"},
      {"an encrypted key and no passphrase", "key_file", key_file("ed25519-locked").string(), "key_unreadable"},
      {"a folder for a key file", "key_file", folder.path().string(), "key_unreadable"},
  }));
  DYNAMIC_SECTION(c.name) {
    fleet.add("n1", server, {.variables = {{c.variable, c.value}}});
    const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 4);
    CHECK(result.code("n1") == c.code);
    REQUIRE(result["n1"].is_object());
    CHECK(result["n1"]["error"]["stage"] == "auth");
    CHECK_FALSE(result["n1"]["error"].value("hint", "").empty());
    if (c.code == std::string("key_unreadable")) {
      CHECK(result["n1"]["error"].value("message", "").find(c.value) != std::string::npos);
    }
    CHECK(result["n1"]["attempts"] <= 1);  // nothing that a second try would mend
    CHECK(server.connections() <= 1);
  }
}

TEST_CASE("the key that ~/.ssh/config names is used where the inventory has none", "[e2e][auth]") {
  const Sshd server;
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  std::filesystem::create_directories(fleet.home() / ".ssh");
  write_file(fleet.home() / ".ssh" / "config", "Host *\n  IdentityFile " + key_file("ed25519").string() + "\n");
  const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
}

TEST_CASE("a login that the server finishes late is a timeout of the login", "[e2e][auth]") {
  SshdOptions options;
  // sshd waits for this program before it answers the key. It runs only one whose folders others cannot write to, which
  // leaves out /tmp.
  const auto program = std::filesystem::path(CEF_TEST_STATE) / "slow-keys";
  write_file(program, "#!/bin/sh\nsleep 600\n", 0755);
  options.config = {"AuthorizedKeysCommand " + program.string(), "AuthorizedKeysCommandUser " + login_user(),
                    "AuthorizedKeysFile none"};
  const Sshd server(options);
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef({"ping", "host=n1", "-T", "2", "--format", "json"});
  INFO(result.told());
  INFO(server.log());
  if (server.log().find("Unsafe AuthorizedKeysCommand") != std::string::npos) {
    WARN("skipped: others can write to the build folder");
    return;
  }
  CHECK(result.code("n1") == "auth_timeout");
  CHECK_FALSE(result.timed_out);
}

TEST_CASE("a key that cannot be used gives way to the next one, and alone it says why", "[e2e][auth]") {
  static const TempDir folder;  // one for all cases
  write_file(folder / "open", read_file(key_file("ed25519")), 0644);
  write_file(folder / "cut", read_file(key_file("ed25519")).substr(0, 150));
  write_file(folder / "short", run({"openssl", "genrsa", "-traditional", "768"}).out);
  write_file(folder / "edwards", run({"openssl", "genpkey", "-algorithm", "ed448"}).out);
  struct Case {
    std::string key, why;
  };
  const Case c = GENERATE_REF(values<Case>({
      {key_file("dsa").string(), "DSA keys are no longer taken"},
      {key_file("dsa-pem").string(), "DSA keys are no longer taken"},
      {(folder / "open").string(), "mode 0644"},
      {(folder / "cut").string(), "it is damaged"},
      {(folder / "short").string(), "less than 1024 bits"},
      {(folder / "edwards").string(), "of a kind that ssh does not know"},
      {key_file("ed25519-locked-aes256-gcm@openssh.com").string(), "passphrase"},
  }));
  DYNAMIC_SECTION(c.why << ' ' << c.key) {
    const Sshd server;
    Fleet fleet;
    const std::string good = key_file("ed25519").string();
    fleet.add("alone", server, {.variables = {{"key_file", c.key}}});
    fleet.add("next", server, {.variables = {{"key_file", "[" + c.key + ", " + good + "]"}}});
    const auto result = fleet.cef({"ping", "group=all", "--format", "json"});
    INFO(result.told());
    CHECK(result.code("next") == "ok");
    REQUIRE(result.code("alone") == "key_unreadable");
    CHECK(result["alone"]["error"]["message"].get<std::string>().find(c.why) != std::string::npos);
  }
}
