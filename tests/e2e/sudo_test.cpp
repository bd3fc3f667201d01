// Commands by sudo on real servers with a real sudo, whose users and rules are the test's own.
#include "fleet.hpp"
#include "sshd.hpp"
#include "sudoers.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <filesystem>

using namespace cef::testing;

namespace {

SshdOptions with(const Sudoers& sudoers, bool without_sudo) {
  SshdOptions options;
  options.wrapper = sudoers.wrapper(without_sudo);
  return options;
}

// A server on which all users of the test may log in by key.
struct SudoHost {
  Sudoers sudoers;
  Sshd server;
  Fleet fleet;
  std::filesystem::path password_file = fleet.folder() / "password";

  explicit SudoHost(const std::vector<std::string>& rules = {}, bool without_sudo = false)
      : sudoers(rules), server(with(sudoers, without_sudo)) {
    // Its users are not the test's: they must be able to read their keys and enter their home.
    for (auto folder = server.home(); folder != folder.root_path() && folder.filename() != "tmp";
         folder = folder.parent_path())
      std::filesystem::permissions(folder, std::filesystem::perms(0755));
    const auto keys = server.home().parent_path() / "authorized_keys";
    std::filesystem::permissions(keys, std::filesystem::perms(0644));
    say(Sudoers::password());
  }
  void say(const std::string& password) const { write_file(password_file, password + "\n"); }
  void add(const std::string& name, const std::string& user) {
    FleetHost host;
    host.variables["user"] = user;
    fleet.add(name, server, host);
  }
  CefResult exec(const std::string& command, std::vector<std::string> options = {}) const {
    std::vector<std::string> words{"exec", "group=fleet", "-b", "--format", "json"};
    words.insert(words.end(), options.begin(), options.end());
    words.insert(words.end(), {"--", command});
    return fleet.cef(words);
  }
  CefResult exec_with_password(const std::string& command, std::vector<std::string> options = {}) const {
    options.insert(options.end(), {"--become-password-file", password_file.string()});
    return exec(command, options);
  }
};

bool possible() {
  if (!sudoers_work()) WARN("left out: it takes root and sudo");
  return sudoers_work();
}

}  // namespace

TEST_CASE("every answer of sudo is told apart", "[e2e][sudo]") {
  if (!possible()) return;
  struct Case {
    const char* name;
    const char* user;
    const char* password;  // or null
    const char* code;
  };
  SudoHost host;
  const auto c = GENERATE(values<Case>({
      {"no password needed", "edge-nopass", nullptr, "ok"},
      {"no password needed, and one given", "edge-nopass", "never used", "ok"},
      {"right", "edge-pass", "correct horse", "ok"},
      {"needed", "edge-pass", nullptr, "sudo_password_required"},
      {"wrong", "edge-pass", "battery staple", "sudo_password_wrong"},
      {"wrong, and sudo asks once", "edge-once", "battery staple", "sudo_password_wrong"},
      {"not in sudoers", "edge-none", "correct horse", "sudo_denied"},
      {"another command allowed", "edge-one", "correct horse", "sudo_denied"},
      {"only on a terminal", "edge-tty", nullptr, "sudo_denied"},
  }));
  DYNAMIC_SECTION(c.name) {
    host.add("n1", c.user);
    if (c.password) host.say(c.password);
    const auto result = c.password ? host.exec_with_password("id -un; cat") : host.exec("id -un; cat");
    INFO(result.told());
    INFO(host.sudoers.log());
    CHECK(result.code("n1") == c.code);
    CHECK(result.exit_code == (std::string(c.code) == "ok" ? 0 : 2));
    if (std::string(c.code) == "ok") CHECK(result["n1"]["data"]["stdout"] == "root\n");
    if (std::string(c.code) == "ok") CHECK(result["n1"]["data"]["stderr"] == "");
    CHECK(host.sudoers.logged("incorrect password attempt") == (std::string(c.code) == "sudo_password_wrong" ? 1 : 0));
    if (c.password && std::string(c.password) != "correct horse")
      CHECK((result.out + result.err).find(c.password) == std::string::npos);
    CHECK_FALSE(result.timed_out);  // no question waits for an answer
  }
}

TEST_CASE("a host without sudo is told so, and needs none for the user who logs in", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host({}, true);
  host.add("n1", "edge-pass");
  host.add("n2", "root");
  const auto result = host.exec_with_password("id -un");
  INFO(result.told());
  CHECK(result.code("n1") == "command_not_found");
  CHECK(result["n1"]["error"]["hint"].get<std::string>().find("-u root") != std::string::npos);
  CHECK(result.code("n2") == "ok");
}

TEST_CASE("sudo becomes the user that is asked for", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("n1", "edge-pass");
  const auto result = host.exec_with_password("id -un; echo $HOME", {"--become-user", "edge-other"});
  INFO(result.told());
  CHECK(result["n1"]["data"]["stdout"] == "edge-other\n/tmp\n");
  const auto nobody = host.exec_with_password("id -un", {"--become-user", "edge-nobody"});
  INFO(nobody.told());
  CHECK(nobody.code("n1") == "sudo_denied");
  CHECK(nobody["n1"]["error"]["message"] == "there is no user 'edge-nobody' on the host");
}

TEST_CASE("what the command says and how it ends is its own, however much it looks like sudo's", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("n1", "edge-pass");
  host.add("n2", "edge-nopass");
  struct Case {
    const char* command;
    int rc;
    const char* err;
  };
  const auto c = GENERATE(values<Case>({
      {"echo 'sudo: a password is required' >&2; exit 1", 1, "sudo: a password is required\n"},
      {"echo 'Sorry, try again.' >&2; exit 1", 1, "Sorry, try again.\n"},
      {"exit 127", 127, ""},
      {"sudo -n -u edge-pass sudo -n true 2>/dev/null; exit 1", 1, ""},
      {"printf no-line-end >&2; exit 0", 0, "no-line-end"},
  }));
  DYNAMIC_SECTION(c.command) {
    const auto result = host.exec_with_password(c.command);
    INFO(result.told());
    for (const auto* name : {"n1", "n2"}) {
      CHECK(result[name]["data"]["rc"] == c.rc);
      CHECK(result[name]["data"]["stderr"] == c.err);
      CHECK(result.code(name) == (c.rc == 0 ? "ok" : c.rc == 127 ? "command_not_found" : "command_failed"));
    }
  }
}

TEST_CASE("the command gets its own input and nothing of the password", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("n1", "edge-pass");
  host.add("n2", "edge-nopass");
  host.add("n3", "edge-cached");
  const std::string body = "#!/bin/cat\nevery line of this is input\nand comes out again";
  write_file(host.fleet.folder() / "script", body);
  for (int round = 0; round < 2; ++round) {  // the second time edge-cached is not asked
    const auto result =
        host.fleet.cef({"exec", "group=fleet", "-b", "--become-password-file", host.password_file.string(), "--script",
                        (host.fleet.folder() / "script").string(), "--format", "json"});
    INFO(result.told());
    for (const auto* name : {"n1", "n2", "n3"}) CHECK(result[name]["data"]["stdout"] == body);
  }
  CHECK(host.sudoers.logged("incorrect") == 0);
}

TEST_CASE("the locale is sudo's alone", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("n1", "edge-nopass");
  const auto result = host.exec("echo \"[$LC_ALL]\"");
  INFO(result.told());
  CHECK(result["n1"]["data"]["stdout"] == "[]\n");
}

TEST_CASE("a command that runs as root is ended too", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  const std::string user = GENERATE("edge-pass", "edge-nopass");
  host.add("n1", user);
  static int number = 0;
  const auto sleeps = "sleep 7" + std::to_string(getpid()) + std::to_string(++number);
  const auto command = sleeps + " & setsid " + sleeps + " & (trap '' TERM; " + sleeps + "; " + sleeps + ") & wait";
  SECTION(user + ": its time is up") {
    const auto result = host.exec_with_password(command, {"--timeout", "4"});
    INFO(result.told());
    CHECK(result.code("n1") == "command_timeout");
    CHECK(eventually([&] { return processes_with(sleeps).empty(); }));
  }
  SECTION(user + ": interrupted") {
    const auto process = host.fleet.start({"exec", "group=fleet", "-b", "--become-password-file",
                                           host.password_file.string(), "--format", "json", "--", command});
    REQUIRE(eventually([&] { return processes_with(sleeps).size() >= 3; }));
    process->signal(SIGTERM);
    const auto result = read_result(process->wait());
    INFO(result.told());
    CHECK(result.exit_code == 143);
    CHECK(result.code("n1") == "interrupted");
    CHECK(eventually([&] { return processes_with(sleeps).empty(); }));
  }
}

// One, and where PAM takes more than two seconds to refuse it another.
TEST_CASE("a wrong password is not tried on twenty hosts", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  for (int i = 1; i <= 20; ++i) host.add("n" + std::to_string(i), "edge-pass");
  host.say("battery staple");
  const auto result = host.exec_with_password("id");
  INFO(result.told());
  INFO(host.sudoers.log());
  CHECK(result.exit_code == 8);
  const auto tried = result.document["summary"]["failed"].get<std::size_t>();
  CHECK(tried >= 1);
  CHECK(tried <= 2);
  CHECK(result.document["summary"]["skipped"] == 20 - tried);
  std::size_t left_out = 0;
  for (int i = 1; i <= 20; ++i) left_out += result.code("n" + std::to_string(i)) == "circuit_open" ? 1U : 0U;
  CHECK(left_out == 20 - tried);
  CHECK(host.sudoers.logged("incorrect password attempt") == tried);
  CHECK(host.sudoers.logged("edge-pass") == tried);
  CHECK(result.err.find(" hosts left out: not tried: n") != std::string::npos);
}

TEST_CASE("hosts that need no password do not wait for one another", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  for (int i = 1; i <= 8; ++i) host.add("n" + std::to_string(i), "edge-nopass");
  const auto result = host.exec_with_password(rendezvous(host.server.home() / "here", 8));
  INFO(result.told());
  CHECK(result.exit_code == 0);
}

TEST_CASE("a host's own password is used", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  FleetHost own;
  own.variables = {{"user", "edge-pass"}, {"become_password", "'correct horse'"}};
  host.fleet.add("n1", host.server, own);
  own.variables["become_password"] = "battery";
  host.fleet.add("n2", host.server, own);
  const auto result = host.exec("id -un");
  INFO(result.told());
  CHECK(result.code("n1") == "ok");
  CHECK(result.code("n2") == "sudo_password_wrong");
  CHECK(result.exit_code == 2);
}

TEST_CASE("-K asks for the password on the terminal, and shows nothing of it", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("n1", "edge-pass");
  const auto terminal = host.fleet.start_on_terminal({"exec", "group=fleet", "-b", "-K", "--", "id -un"});
  REQUIRE(terminal->wait_for("sudo password: "));
  terminal->type("correct horse\n");
  const auto result = terminal->wait();
  INFO(plain(terminal->screen()));
  CHECK(result.exit_code == 0);
  CHECK(terminal->screen().find("root") != std::string::npos);
  CHECK(terminal->screen().find("horse") == std::string::npos);
}

TEST_CASE("cef sudo tells what each host needs", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  for (const std::string name : {"nopass", "pass", "cached", "none", "one"}) host.add(name, "edge-" + name);
  host.add("root", "root");
  const auto bare = host.fleet.cef({"sudo", "group=fleet", "--format", "json"});
  INFO(bare.told());
  CHECK(bare.code("nopass") == "ok");
  CHECK(bare["nopass"]["data"]["needs_password"] == false);
  CHECK(bare["nopass"]["data"]["user"] == "edge-nopass");
  CHECK(bare["nopass"]["data"]["become_user"] == "root");
  CHECK(bare["nopass"]["data"]["version"].get<std::string>().starts_with("1."));
  CHECK(bare.code("pass") == "sudo_password_required");
  CHECK(bare["pass"]["data"]["needs_password"] == true);
  CHECK(bare["root"]["data"]["needs_password"] == false);
  CHECK(bare.exit_code == 2);

  for (int round = 0; round < 2; ++round) {  // what sudo remembers does not count
    const auto full = host.fleet.cef(
        {"sudo", "group=fleet", "--become-password-file", host.password_file.string(), "--format", "json"});
    INFO(full.told());
    CHECK(full.code("pass") == "ok");
    CHECK(full["pass"]["data"]["needs_password"] == true);
    CHECK(full["cached"]["data"]["needs_password"] == true);
    CHECK(full["nopass"]["data"]["needs_password"] == false);
    CHECK(full.code("none") == "sudo_denied");
    CHECK(full["one"]["data"]["sudo"] == "denied");
  }
}

TEST_CASE("a run on this machine uses sudo in the same way", "[e2e][sudo]") {
  if (!possible()) return;
  const Sudoers sudoers;
  const TempDir folder;
  std::filesystem::permissions(folder.path(), std::filesystem::perms(0755));
  write_file(folder / "hosts.yml", "all: {hosts: {here: {local: true}}}\n", 0644);
  struct Case {
    const char* user;
    const char* password;
    const char* code;
  };
  const auto c = GENERATE(values<Case>({
      {"edge-pass", "correct horse", "ok"},
      {"edge-pass", "battery staple", "sudo_password_wrong"},
      {"edge-pass", nullptr, "sudo_password_required"},
      {"edge-nopass", "not needed", "ok"},
      {"edge-none", "correct horse", "sudo_denied"},
  }));
  DYNAMIC_SECTION(c.user << ", " << (c.password ? c.password : "no password")) {
    const auto id = run([&] {
      auto words = sudoers.wrapper();
      words.insert(words.end(), {"id", "-u", c.user});
      return words;
    }());
    const auto number = id.out.substr(0, id.out.find('\n'));
    const std::string variable = c.password ? std::string("cef_become_password: ") + c.password : "x: y";
    write_file(folder / "hosts.yml", "all: {hosts: {here: {local: true, " + variable + "}}}\n", 0644);
    auto words = sudoers.wrapper();
    words.insert(words.end(),
                 {"setpriv", "--reuid", number, "--regid", number, "--clear-groups", CEF_PROGRAM, "-i",
                  (folder / "hosts.yml").string(), "exec", "host=here", "-b", "--format", "json", "--", "id -un; cat"});
    const auto result = read_result(run(words));
    INFO(result.told());
    CHECK(result.code("here") == c.code);
    if (std::string(c.code) == "ok") CHECK(result["here"]["data"]["stdout"] == "root\n");
  }
}

TEST_CASE("probes, snapshot and watch look by sudo where they are told to", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("may", "edge-pass");
  host.add("never", "edge-none");
  const auto look = [&](std::vector<std::string> words) {
    words.insert(words.end(), {"group=fleet", "-b", "--become-password-file", host.password_file.string()});
    return host.fleet.cef(words);
  };
  for (const std::vector<std::string>& words :
       {std::vector<std::string>{"mem", "--format", "json"}, {"snapshot", "--format", "json"}}) {
    const auto result = look(words);
    INFO(result.told());
    CHECK(result.code("may") == "ok");
    CHECK(result.code("never") == "sudo_denied");
  }
  const auto watch = look({"watch", "mem", "--count", "1", "--format", "ndjson"});
  INFO(watch.told());
  CHECK(watch.code("may") == "ok");
  CHECK(watch.code("never") == "sudo_denied");
  CHECK(host.fleet.cef({"mem", "group=fleet"}).exit_code == 0);
}

TEST_CASE("a host that becomes root by its inventory can be asked what needs none", "[e2e][sudo]") {
  if (!possible()) return;
  SudoHost host;
  host.add("n1", "edge-none");
  host.fleet.set("become", "true");
  const auto result = host.fleet.cef({"ping", "group=fleet"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
}
