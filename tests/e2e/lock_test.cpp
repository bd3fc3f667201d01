// cef --lock: two runs with one name do not overlap.
#include "fleet.hpp"
#include "keys.hpp"
#include "pty.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <csignal>

using namespace cef::testing;

TEST_CASE("a second run with the lock of one under way ends before it asks a host", "[e2e][lock]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  const auto first = fleet.start({"exec", "host=n1", "--lock", "minute", "--", "echo started; sleep 600"});
  REQUIRE(first->wait_for_output("started"));
  const auto logins = server.connections();
  const auto state = fleet.home() / ".local/state/cef";
  for (const auto& folder : {state, state / "locks"})
    CHECK(std::filesystem::status(folder).permissions() == std::filesystem::perms::owner_all);

  auto result = fleet.cef({"ping", "host=n1", "--lock", "minute"});
  INFO(result.told());
  CHECK(result.exit_code == 75);
  CHECK(result.out.empty());
  CHECK(holds(result.err, fmt::format("another run holds the lock 'minute': pid {}, cef exec, since 2", first->pid())));
  CHECK(server.connections() == logins);
  // Another name is another lock.
  CHECK(fleet.cef({"ping", "host=n1", "--lock", "hour"}).exit_code == 0);
  CHECK(fleet.cef({"ping", "host=n1"}).exit_code == 0);

  // However the process ends.
  first->signal(SIGKILL);
  first->wait();
  result = fleet.cef({"ping", "host=n1", "--lock", "minute"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
}

TEST_CASE("of two runs that begin together one has the lock", "[e2e][lock]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  std::vector<std::unique_ptr<Process>> runs;
  for (int i = 0; i < 2; ++i) runs.push_back(fleet.start({"exec", "host=n1", "--lock", "minute", "--", "sleep 3"}));
  std::vector<int> codes;
  for (const auto& each : runs) codes.push_back(each->wait().exit_code);
  std::sort(codes.begin(), codes.end());
  CHECK(codes == std::vector<int>{0, 75});
}

TEST_CASE("a lock's name is no path, and a folder that cannot be written is told", "[e2e][lock]") {
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  for (const auto* name : {"", "../x", "a/b", ".hidden", "a b", "-x", "é"}) {
    const auto result = fleet.cef({"ping", "host=n1", fmt::format("--lock={}", name)});
    INFO(result.told());
    CHECK(result.exit_code == 5);
  }
  RunOptions options;
  options.env = {{"CEF_STATE_DIR", "/proc/nothing"}};
  const auto result = fleet.cef({"ping", "host=n1", "--journal", "none", "--lock", "x"}, options);
  INFO(result.told());
  CHECK(result.exit_code == 1);
  CHECK(holds(result.err, "--lock: cannot make /proc/nothing"));
  CHECK(server.connections() == 0);
}

TEST_CASE("nobody holds a lock while somebody types a password", "[e2e][lock]") {
  struct Case {
    const char* name;
    std::vector<std::string> options;
    const char* question;
  };
  const auto c = GENERATE(values<Case>({
      {"of the user", {"-k"}, "SSH password: "},
      {"of a key", {"--key-file", key_file("ed25519-locked").string()}, "Passphrase for key "},
  }));
  INFO(c.name);
  const Sshd server;
  Fleet fleet;
  fleet.add("n1", server);
  std::vector<std::string> words{"ping", "host=n1", "--lock", "minute"};
  words.insert(words.end(), c.options.begin(), c.options.end());
  const auto pty = fleet.start_on_terminal(words);
  REQUIRE(pty->wait_for(c.question));
  const auto other = fleet.cef({"ping", "host=n1", "--lock", "minute"});
  INFO(other.told());
  CHECK(other.exit_code == 0);
  pty->type("\x03");
  CHECK(pty->wait().exit_code == 130);
}
