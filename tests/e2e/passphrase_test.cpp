// Encrypted keys and certificates.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

struct PassphraseFile {
  explicit PassphraseFile(const std::string& text) {
    write_file(folder / "passphrase", text);
    std::filesystem::permissions(folder / "passphrase", std::filesystem::perms::owner_read);
  }
  std::string path() const { return (folder / "passphrase").string(); }
  TempDir folder;
};

// A copy of a key, with a certificate beside it that a key named `ca` signed.
std::string certified_copy(const TempDir& folder, const std::string& name, const std::string& validity) {
  const auto copy = folder / name;
  std::filesystem::copy_file(key_file(name), copy);
  std::filesystem::copy_file(key_file(name).string() + ".pub", copy.string() + ".pub");
  const auto made = run({"ssh-keygen", "-q", "-s", key_file("ed25519-ca").string(), "-I", "test", "-n", login_user(),
                         "-V", validity, copy.string() + ".pub"});
  REQUIRE(made.exit_code == 0);
  return copy.string();
}

std::string trusts_ca() { return "TrustedUserCAKeys " + key_file("ed25519-ca").string() + ".pub"; }

}  // namespace

TEST_CASE("encrypted keys of every format log in with a passphrase from a file", "[e2e][auth]") {
  const auto* key = GENERATE("ed25519-locked", "rsa2048-locked", "rsa2048-pem-locked", "ecdsa256-pkcs8-locked",
                             "ed25519-locked-aes256-gcm@openssh.com", "rsa2048-locked-aes128-gcm@openssh.com",
                             "ecdsa256-locked-chacha20-poly1305@openssh.com");
  DYNAMIC_SECTION(key) {
    SshdOptions options;
    options.user_keys = {key};
    const Sshd server(options);
    Fleet fleet;
    fleet.set("key_file", key_file(key).string());
    fleet.add("n1", server);
    const PassphraseFile right(std::string(key_passphrase) + '\n'), wrong("not this\n");
    const auto result = fleet.cef({"ping", "host=n1", "--key-passphrase-file", right.path(), "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
    const auto refused = fleet.cef({"ping", "host=n1", "--key-passphrase-file", wrong.path(), "--format", "json"});
    INFO(refused.told());
    CHECK(refused.code("n1") == "key_unreadable");
  }
}

TEST_CASE("a key is decrypted once for all hosts, and hosts with another key do not wait", "[e2e][auth]") {
  SshdOptions options;
  options.user_keys = {"ed25519", "ed25519-locked"};
  const Sshd server(options);
  Fleet fleet;
  fleet.set("key_file", key_file("ed25519-locked").string());
  for (int i = 0; i < 30; ++i) fleet.add("n" + std::to_string(i), server);
  const PassphraseFile file{std::string(key_passphrase)};
  const auto one = fleet.cef({"ping", "host=n0", "--key-passphrase-file", file.path(), "--format", "json"});
  CHECK(one.exit_code == 0);
  const auto result = fleet.cef({"ping", "group=all", "--key-passphrase-file", file.path(), "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  // To decrypt it is most of what one host costs, and a login costs little.
  CHECK(result.cpu < 8 * one.cpu);
}

TEST_CASE("a passphrase is asked for on the terminal, at most three times", "[e2e][auth]") {
  SshdOptions options;
  options.user_keys = {"ed25519-locked"};
  const Sshd server(options);
  Fleet fleet;
  fleet.set("key_file", key_file("ed25519-locked").string());
  for (const auto* host : {"n1", "n2"}) fleet.add(host, server);
  const auto pty = fleet.start_on_terminal({"ping", "group=all", "--progress", "never"});
  REQUIRE(pty->wait_for("Passphrase for key"));
  pty->type("wrong one\n");
  REQUIRE(pty->wait_for("does not fit"));
  SECTION("the second one is right") {
    REQUIRE(pty->wait_for("(2 of 3)"));
    pty->type(std::string(key_passphrase) + "\n");
    const auto result = pty->wait();
    INFO(plain(pty->screen()));
    CHECK(result.exit_code == 0);
    CHECK(server.logins() == 2);
    CHECK(pty->screen().find(key_passphrase) == std::string::npos);
  }
  SECTION("none is right") {
    REQUIRE(pty->wait_for("(2 of 3)"));
    pty->type("wrong two\n");
    REQUIRE(pty->wait_for("(3 of 3)"));
    pty->type("wrong three\n");
    const auto result = pty->wait();
    INFO(plain(pty->screen()));
    CHECK(result.exit_code == 4);
    CHECK(pty->screen().find("wrong") == std::string::npos);
    CHECK(pty->screen().find("without that key") != std::string::npos);
  }
}

TEST_CASE("SSH_ASKPASS is asked as ssh would ask it", "[e2e][auth]") {
  SshdOptions options;
  options.user_keys = {"ed25519-locked"};
  const Sshd server(options);
  Fleet fleet;
  fleet.set("key_file", key_file("ed25519-locked").string());
  fleet.add("n1", server);
  const TempDir folder;
  const auto program = (folder / "ask").string();
  write_file(
      program,
      "#!/bin/sh\necho \"$1\" >>" + (folder / "asked").string() + "\necho '" + std::string(key_passphrase) + "'\n",
      0755);
  const auto with = [&](std::map<std::string, std::string> env) {
    env["SSH_ASKPASS"] = program;
    return fleet.cef({"ping", "host=n1", "--format", "json"}, {.env = std::move(env)}).code("n1");
  };
  CHECK(with({{"SSH_ASKPASS_REQUIRE", "force"}}) == "ok");
  CHECK(with({{"DISPLAY", ":0"}}) == "ok");
  CHECK(with({{"DISPLAY", ":0"}, {"SSH_ASKPASS_REQUIRE", "never"}}) == "key_unreadable");
  CHECK(with({}) == "key_unreadable");
  const auto asked = read_file(folder / "asked");
  CHECK(std::count(asked.begin(), asked.end(), '\n') == 2);
  CHECK(asked.find("Passphrase for key " + key_file("ed25519-locked").string()) == 0);
}

TEST_CASE("the certificate beside a key logs in where only its authority is trusted", "[e2e][auth]") {
  const auto* key = GENERATE("ed25519", "ecdsa256", "rsa2048");
  DYNAMIC_SECTION(key) {
    SshdOptions options;
    options.user_keys = {};
    options.config = {trusts_ca()};
    const Sshd server(options);
    const TempDir folder;
    Fleet fleet;
    fleet.set("key_file", certified_copy(folder, key, "-1h:+1h"));
    fleet.add("n1", server);
    const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
    INFO(result.told());
    INFO(server.log());
    CHECK(result.code("n1") == "ok");
    CHECK(server.count("Failed publickey") == 0);
  }
}

TEST_CASE("a certificate that has expired gives way to the plain key", "[e2e][auth]") {
  SshdOptions options;
  options.config = {trusts_ca()};
  const auto known = GENERATE(true, false);
  if (!known) options.user_keys = {};
  const Sshd server(options);
  const TempDir folder;
  Fleet fleet;
  fleet.set("key_file", certified_copy(folder, "ed25519", "20200101:20200102"));
  fleet.add("n1", server);
  const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
  INFO(result.told());
  INFO(server.log());
  CHECK(result.code("n1") == (known ? "ok" : "auth_denied"));
  if (!known) CHECK(result["n1"]["error"]["message"].get<std::string>().find("expired") != std::string::npos);
}

TEST_CASE("an encrypted key has its certificate too", "[e2e][auth]") {
  SshdOptions options;
  options.user_keys = {};
  options.config = {trusts_ca()};
  const Sshd server(options);
  const TempDir folder;
  Fleet fleet;
  fleet.set("key_file", certified_copy(folder, "ed25519-locked", "-1h:+1h"));
  fleet.add("n1", server);
  const PassphraseFile file{std::string(key_passphrase)};
  const auto result = fleet.cef({"ping", "host=n1", "--key-passphrase-file", file.path(), "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
}
