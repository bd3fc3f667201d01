// Logging in with keys that an ssh-agent holds, and with agents that do not answer.
#include "bad_agent.hpp"
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace cef::testing;

namespace {

// A real ssh-agent with these keys.
class RealAgent {
 public:
  explicit RealAgent(const std::vector<std::string>& keys) : agent_({"ssh-agent", "-D", "-a", socket()}) {
    REQUIRE(eventually([&] { return std::filesystem::exists(socket()); }));
    for (const auto& key : keys) add(key);
  }
  void add(const std::string& key) const {
    const TempDir folder;
    write_file(folder / "say", "#!/bin/sh\necho '" + std::string(key_passphrase) + "'\n", 0755);
    auto env = environment();
    env["SSH_ASKPASS"] = (folder / "say").string();
    env["SSH_ASKPASS_REQUIRE"] = "force";
    REQUIRE(run({"ssh-add", "-q", key_file(key).string()}, {.env = env}).exit_code == 0);
  }
  std::string socket() const { return (folder_ / "agent").string(); }
  std::map<std::string, std::string> environment() const { return {{"SSH_AUTH_SOCK", socket()}}; }

 private:
  TempDir folder_;
  Process agent_;
};

std::vector<std::string> strangers(int count) {
  std::vector<std::string> names;
  for (int i = 0; i < count; ++i) names.push_back("ed25519-stranger" + std::to_string(i));
  return names;
}

// Of the hosts NAME0, NAME1 and so on.
double longest(const CefResult& result, const std::string& name, int count) {
  double most = 0;
  for (int i = 0; i < count; ++i) most = std::max(most, result[name + std::to_string(i)].value("duration_ms", 0.0));
  return most;
}

}  // namespace

TEST_CASE("keys of every kind log in from the agent", "[e2e][auth]") {
  const auto* key = GENERATE("ed25519", "ecdsa256", "rsa2048");
  DYNAMIC_SECTION(key) {
    SshdOptions options;
    options.user_keys = {key};
    const Sshd server(options);
    const RealAgent agent({"ecdsa384-stranger", key});
    Fleet fleet;
    fleet.add("n1", server);
    fleet.set("key_file", "''");
    const auto result =
        fleet.cef({"exec", "host=n1", "--format", "json", "--", "echo in"}, {.env = agent.environment()});
    INFO(result.told());
    INFO(server.log());
    CHECK(result.code("n1") == "ok");
    CHECK(result["n1"]["data"]["stdout"] == "in\n");
  }
}

TEST_CASE("a key that only an agent has is named by its public half", "[e2e][auth]") {
  const Sshd server;
  auto keys = strangers(7);
  keys.emplace_back("ed25519");  // the last of more than a server lets one try
  const RealAgent agent(keys);
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  const auto key = fleet.folder() / "key", config = fleet.folder() / "config";
  std::filesystem::copy_file(key_file("ed25519").string() + ".pub", key.string() + ".pub");
  for (const std::string& file : {key.string(), key.string() + ".pub"})
    for (const std::string more : {"", "IdentitiesOnly yes\n"}) {
      write_file(config, "Host *\nIdentityFile " + file + "\n" + more);
      const auto result = fleet.cef({"ping", "host=n1", "--format", "json", "--ssh-config", config.string()},
                                    {.env = agent.environment()});
      INFO(result.told());
      CHECK(result.code("n1") == "ok");
    }
  const auto without = fleet.cef({"ping", "host=n1", "--format", "json", "--ssh-config", config.string()});
  CHECK(without.code("n1") == "key_unreadable");
}

TEST_CASE("many hosts log in from one agent", "[e2e][auth]") {
  const Sshd server;
  const RealAgent agent({"ed25519"});
  Fleet fleet;
  fleet.set("key_file", "''");
  for (int i = 0; i < 40; ++i) fleet.add("n" + std::to_string(i), server);
  const auto result = fleet.cef({"ping", "group=all", "--format", "json"}, {.env = agent.environment()});
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(server.logins() == 40);
}

TEST_CASE("a key that is named comes before all that the agent holds", "[e2e][auth]") {
  const Sshd server;
  const RealAgent agent(strangers(10));
  Fleet fleet;
  fleet.add("n1", server);
  fleet.set("key_file", key_file("ed25519").string());
  const auto named = fleet.cef({"ping", "host=n1", "--format", "json"}, {.env = agent.environment()});
  INFO(named.told());
  CHECK(named.code("n1") == "ok");
  CHECK(server.count("Failed publickey") == 0);

  // Encrypted, and held by the agent as its eleventh: nobody is asked for anything.
  SshdOptions options;
  options.user_keys = {"ed25519-locked"};
  const Sshd other(options);
  agent.add("ed25519-locked");
  Fleet second;
  second.add("n2", other, {.variables = {{"key_file", key_file("ed25519-locked").string()}}});
  const auto held = second.cef({"ping", "host=n2", "--format", "json"}, {.env = agent.environment()});
  INFO(held.told());
  CHECK(held.code("n2") == "ok");
  CHECK(other.count("Failed publickey") == 0);
}

TEST_CASE("nobody is asked for the passphrase of a key that the host's own agent holds", "[e2e][auth]") {
  SshdOptions options;
  options.user_keys = {"ed25519-locked"};
  const Sshd server(options);
  const RealAgent agent({"ed25519-locked"});
  const TempDir folder;
  write_file(folder / "ask", "#!/bin/sh\necho \"$1\" >>" + (folder / "asked").string() + "\nexit 1\n", 0755);
  RunOptions asking{.env = {{"SSH_ASKPASS", (folder / "ask").string()}, {"SSH_ASKPASS_REQUIRE", "force"}}};
  const auto asked = [&] { return std::filesystem::exists(folder / "asked"); };

  Fleet fleet;
  fleet.set("key_file", key_file("ed25519-locked").string());
  fleet.add("held", server, {.variables = {{"ansible_ssh_common_args", "'-o IdentityAgent=" + agent.socket() + "'"}}});
  const auto held = fleet.cef({"ping", "host=held", "--format", "json"}, asking);
  INFO(held.told());
  CHECK(held.code("held") == "ok");
  CHECK_FALSE(asked());

  // An agent that another host has is of no use to this one.
  fleet.add("locked", server);
  fleet.cef({"ping", "group=all", "--format", "json"}, asking);
  CHECK(asked());
}

TEST_CASE("the agent's other keys are kept away from servers where only named keys count", "[e2e][auth]") {
  const Sshd server;
  const RealAgent agent({"ed25519"});
  Fleet fleet;
  fleet.add("n1", server);
  fleet.set("key_file", key_file("ed25519-stranger").string());
  CHECK(fleet.cef({"ping", "host=n1", "--format", "json"}, {.env = agent.environment()}).code("n1") == "ok");
  const auto config = (fleet.folder() / "config").string();
  write_file(config, "Host *\n IdentitiesOnly yes\n");
  CHECK(fleet.cef({"ping", "host=n1", "--format", "json", "--ssh-config", config}, {.env = agent.environment()})
            .code("n1") == "auth_denied");
}

TEST_CASE("more keys than a server lets one try are not all tried", "[e2e][auth]") {
  const Sshd server;
  const RealAgent agent(strangers(10));
  Fleet fleet;
  fleet.add("n1", server);
  fleet.set("key_file", "''");
  const auto result = fleet.cef({"ping", "host=n1", "--format", "json"}, {.env = agent.environment()});
  INFO(result.told());
  INFO(server.log());
  CHECK(result.code("n1") == "auth_denied");
  CHECK(result["n1"]["error"]["message"].get<std::string>().find("(agent)") != std::string::npos);
}

TEST_CASE("an agent that says nothing holds up nobody but those who need it", "[e2e][auth]") {
  const Sshd server;
  const BadAgent agent;
  Fleet fleet;
  fleet.set("key_file", "''");
  for (int i = 0; i < 10; ++i) fleet.add("lost" + std::to_string(i), server);
  for (int i = 0; i < 10; ++i)
    fleet.add("fine" + std::to_string(i), server, {.variables = {{"key_file", key_file("ed25519").string()}}});
  const auto result =
      fleet.cef({"ping", "group=all", "--format", "json"}, {.env = {{"SSH_AUTH_SOCK", agent.socket()}}});
  INFO(result.told());
  for (int i = 0; i < 10; ++i) {
    CHECK(result.code("lost" + std::to_string(i)) == "agent_unavailable");
    CHECK(result.code("fine" + std::to_string(i)) == "ok");
  }
  // The agent is given up after three seconds, for all at once; nobody else is there for so long.
  CHECK(longest(result, "fine", 10) < longest(result, "lost", 10));
  CHECK(longest(result, "lost", 10) - longest(result, "fine", 10) < 2 * 3000);
}

TEST_CASE("an agent that does not sign holds up nobody but those who need it", "[e2e][auth]") {
  const Sshd server;
  const RealAgent real({"ed25519"});
  const BadAgent agent(real.socket());
  Fleet fleet;
  fleet.set("key_file", "''");
  for (int i = 0; i < 20; ++i) fleet.add("lost" + std::to_string(i), server);
  for (int i = 0; i < 10; ++i)
    fleet.add("fine" + std::to_string(i), server, {.variables = {{"key_file", key_file("ed25519").string()}}});
  const auto result =
      fleet.cef({"ping", "group=all", "-T", "5", "--format", "json"}, {.env = {{"SSH_AUTH_SOCK", agent.socket()}}});
  INFO(result.told());
  for (int i = 0; i < 20; ++i) CHECK(result.code("lost" + std::to_string(i)) == "agent_unavailable");
  for (int i = 0; i < 10; ++i) CHECK(result.code("fine" + std::to_string(i)) == "ok");
  CHECK(longest(result, "fine", 10) < longest(result, "lost", 20));
  CHECK(longest(result, "lost", 20) - longest(result, "fine", 10) < 2 * 3000);
}

TEST_CASE("Ctrl-C does not wait for an agent", "[e2e][auth]") {
  const Sshd server;
  const RealAgent real({"ed25519"});
  const BadAgent agent(real.socket());
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  // The agent would be waited for two seconds. A machine that stops for so long may do so in one try, not in all.
  Clock::duration shortest = Clock::duration::max();
  for (int attempt = 0; attempt < 3 && shortest > Milliseconds(1200); ++attempt) {
    const auto connections = server.count("Connection from");
    const auto process = fleet.start({"ping", "host=n1"}, {.env = {{"SSH_AUTH_SOCK", agent.socket()}}});
    REQUIRE(eventually([&] { return server.count("Connection from") > connections; }));
    process->pump_until([] { return false; }, Milliseconds(500));
    const auto before = Clock::now();
    process->signal(SIGINT);
    CHECK(process->wait().exit_code == 130);
    shortest = std::min(shortest, Clock::now() - before);
  }
  CHECK(shortest < Milliseconds(1200));
}

TEST_CASE("a stale SSH_AUTH_SOCK is said where nothing else is left", "[e2e][auth]") {
  const Sshd server;
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  const auto result =
      fleet.cef({"ping", "host=n1", "--format", "json"}, {.env = {{"SSH_AUTH_SOCK", "/nowhere/agent"}}});
  INFO(result.told());
  CHECK(result.code("n1") == "agent_unavailable");
  CHECK(result["n1"]["error"]["message"].get<std::string>().find("/nowhere/agent") != std::string::npos);
}

TEST_CASE("IdentityAgent names another agent, or none", "[e2e][auth]") {
  const RealAgent wrong({"ed25519-stranger0"}), right({"ed25519"});
  const Sshd server;
  Fleet fleet;
  fleet.set("key_file", "''");
  fleet.add("n1", server);
  const auto code = [&](const std::string& agent) {
    write_file(fleet.folder() / "config", "Host *\n IdentityAgent " + agent + "\n");
    const auto result =
        fleet.cef({"ping", "host=n1", "--format", "json", "--ssh-config", (fleet.folder() / "config").string()},
                  {.env = wrong.environment()});
    INFO(result.told());
    return result.code("n1");
  };
  CHECK(code(right.socket()) == "ok");
  CHECK(code("SSH_AUTH_SOCK") == "auth_denied");
  CHECK(code("none") == "auth_denied");
}
