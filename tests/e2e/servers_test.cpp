// The servers of tests/support do what their names say, as OpenSSH's own client sees it.
#include "bad_server.hpp"
#include "keys.hpp"
#include "process.hpp"
#include "pty.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>

#include <csignal>
#include <vector>

using namespace cef::testing;

namespace {

std::vector<std::string> ssh(const Sshd& server, const std::string& key, const std::string& command,
                             const TempDir& folder) {
  write_file(folder / "known_hosts", server.known_hosts());
  return {"ssh",
          "-F",
          "none",
          "-o",
          "BatchMode=yes",
          "-o",
          "UserKnownHostsFile=" + (folder / "known_hosts").string(),
          "-o",
          "IdentitiesOnly=yes",
          "-i",
          key_file(key).string(),
          "-p",
          std::to_string(server.port()),
          "127.0.0.1",
          command};
}

std::string keyscan(std::uint16_t port) {
  const auto result = run({"ssh-keyscan", "-T", "1", "-p", std::to_string(port), "127.0.0.1"});
  return result.out + result.err;
}

}  // namespace

TEST_CASE("a real sshd logs in, runs commands and counts them", "[e2e][servers]") {
  const TempDir folder;
  const Sshd server;
  const auto result = run(ssh(server, "ed25519", "printf out; printf err >&2; exit 7", folder));
  INFO(server.log());
  CHECK(result.exit_code == 7);
  CHECK(result.out == "out");
  CHECK(result.err == "err");
  CHECK(server.connections() == 1);
  CHECK(server.logins() == 1);
  CHECK(server.execs() == 1);
}

TEST_CASE("a real sshd takes every kind of user key", "[e2e][servers]") {
  const std::vector<std::string> keys{"ed25519",        "ecdsa256",    "ecdsa384-pem",
                                      "ecdsa521-pkcs8", "rsa2048-pem", "rsa3072"};
  const TempDir folder;
  SshdOptions options;
  options.user_keys = keys;
  options.host_keys = {"ed25519-host", "ecdsa256-host", "rsa2048-host"};
  const Sshd server(options);
  for (const auto& key : keys) {
    INFO(key);
    CHECK(run(ssh(server, key, "true", folder)).exit_code == 0);
  }
}

TEST_CASE("a real sshd ends with all that its sessions started", "[e2e][servers]") {
  const TempDir folder;
  const auto marker = "98765" + std::to_string(getpid());
  {
    const Sshd server;
    Process session(ssh(server, "ed25519", "setsid sleep " + marker + " & sleep " + marker, folder));
    CHECK(eventually([&] { return processes_with("sleep " + marker).size() >= 2; }));
    CHECK(eventually([&] { return server.session_processes().size() >= 2; }));
  }
  CHECK(eventually([&] { return processes_with("sleep " + marker).empty(); }));
}

TEST_CASE("one sshd serves every loopback address", "[e2e][servers]") {
  SshdOptions options;
  options.addresses = everywhere;
  const Sshd server(options);
  for (const auto* address : {"127.0.0.1", "127.3.4.5", "127.250.1.9"}) {
    const auto result = run({"ssh-keyscan", "-T", "2", "-p", std::to_string(server.port()), address});
    CHECK(result.out.find("ssh-ed25519") != std::string::npos);
  }
}

TEST_CASE("bad servers fail as their names say", "[e2e][servers]") {
  struct Case {
    Fault fault;
    const char* seen;
  };
  const auto c = GENERATE(values<Case>({
      {Fault::mute, ""},
      {Fault::closes, "Connection closed"},
      {Fault::resets, "reset by peer"},
      {Fault::not_allowed, "Not allowed"},
      {Fault::kex_closes, "Connection closed"},
      {Fault::silent, ""},
  }));
  DYNAMIC_SECTION(name_of(c.fault)) {
    BadServer server;
    const auto port = server.listen(c.fault);
    const auto began = Clock::now();
    const auto seen = keyscan(port);
    CHECK(seen.find("ssh-ed25519") == std::string::npos);
    if (*c.seen == '\0') CHECK(Clock::now() - began > Milliseconds(900));
    CHECK((server.accepted() == 0) == (c.fault == Fault::silent));
  }
}

TEST_CASE("a terminal shows what a program prints and passes on keys", "[e2e][servers]") {
  Pty terminal({"sh", "-c", "read line; echo got $line; stty size; exec sleep 100"});
  terminal.type("hello\n");
  CHECK(terminal.wait_for("got hello"));
  CHECK(terminal.wait_for("30 100"));
  terminal.type("\x03");
  // The shell, where it has not become sleep yet, may end by itself for it.
  const auto ending = terminal.wait();
  CHECK((ending.signal == SIGINT || ending.exit_code == 128 + SIGINT));
}
