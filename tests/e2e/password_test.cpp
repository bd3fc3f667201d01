// Logging in with a password: where it comes from, how few servers it is sent to, and that nobody else sees it. Takes a
// user of this machine whose password is known, so root; elsewhere the tests say that they were left out.
#include "fleet.hpp"
#include "keys.hpp"
#include "password_user.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <csignal>

using namespace cef::testing;

namespace {

bool left_out(const PasswordUser& user) {
  if (!user.exists()) WARN("skipped: only root can make a user with a password");
  return !user.exists();
}

SshdOptions takes(std::vector<std::string> config) {
  SshdOptions options;
  options.user_keys = {};
  options.config = std::move(config);
  return options;
}

// Password by shadow, without PAM.
SshdOptions takes_passwords() { return takes({"PasswordAuthentication yes"}); }

// Where sshd, as the user, can read it.
struct AuthorizedKey {
  AuthorizedKey() {
    write_file(folder / "keys", public_key("ed25519") + '\n', 0644);
    std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  }
  std::string line() const { return "AuthorizedKeysFile " + (folder / "keys").string(); }
  TempDir folder;
};

std::size_t with_code(const CefResult& result, const std::vector<std::string>& hosts, const std::string& code) {
  return static_cast<std::size_t>(
      std::count_if(hosts.begin(), hosts.end(), [&](const auto& host) { return result.code(host) == code; }));
}

}  // namespace

TEST_CASE("a password logs in, from wherever it comes, and shows nowhere", "[e2e][auth]") {
  const PasswordUser user;
  if (left_out(user)) return;
  const Sshd server(takes_passwords());
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.set("user", user.name());
  fleet.add("n1", server);
  const std::string password = PasswordUser::password;

  SECTION("from a file") {
    const PasswordFile file(password + "\n");
    // It comes back in the output, in two pieces, and is masked.
    const std::string command = "printf '%s' 'Tr0ub4dor'; sleep 0.3; printf '%s\\n' '&3 lives'; id -un";
    const auto result =
        fleet.cef({"exec", "host=n1", "--connection-password-file", file.path(), "--format", "json", "--", command});
    INFO(server.log());
    CHECK(result.code("n1") == "ok");
    CHECK(result["n1"]["data"]["stdout"] == "********\n" + user.name() + "\n");
    CHECK(result.out.find(password) == std::string::npos);
    CHECK(result.err.empty());
    const auto live = fleet.cef({"exec", "host=n1", "--connection-password-file", file.path(), "--", command});
    CHECK(live.out == "********\n" + user.name() + "\n");
  }
  SECTION("from a file that others can read, with a warning") {
    const PasswordFile file(password + "\r\n");
    std::filesystem::permissions(file.path(), std::filesystem::perms(0644));
    const auto result = fleet.cef({"ping", "host=n1", "--connection-password-file", file.path(), "--format", "json"});
    CHECK(result.code("n1") == "ok");
    CHECK(result.err.find("others can read") != std::string::npos);
    CHECK(result.err.find("chmod 600") != std::string::npos);
  }
  SECTION("from the inventory") {
    fleet.set("cef_password", "'" + password + "'");
    const auto result = fleet.cef({"ping", "host=n1", "--format", "json"});
    INFO(result.told());
    CHECK(result.code("n1") == "ok");
    const auto list = fleet.cef({"hosts", "--list"});
    CHECK(list.out.find("\"cef_password\": \"********\"") != std::string::npos);
    CHECK(list.out.find(password) == std::string::npos);
  }
  SECTION("typed on the terminal, once for all hosts") {
    fleet.add("n2", server);
    const auto pty = fleet.start_on_terminal({"ping", "group=all", "-k", "--progress", "never"});
    REQUIRE(pty->wait_for("SSH password: "));
    pty->type(password + "\n");
    const auto result = pty->wait();
    INFO(plain(pty->screen()));
    CHECK(result.exit_code == 0);
    CHECK(pty->screen().find("Tr0ub4dor") == std::string::npos);
    const auto again = plain(pty->screen()).find("SSH password", plain(pty->screen()).find("SSH password") + 5);
    CHECK(again == std::string::npos);
  }
  SECTION("nowhere in the command line or the environment of any process") {
    const PasswordFile file(password);
    const auto process = fleet.start({"exec", "host=n1", "--connection-password-file", file.path(), "--", "sleep 600"});
    REQUIRE(eventually([&] { return server.execs() > 0; }));
    for (const auto& entry : processes()) {
      CHECK(entry.command.find(password) == std::string::npos);
      CHECK(read_file("/proc/" + std::to_string(entry.pid) + "/environ").find(password) == std::string::npos);
    }
    process->signal(SIGTERM);
    process->wait();
  }
}

TEST_CASE("Ctrl-C at the question for a password ends cef and brings the echo back", "[e2e][auth]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto pty = fleet.start_on_terminal({"ping", "host=n1", "-k"});
  REQUIRE(pty->wait_for("SSH password: "));
  pty->type("abc\x03");
  const auto result = pty->wait();
  CHECK(result.exit_code == 130);
  CHECK(server.connections() == 0);
}

TEST_CASE("a password that cannot be had is a usage error", "[e2e][auth]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const PasswordFile empty("\n");
  const std::vector<std::vector<std::string>> cases{{"-k"},
                                                    {"--connection-password-file", "/nowhere/password"},
                                                    {"--connection-password-file", "-"},
                                                    {"--connection-password-file", empty.path()},
                                                    {"--key-passphrase-file", "/nowhere/passphrase"}};
  for (const auto& options : cases) {
    std::vector<std::string> arguments{"ping", "host=n1"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const auto result = fleet.cef(arguments);
    INFO(result.told());
    CHECK(result.exit_code == 5);
    CHECK_FALSE(result.err.empty());
  }
  CHECK(server.connections() == 0);
}

TEST_CASE("a wrong password is sent to one host", "[e2e][auth]") {
  const PasswordUser user;
  if (left_out(user)) return;
  const Sshd server(takes_passwords());
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.set("user", user.name());
  std::vector<std::string> hosts;
  for (int i = 0; i < 12; ++i) hosts.push_back("n" + std::to_string(i));
  for (const auto& host : hosts) fleet.add(host, server);
  const PasswordFile file("not the password\n");
  const auto result = fleet.cef({"ping", "group=all", "--connection-password-file", file.path(), "--format", "json"});
  INFO(result.told());
  INFO(server.log());
  // One, and where its server takes more than two seconds to refuse it another.
  const auto tried = with_code(result, hosts, "auth_denied");
  CHECK(tried >= 1);
  CHECK(tried <= 2);
  CHECK(with_code(result, hosts, "circuit_open") == 12 - tried);
  CHECK(server.count("Failed password for") == tried);
}

TEST_CASE("a password is not sent where a key suffices", "[e2e][auth]") {
  const PasswordUser user;
  if (left_out(user)) return;
  const AuthorizedKey key;
  const Sshd server(takes({"PasswordAuthentication yes", key.line()}));
  Fleet fleet;
  fleet.set("key_file", key_file("ed25519").string());
  fleet.set("user", user.name());
  fleet.add("n1", server);
  const PasswordFile file("not the password\n");
  const auto result = fleet.cef({"ping", "host=n1", "--connection-password-file", file.path(), "--format", "json"});
  INFO(result.told());
  INFO(server.log());
  CHECK(result.code("n1") == "ok");
  CHECK(server.count("Failed password") == 0);
  CHECK(server.logins() == 1);
}

TEST_CASE("a password is not sent to a server that does not take one", "[e2e][auth]") {
  const Sshd server;
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  const PasswordFile file("anything\n");
  const auto result = fleet.cef({"ping", "host=n1", "--connection-password-file", file.path(), "--format", "json"});
  INFO(result.told());
  CHECK(result.code("n1") == "auth_denied");
  CHECK(result["n1"]["error"]["message"].get<std::string>().find("publickey") != std::string::npos);
  CHECK(server.count("Failed password") == 0);
}

TEST_CASE("a key and a password together log in where both are wanted, in either order", "[e2e][auth]") {
  const PasswordUser user;
  if (left_out(user)) return;
  const auto* methods = GENERATE("publickey,password", "password,publickey");
  const AuthorizedKey key;
  const Sshd server(takes({"PasswordAuthentication yes", std::string("AuthenticationMethods ") + methods, key.line()}));
  Fleet fleet;
  fleet.set("user", user.name());
  fleet.set("key_file", key_file("ed25519").string());
  fleet.add("n1", server);
  const PasswordFile file(std::string(PasswordUser::password) + "\n");
  const auto result = fleet.cef({"ping", "host=n1", "--connection-password-file", file.path(), "--format", "json"});
  INFO(methods);
  INFO(result.told());
  INFO(server.log());
  CHECK(result.code("n1") == "ok");
  const auto half = fleet.cef({"ping", "host=n1", "--format", "json"});
  CHECK(half.code("n1") == "auth_denied");
  CHECK(half["n1"]["error"]["message"].get<std::string>().find("password") != std::string::npos);
}

TEST_CASE("keyboard-interactive prompts are answered with the password", "[e2e][auth]") {
  const PasswordUser user;
  if (left_out(user)) return;
  if (!std::filesystem::exists("/etc/pam.d/sshd")) {
    WARN("skipped: this machine has no PAM service for sshd");
    return;
  }
  const Sshd server(takes({"UsePAM yes", "KbdInteractiveAuthentication yes"}));
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.set("user", user.name());
  for (const auto* host : {"n1", "n2", "n3"}) fleet.add(host, server);
  const PasswordFile right(std::string(PasswordUser::password) + "\n");
  const auto result = fleet.cef({"ping", "group=all", "--connection-password-file", right.path(), "--format", "json"});
  INFO(result.told());
  INFO(server.log());
  for (const auto* host : {"n1", "n2", "n3"}) CHECK(result.code(host) == "ok");
  const PasswordFile wrong("not the password\n");
  const auto denied = fleet.cef({"ping", "group=all", "--connection-password-file", wrong.path(), "--format", "json"});
  INFO(denied.told());
  // PAM takes some two seconds to refuse; after two, another host is asked.
  const auto asked = with_code(denied, {"n1", "n2", "n3"}, "auth_denied");
  CHECK(asked >= 1);
  CHECK(asked <= 2);
  CHECK(with_code(denied, {"n1", "n2", "n3"}, "circuit_open") == 3 - asked);
  CHECK(server.count("authentication failure") + server.count("PAM: Authentication failure") == asked);
}
