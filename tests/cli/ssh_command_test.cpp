#include "run/ssh_command.hpp"

#include "process.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::cli {

namespace {

using Words = std::vector<std::string>;

transport::Target target_of(std::string name, std::string address, std::uint16_t port = 22) {
  transport::Target target;
  target.name = std::move(name);
  target.address = std::move(address);
  target.port = port;
  target.user = "pi";
  target.host_key = HostKeyPolicy::ask;
  return target;
}

bool has(const Words& words, const std::string& word) { return std::ranges::find(words, word) != words.end(); }

// What ssh itself makes of the command: `ssh -G` tells every setting and connects to nothing.
std::string as_ssh_reads_it(Words words) {
  words.insert(words.begin() + 1, {"-G"});
  const auto said = testing::run(words, {});
  CAPTURE(said.err);
  CHECK(said.exit_code == 0);
  return "\n" + said.out;
}

bool says(const std::string& settings, const std::string& line) {
  return settings.find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("ssh gets address, port, user, keys and known hosts as cef has them", "[cli]") {
  auto target = target_of("w01", "192.0.2.1", 2200);
  target.key_files = {"/k/one key", "/k/50%"};
  target.certificates = {"/k/one-cert.pub"};
  target.identities_only = true;
  target.agent = "";
  target.known_hosts = {"/h/known hosts", "/etc/known"};
  target.host_key = HostKeyPolicy::accept_new;
  target.host_key_alias = "fleet-w01";
  const Words words = ssh_command(target, "w01.example.net", "none");
  CHECK(words.front() == "ssh");
  CHECK(words.back() == "w01.example.net");
  CHECK(words[words.size() - 2] == "--");
  const std::string settings = as_ssh_reads_it(words);
  for (const char* line : {"hostname 192.0.2.1", "port 2200", "user pi", "identityfile /k/one key",
                           "identityfile /k/50%%", "certificatefile /k/one-cert.pub", "identitiesonly yes",
                           "identityagent none", "stricthostkeychecking accept-new", "hostkeyalias fleet-w01"}) {
    CAPTURE(settings, line);
    CHECK(says(settings, line));
  }
  CHECK(has(words, "-oUserKnownHostsFile=\"/h/known hosts\" /etc/known"));
  CHECK(settings.find("\nproxycommand ") == std::string::npos);
}

TEST_CASE("what ssh's configuration said of algorithms, addresses and revoked keys goes with it", "[cli]") {
  transport::Target target = target_of("w01", "w01");
  target.algorithms = {.key_exchanges = "+a", .host_keys = "b", .ciphers = "-c*", .macs = "^d", .public_keys = "e"};
  target.revoked_host_keys = "/etc/ssh/revoked keys";
  target.family = transport::Family::ipv4;
  target.bind_address = "10.0.0.1";
  target.tries_keys = false;
  const Words words = ssh_command(target, "w01", std::nullopt);
  for (const char* option : {"-oKexAlgorithms=+a", "-oHostKeyAlgorithms=b", "-oCiphers=-c*", "-oMACs=^d",
                             "-oPubkeyAcceptedAlgorithms=e", "-oRevokedHostKeys=\"/etc/ssh/revoked keys\"",
                             "-oAddressFamily=inet", "-oBindAddress=10.0.0.1", "-oPubkeyAuthentication=no"})
    CHECK(has(words, option));
}

TEST_CASE("what nobody said is left to ssh", "[cli]") {
  const Words words = ssh_command(target_of("w01", "w01"), "w01", std::nullopt);
  CHECK_FALSE(has(words, "-F"));
  CHECK(std::ranges::none_of(words, [](const std::string& word) {
    return word.starts_with("-oHostName") || word.starts_with("-oIdentityFile") || word.starts_with("-oUserKnownHosts");
  }));
}

TEST_CASE("jump hosts are programs in one another, each with its own login", "[cli]") {
  auto target = target_of("in", "fd00::1", 2222);
  auto outer = target_of("gate", "192.0.2.9"), inner = target_of("door", "10.0.0.1", 2201);
  outer.key_files = {"/k/gate 100%"};
  inner.user = "jo";
  target.jumps = {outer, inner};
  const Words words = ssh_command(target, "fd00::1", std::nullopt);
  const auto way =
      std::ranges::find_if(words, [](const std::string& word) { return word.starts_with("-oProxyCommand="); });
  REQUIRE(way != words.end());
  CHECK_THAT(*way, Catch::Contains("-W '[fd00::1]:2222' -- 10.0.0.1"));
  // Seen from outside, with tokens not yet replaced: ssh runs this through a shell once it has put in what `%` stands
  // for.
  const std::string settings = as_ssh_reads_it(words);
  const std::string once = settings.substr(settings.find("\nproxycommand ") + 14);
  std::string command = once.substr(0, once.find('\n'));
  for (std::size_t at = 0; (at = command.find("%%", at)) != std::string::npos; ++at) command.erase(at, 1);
  // The inner program as a shell would start it, asked in its turn.
  const auto said = testing::run({"sh", "-c", command.replace(0, std::string("ssh").size(), "ssh -G")}, {});
  CAPTURE(command, said.err);
  const std::string inner_settings = "\n" + said.out;
  CHECK(says(inner_settings, "user jo"));
  CHECK(says(inner_settings, "port 2201"));
  CHECK(says(inner_settings, "hostname 10.0.0.1"));
  CHECK_THAT(inner_settings, Catch::Contains("\nproxycommand ssh -F none ") && Catch::Contains("192.0.2.9") &&
                                 Catch::Contains("/k/gate 100%%%%"));
}

TEST_CASE("a ProxyCommand goes to ssh as it is, and none keeps ssh's own from counting", "[cli]") {
  auto target = target_of("w01", "w01");
  target.proxy_command = "nc --proxy 50% w01 22";
  CHECK(has(ssh_command(target, "w01", std::nullopt), "-oProxyCommand=nc --proxy 50%% w01 22"));
  target.proxy_command.reset();
  CHECK(has(ssh_command(target, "w01", std::nullopt), "-oProxyCommand=none"));
}

}  // namespace cef::cli
