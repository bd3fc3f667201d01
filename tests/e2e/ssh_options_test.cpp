// What ssh's configuration says of algorithms, keys and addresses, as ssh itself takes it.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

using namespace cef::testing;

namespace {

enum class Known { yes, no };  // the host's key

// One host at 127.0.0.1, of which this file says the rest.
struct Configured {
  Sshd server;
  Fleet fleet;

  explicit Configured(SshdOptions options = {}, Known known = Known::yes) : server(std::move(options)) {
    if (known == Known::yes)
      fleet.add("n1", server);
    else
      fleet.add({.name = "n1", .port = server.port()});
  }
  CefResult ping(const std::string& lines, std::vector<std::string> words = {}) {
    write_file(fleet.folder() / "config", "Host *\n" + lines);
    words.insert(words.begin(),
                 {"ping", "host=n1", "--format", "json", "--ssh-config", (fleet.folder() / "config").string()});
    auto result = fleet.cef(words);
    UNSCOPED_INFO(result.told());
    return result;
  }
};

SshdOptions server_with(const std::string& line, const std::string& host_key = "ed25519-host") {
  SshdOptions options;
  options.config = {line};
  options.host_keys = {host_key};
  return options;
}

}  // namespace

TEST_CASE("old servers are spoken to where ssh's configuration allows their algorithms", "[e2e][auth]") {
  struct Case {
    const char *server, *ours, *host_key;
  };
  const auto it = GENERATE(
      Case{"HostKeyAlgorithms ssh-rsa", "HostKeyAlgorithms +ssh-rsa", "rsa2048-host"},
      Case{"KexAlgorithms diffie-hellman-group14-sha1", "KexAlgorithms +diffie-hellman-group14-sha1", "ed25519-host"},
      Case{"KexAlgorithms diffie-hellman-group14-sha1", "KexAlgorithms diffie-hellman-group14-sha1", "ed25519-host"},
      Case{"Ciphers aes128-cbc", "Ciphers ^aes128-cbc", "ed25519-host"},
      Case{"MACs hmac-sha1\nCiphers aes128-ctr", "MACs +hmac-sha1", "ed25519-host"});
  DYNAMIC_SECTION(it.ours) {
    Configured host(server_with(it.server, it.host_key));
    CHECK(host.ping("").code("n1") == "kex_failed");
    CHECK(host.ping(it.ours).code("n1") == "ok");
  }
}

TEST_CASE("algorithms that ssh's configuration takes away are not used", "[e2e][auth]") {
  Configured host;
  CHECK(host.ping("HostKeyAlgorithms rsa-sha2-512").code("n1") == "kex_failed");
  CHECK(host.ping("HostKeyAlgorithms -ssh-ed25519*").code("n1") == "kex_failed");
  const auto none = host.ping("Ciphers rot13");
  CHECK(none.code("n1") == "kex_failed");
  CHECK(none["n1"]["error"]["message"].get<std::string>().find("Ciphers: 'rot13'") != std::string::npos);
}

TEST_CASE("an RSA key signs with SHA-1 for a server that takes nothing else, where that is allowed", "[e2e][auth]") {
  SshdOptions options = server_with("PubkeyAcceptedAlgorithms ssh-rsa");
  options.user_keys = {"rsa2048"};
  Configured host(options);
  host.fleet.set("key_file", key_file("rsa2048").string());
  CHECK(host.ping("").code("n1") == "auth_denied");
  CHECK(host.ping("PubkeyAcceptedAlgorithms +ssh-rsa").code("n1") == "ok");
}

TEST_CASE("a host key that RevokedHostKeys lists is refused", "[e2e][auth]") {
  Configured host;
  const auto list = (host.fleet.folder() / "revoked").string();
  const std::string line = "RevokedHostKeys " + list;
  CHECK(host.ping(line).code("n1") == "host_key_unknown");  // no list, no trust
  write_file(list, "# stolen\n" + public_key("ed25519-stranger") + "\n");
  CHECK(host.ping(line).code("n1") == "ok");
  write_file(list, public_key("ed25519-stranger") + " a\n" + public_key("ed25519-host") + " b\n");
  CHECK(host.ping(line).code("n1") == "host_key_changed");
  CHECK(host.ping(line, {"--host-key", "off"}).code("n1") == "host_key_changed");
  CHECK(host.ping("RevokedHostKeys none").code("n1") == "ok");
  REQUIRE(run({"ssh-keygen", "-q", "-k", "-f", list, key_file("ed25519-stranger").string() + ".pub"}).exit_code == 0);
  CHECK(host.ping(line).code("n1") == "host_key_unknown");
}

TEST_CASE("keys are not offered where ssh's configuration says so", "[e2e][auth]") {
  Configured host;
  CHECK(host.ping("PubkeyAuthentication no").code("n1") == "auth_denied");
  CHECK(host.ping("PreferredAuthentications password").code("n1") == "auth_denied");
  CHECK(host.ping("PreferredAuthentications hostbased,publickey").code("n1") == "ok");
}

TEST_CASE("hosts on this machine need no known key where ssh's configuration says so", "[e2e][auth]") {
  Configured host({}, Known::no);
  CHECK(host.ping("").code("n1") == "host_key_unknown");
  CHECK(host.ping("NoHostAuthenticationForLocalhost yes").code("n1") == "ok");
  CHECK(host.ping("NoHostAuthenticationForLocalhost yes", {"--host-key", "strict"}).code("n1") == "host_key_unknown");
}

TEST_CASE("ssh's configuration says from which address to connect, and to what kind", "[e2e][auth]") {
  Configured host;
  CHECK(host.ping("BindAddress 127.0.0.9").code("n1") == "ok");
  CHECK(host.server.count("Connection from 127.0.0.9 ") == 1);
  CHECK(host.ping("BindAddress 192.0.2.1").code("n1") == "network_unreachable");
  CHECK(host.ping("AddressFamily inet").code("n1") == "ok");
  CHECK(host.ping("AddressFamily inet6").code("n1") == "name_unknown");
  CHECK(host.ping("AddressFamily inet7").code("n1") == "invalid_config");
}

TEST_CASE("a slip in a keyword of ssh's configuration is not passed over", "[e2e][auth]") {
  Configured host;
  const auto slip = host.ping("ProxyJmp bastion");
  CHECK(slip.code("n1") == "invalid_config");
  CHECK(slip["n1"]["error"]["message"].get<std::string>().find("did you mean 'proxyjump'?") != std::string::npos);
  const auto other = host.ping("FooBarBaz yes");
  CHECK(other.code("n1") == "ok");
  CHECK(other.err.find("'FooBarBaz' is no keyword") != std::string::npos);
  CHECK(host.ping("IgnoreUnknown ProxyJm?,Foo*\nProxyJmp bastion").code("n1") == "ok");
  CHECK(host.ping("UseKeychain yes\nAddKeysToAgent yes\nForwardX11Trusted yes").err.empty());
}

TEST_CASE("tokens in a ProxyJump stand for the host's own", "[e2e][jump]") {
  const Sshd gateway, server;
  Fleet fleet;
  fleet.set("user", "''");
  fleet.set("key_file", "''");
  fleet.know(gateway.known_hosts());
  fleet.know(server.known_hosts());
  const auto inventory = (fleet.folder() / "inventory.ini").string();
  write_file(inventory, "web1\n");
  write_file(fleet.folder() / "config", "Host web1\n  HostName 127.0.0.1\n  Port " + std::to_string(server.port()) +
                                            "\n  ProxyJump %r@%n-door\nHost web1-door\n  HostName 127.0.0.1\n  Port " +
                                            std::to_string(gateway.port()) + "\nHost *\n  User " + login_user() +
                                            "\n  IdentityFile " + key_file("ed25519").string() + "\n");
  const auto result = fleet.cef(
      {"ping", "-i", inventory, "host=web1", "--format", "json", "--ssh-config", (fleet.folder() / "config").string()});
  INFO(result.told());
  CHECK(result.code("web1") == "ok");
  CHECK(gateway.logins() == 1);
}
