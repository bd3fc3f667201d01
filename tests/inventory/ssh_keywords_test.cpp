// ~/.ssh/config: files that are none, words that are no keywords, and the options that go to transport as they are.
#include "files.hpp"

#include <cef/inventory/ssh_config.hpp>

#include <catch2/catch.hpp>

namespace cef::inventory {

TEST_CASE("files that Include matches and that are none are passed over", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder.path() / "more/folder");
  std::filesystem::create_symlink("nowhere", folder.path() / "more/dangling");
  folder.write("more/real", "Host a\nPort 7\n");
  folder.write("config", "Include " + (folder.path() / "more/*").string() + "\n");
  const auto config = SshConfig::load(folder.path() / "config");
  REQUIRE(config);
  CHECK(config->of("a").port == 7);
}

TEST_CASE("a byte order mark is no part of the first keyword", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  folder.write("config", "\xef\xbb\xbfHost a\nPort 7\n");
  const auto config = SshConfig::load(folder.path() / "config");
  REQUIRE(config);
  CHECK(config->of("a").port == 7);
  CHECK_FALSE(config->of("b").port);
  CHECK(config->of("b").wrong.empty());
}

TEST_CASE("a keyword that ssh does not know is the fault of the hosts it may mean", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  folder.write("config", "Host a\nPrt 7\nHost b\nHots c\nPort 8\nHost d\nNonsense yes\nIgnoreUnknown X*\nXPort 1\n");
  const auto config = SshConfig::load(folder.path() / "config");
  REQUIRE(config);
  CHECK(config->of("a").wrong.ends_with("config:2: 'Prt' is no keyword of ssh's configuration: did you mean 'port'?"));
  CHECK(config->of("b").wrong.find("'Hots'") != std::string::npos);
  CHECK(config->of("c").wrong.empty());
  CHECK(config->of("d").wrong.empty());
  REQUIRE(config->warnings().size() == 1);
  CHECK(config->warnings().front().line == 7);
}

TEST_CASE("the first value of an option of ssh counts", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  folder.write("config",
               "Host a\nCiphers +aes128-cbc\nHost *\nCiphers aes256-ctr\nMACs -hmac*\nAddressFamily INET\n"
               "RevokedHostKeys none\nPubkeyAuthentication no\n");
  const auto config = SshConfig::load(folder.path() / "config");
  REQUIRE(config);
  const auto a = config->of("a").options, b = config->of("b").options;
  CHECK(a.ciphers == "+aes128-cbc");
  CHECK(b.ciphers == "aes256-ctr");
  CHECK(b.macs == "-hmac*");
  CHECK(b.address_family == "inet");
  CHECK(b.revoked_host_keys == "");
  CHECK(b.public_key_login == false);
  CHECK_FALSE(b.key_exchanges);
}

}  // namespace cef::inventory
