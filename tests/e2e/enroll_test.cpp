// Making new hosts ready for logins by key.
#include "fleet.hpp"
#include "keys.hpp"
#include "password_user.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace cef::testing;
namespace fs = std::filesystem;

namespace {

fs::path authorized_keys(const Sshd& server) { return server.home() / ".ssh" / "authorized_keys"; }

// Logs in with the key that the server takes already, to install another.
std::vector<std::string> enroll(std::vector<std::string> more = {}) {
  std::vector<std::string> words{"enroll",   "group=fleet", "--public-key", key_file("ecdsa256").string() + ".pub",
                                 "--format", "json"};
  words.insert(words.end(), more.begin(), more.end());
  return words;
}

bool logs_in_with(const Fleet& fleet, const char* key) {
  return fleet.cef({"ping", "group=fleet", "--key-file", key_file(key).string()}).exit_code == 0;
}

}  // namespace

TEST_CASE("enroll installs a key once and proves it, and is safe to repeat", "[e2e][enroll]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  CHECK_FALSE(logs_in_with(fleet, "ecdsa256"));

  const auto check = fleet.cef(enroll({"--check"}));
  INFO(check.told());
  CHECK(check["n1"]["status"] == "changed");
  CHECK_FALSE(fs::exists(server.home() / ".ssh"));

  const auto first = fleet.cef(enroll());
  INFO(first.told());
  CHECK(first.exit_code == 0);
  CHECK(first["n1"]["status"] == "changed");
  CHECK(first["n1"]["data"]["key_installed"] == true);
  CHECK(first["n1"]["data"]["host_key"] == "ssh-ed25519");
  CHECK(first["n1"]["data"]["fingerprint"] == fingerprint("ed25519-host"));
  CHECK(first["n1"]["data"]["key"] == fingerprint("ecdsa256"));
  CHECK((fs::status(server.home() / ".ssh").permissions() & fs::perms::all) == fs::perms::owner_all);
  CHECK(logs_in_with(fleet, "ecdsa256"));

  const std::string installed = read_file(authorized_keys(server));
  const auto second = fleet.cef(enroll());
  CHECK(second["n1"]["status"] == "ok");
  CHECK(second["n1"]["data"]["key_installed"] == false);
  CHECK(read_file(authorized_keys(server)) == installed);
  CHECK(first["n1"]["data"]["diff"]["added"] == installed);
  CHECK(check["n1"]["data"]["diff"] == first["n1"]["data"]["diff"]);
  CHECK_FALSE(second["n1"]["data"].contains("diff"));
}

TEST_CASE("enroll logs in with a password, once and for all", "[e2e][enroll]") {
  const PasswordUser user;
  if (!user.exists()) {
    WARN("skipped: only root can make a user with a password");
    return;
  }
  const Sshd server({.config = {"PasswordAuthentication yes"}});
  // The home folder of all its users.
  fs::permissions(server.home().parent_path(), static_cast<fs::perms>(0755));
  REQUIRE(run({"chown", user.name(), server.home().string()}).exit_code == 0);
  Fleet fleet;
  fleet.set("user", user.name());
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  CHECK_FALSE(logs_in_with(fleet, "ecdsa256"));
  const PasswordFile file(std::string(PasswordUser::password) + "\n");
  const auto result = fleet.cef(enroll({"--connection-password-file", file.path()}));
  INFO(result.told());
  INFO(server.log());
  CHECK(result.exit_code == 0);
  CHECK(result["n1"]["status"] == "changed");
  CHECK(result["n1"]["data"]["key_installed"] == true);
  CHECK(result.told().find(PasswordUser::password) == std::string::npos);
  CHECK(logs_in_with(fleet, "ecdsa256"));
  CHECK(server.count("Accepted password") == 1);
}

TEST_CASE("enroll keeps what an authorized_keys file holds", "[e2e][enroll]") {
  const Sshd server;
  write_file(server.home() / ".bashrc", "echo welcome; echo to n1 >&2\n");
  const fs::path real = server.home() / "keys elsewhere";
  write_file(real, "# mine\n#" + public_key("ecdsa256") + "\nssh-ed25519 AAAAold somebody");  // without a line's end
  fs::permissions(real, fs::perms::owner_all | fs::perms::group_all);
  fs::create_directories(server.home() / ".ssh");
  fs::create_symlink(real, authorized_keys(server));
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef(enroll());
  INFO(result.told());
  CHECK(result["n1"]["data"]["key_installed"] == true);
  CHECK(fs::is_symlink(authorized_keys(server)));
  const std::string text = read_file(real);
  CHECK(text.starts_with("# mine\n#" + public_key("ecdsa256") + "\nssh-ed25519 AAAAold somebody\n" +
                         public_key("ecdsa256")));
  CHECK((fs::status(real).permissions() & fs::perms::group_write) == fs::perms::none);
  CHECK(std::distance(fs::directory_iterator(server.home() / ".ssh"), {}) == 1);
}

TEST_CASE("a key that is installed and still refused is told apart", "[e2e][enroll]") {
  SshdOptions options;
  options.config = {"PubkeyAcceptedAlgorithms ssh-ed25519"};
  const Sshd server(options);
  Fleet fleet;
  fleet.add("n1", server);
  const auto result = fleet.cef(enroll());
  INFO(result.told());
  CHECK(result.code("n1") == "auth_denied");
  CHECK(result["n1"]["data"]["key_installed"] == true);
  CHECK(result["n1"]["error"].value("message", "").find("is in authorized_keys") != std::string::npos);
}

TEST_CASE("enroll records unknown host keys", "[e2e][enroll]") {
  const Sshd server;
  Fleet fleet;
  for (const char* name : {"n1", "n2", "n3"}) fleet.add({.name = name, .port = server.port()});
  SECTION("after one question that shows equal keys together") {
    auto words = enroll();
    words.resize(words.size() - 2);  // a table
    const auto terminal = fleet.start_on_terminal(words);
    REQUIRE(terminal->wait_for("SSH password"));
    terminal->type("\n");  // by key
    REQUIRE(terminal->wait_for("(yes/no"));
    CHECK(plain(terminal->screen()).find("n[1-3]  3 hosts, one key") != std::string::npos);
    CHECK(plain(terminal->screen()).find(fingerprint("ed25519-host")) != std::string::npos);
    terminal->type("yes\n");
    CHECK(terminal->wait().exit_code == 0);
  }
  SECTION("without one where the policy says so") {
    const auto result = fleet.cef(enroll({"--host-key", "accept-new"}));
    INFO(result.told());
    CHECK(result.exit_code == 0);
  }
  CHECK(read_file(fleet.known_hosts_file()).find(public_key("ed25519-host")) != std::string::npos);
  CHECK(fleet.cef({"ping", "group=fleet", "--host-key", "strict"}).exit_code == 0);
}

TEST_CASE("enroll tells which keys it added, and the whole fingerprint at 80 columns", "[e2e][enroll]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("rpi6401", server);
  auto words = enroll();
  words.resize(words.size() - 2);  // a table
  for (const char* state : {"added", "was there"}) {
    const auto terminal = fleet.start_on_terminal(words, {.env = {{"NO_COLOR", "1"}}, .columns = 80});
    REQUIRE(terminal->wait_for("SSH password"));
    terminal->type("\n");
    CHECK(terminal->wait().exit_code == 0);
    const auto screen = plain(terminal->screen());
    INFO(screen);
    CHECK_THAT(screen, Catch::Contains("  " + fingerprint("ed25519-host") + "  " + state) &&
                           Catch::Contains("FINGERPRINT  YOUR_KEY") && Catch::Contains("+2 columns: host_key closed"));
  }
}

TEST_CASE("enroll --check records nothing", "[e2e][enroll]") {
  const Sshd server;
  Fleet fleet;
  fleet.add({.name = "n1", .port = server.port()});
  for (const char* check : {"--check", "-C"}) {
    const auto result = fleet.cef(enroll({check, "--host-key", "accept-new"}));
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK(read_file(fleet.known_hosts_file()).find(public_key("ed25519-host")) == std::string::npos);
  }
}

TEST_CASE("enroll says whether a host with a changed key looks re-flashed", "[e2e][enroll]") {
  SshdOptions options;
  options.host_keys = {"ed25519-host", "ecdsa256-host"};
  const Sshd server(options);
  Fleet fleet;
  fleet.add({.name = "n1", .port = server.port()});
  const std::string name = "[127.0.0.1]:" + std::to_string(server.port()) + ' ';
  fleet.know(name + public_key("ed25519-old") + '\n');
  SECTION("all keys are new") {
    fleet.know(name + public_key("ecdsa256-old") + '\n');
    const auto result = fleet.cef(enroll());
    INFO(result.told());
    CHECK(result.code("n1") == "host_key_changed");
    CHECK(result["n1"]["error"].value("message", "").find("looks re-flashed") != std::string::npos);
    CHECK(result["n1"]["error"].value("hint", "").find("ssh-keygen -R '[127.0.0.1]:") != std::string::npos);
  }
  SECTION("one key is new") {
    fleet.know(name + public_key("ecdsa256-host") + '\n');
    const auto result = fleet.cef(enroll());
    INFO(result.told());
    CHECK(result.code("n1") == "host_key_changed");
    CHECK(result["n1"]["error"].value("message", "").find("was not re-flashed") != std::string::npos);
  }
  CHECK_FALSE(fs::exists(server.home() / ".ssh"));
}

TEST_CASE("enroll wants a public key that can be read", "[e2e][enroll]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  write_file(fleet.folder() / "no.pub", "hello\n");
  for (const std::string& file : {std::string("/nonexistent/key.pub"), (fleet.folder() / "no.pub").string()}) {
    const auto result = fleet.cef({"enroll", "host=n1", "--public-key", file, "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 5);
  }
  // Where there is none at all, that is this machine's fault and nobody else's.
  fleet.set("key_file", "''");
  const auto none = fleet.cef({"enroll", "host=n1"});
  INFO(none.told());
  CHECK(none.exit_code == 5);
  CHECK_THAT(none.err, Catch::Contains("there is no key to install"));
  CHECK_THAT(none.err, Catch::Contains("ssh-keygen -t ed25519"));
  CHECK(server.connections() == 0);
}
