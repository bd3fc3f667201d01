// ProxyCommands: those that mean a jump host, and those that are run.
#include "fleet.hpp"
#include "keys.hpp"
#include "sshd.hpp"
#include "text.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <fstream>
#include <sstream>

using namespace cef::testing;

namespace {

// A ProxyCommand's words that lead to a host through that server.
std::string ssh_through(const Fleet& fleet, const Sshd& gateway) {
  return "ssh -F none -o UserKnownHostsFile=" + fleet.known_hosts_file().string() + " -o IdentitiesOnly=yes -i " +
         key_file("ed25519").string() + " -p " + std::to_string(gateway.port()) + " -l " + login_user();
}

std::string as_option(const std::string& command) { return "'-o ProxyCommand=\"" + command + "\"'"; }

std::vector<pid_t> pids_in(const std::filesystem::path& file) {
  std::istringstream text(std::filesystem::exists(file) ? read_file(file) : "");
  std::vector<pid_t> pids;
  for (pid_t pid = 0; text >> pid;) pids.push_back(pid);
  return pids;
}

std::string message(const nlohmann::json& result) {
  return result.is_object() && result.contains("error") ? result["error"].value("message", "") : "";
}

// Killed ones may be there for a moment longer, until somebody has asked how they ended.
bool all_gone(const std::vector<pid_t>& pids) {
  const auto runs = [](pid_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string line;
    std::getline(stat, line);
    return !line.empty() && line.substr(line.rfind(')') + 1, 2) != " Z";
  };
  return eventually([&] { return std::none_of(pids.begin(), pids.end(), runs); });
}

}  // namespace

TEST_CASE("a ProxyCommand that is an ssh becomes a jump host that all share", "[e2e][jump]") {
  const Sshd gateway, server;
  Fleet fleet;
  fleet.know(gateway.known_hosts());
  const auto ssh = ssh_through(fleet, gateway);
  // Not the whole command: that would keep the port of the first case's server.
  const bool by_nc = GENERATE(false, true);
  const std::string command =
      by_nc ? "/usr/bin/" + ssh + " 127.0.0.1 nc -w 5 %h %p 2>/dev/null" : ssh + " -q -W [%h]:%p 127.0.0.1";
  DYNAMIC_SECTION((by_nc ? "nc" : "-W")) {
    for (const auto* host : {"n1", "n2", "n3"})
      fleet.add(host, server, {.variables = {{"ansible_ssh_common_args", as_option(command)}}});
    const auto result = fleet.cef({"ping", "group=fleet", "--format", "json"});
    INFO(result.told());
    CHECK(result.exit_code == 0);
    CHECK(gateway.logins() == 1);
    CHECK(server.logins() == 3);
  }
}

TEST_CASE("any other ProxyCommand is run as the way to its host, and ended with it", "[e2e][jump]") {
  const Sshd gateway, server;
  Fleet fleet;
  fleet.know(gateway.known_hosts());
  const TempDir folder;
  const auto pids = folder / "pids";
  write_file(
      folder / "proxy",
      "#!/bin/sh\necho $$ >>" + pids.string() + "\nexec " + ssh_through(fleet, gateway) + " -W \"$1:$2\" 127.0.0.1\n",
      0755);
  const auto command = (folder / "proxy").string() + " %h %p";
  SECTION("by a variable") {
    for (const auto* host : {"n1", "n2"})
      fleet.add(host, server, {.variables = {{"ansible_ssh_common_args", as_option(command)}}});
  }
  SECTION("by ssh's configuration") {
    std::filesystem::create_directories(fleet.home() / ".ssh");
    write_file(fleet.home() / ".ssh" / "config", "Host *\n  ProxyCommand " + command + "\n");
    for (const auto* host : {"n1", "n2"}) fleet.add(host, server);
  }
  SECTION("on the way to a jump host") {
    fleet.add("gw", server, {.group = "gates", .variables = {{"ansible_ssh_common_args", as_option(command)}}});
    for (const auto* host : {"n1", "n2"}) fleet.add(host, server, {.variables = {{"jump", "gw"}}});
  }
  const auto result = fleet.cef({"exec", "group=fleet", "--format", "json", "--", "head -c 300000 /dev/zero | wc -c"});
  INFO(result.told());
  INFO(gateway.log());
  CHECK(result.code("n1") == "ok");
  CHECK(result.code("n2") == "ok");
  const auto ran = pids_in(pids);
  CHECK(gateway.logins() == ran.size());
  CHECK(!ran.empty());
  CHECK(all_gone(ran));
}

TEST_CASE("a ProxyCommand that fails is the host's failure, and never a direct connection", "[e2e][jump]") {
  const Sshd server;
  Fleet fleet;
  const TempDir folder;
  const auto pids = folder / "pids";
  write_file(folder / "ends", "#!/bin/sh\necho first >&2\necho the tunnel is down >&2\nexit 3\n", 0755);
  write_file(folder / "hangs",
             "#!/bin/sh\ntrap '' HUP TERM\necho $$ >>" + pids.string() + "\nsleep 1000 &\necho $! >>" + pids.string() +
                 "\nwait\nwait\n",
             0755);
  write_file(folder / "talks", "#!/bin/sh\necho this is no ssh server\nexec cat >/dev/null\n", 0755);
  const auto add = [&](const std::string& name, const std::string& command) {
    fleet.add(name, server, {.variables = {{"ansible_ssh_common_args", as_option(command)}}});
  };
  add("ends", (folder / "ends").string());
  add("hangs", (folder / "hangs").string());
  add("talks", (folder / "talks").string());
  add("missing", "/nonexistent/proxy %h");
  add("token", "proxy %Z");
  fleet.add("direct", server);
  const auto result = fleet.cef({"ping", "group=fleet", "-T", "3", "--format", "json"});
  INFO(result.told());
  CHECK(result.exit_code == 4);
  for (const auto* host : {"ends", "hangs", "talks", "missing", "token"}) CHECK(result.code(host) == "jump_failed");
  CHECK(result.code("direct") == "ok");
  CHECK(server.connections() == 1);
  CHECK(holds(message(result["ends"]), "status 3"));
  CHECK(holds(message(result["ends"]), "the tunnel is down"));
  CHECK(holds(message(result["hangs"]), "in time"));
  CHECK(holds(message(result["missing"]), "/nonexistent/proxy"));
  CHECK(holds(message(result["token"]), "%Z"));
  const auto ran = pids_in(pids);
  CHECK(ran.size() == 2);
  CHECK(all_gone(ran));
}
