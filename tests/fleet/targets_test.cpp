// Where a setting of a login comes from: the run's forced setting, the host's variable, ssh's configuration, the run's
// other setting, the default; each source is tried with all weaker ones there, too.
#include "temp_dir.hpp"

#include <cef/fleet/targets.hpp>

#include <catch2/catch.hpp>

namespace cef::fleet::targets_tests {

namespace {

using inventory::Settings;
using transport::Target;

struct Fleet {
  testing::TempDir folder;
  std::vector<inventory::Host> hosts;
  Login login;
  std::vector<std::string> warnings;

  Fleet() { login.ssh_config = std::filesystem::path(); }
  Settings& add(const std::string& name) {
    inventory::Host host;
    host.name = name;
    host.settings.address = name;
    hosts.push_back(std::move(host));
    return hosts.back().settings;
  }
  void ssh(std::string_view text) {
    testing::write_file(folder / "ssh_config", text);
    login.ssh_config = folder / "ssh_config";
  }
  Result<Targets::Route> to(const std::string& name) {
    const inventory::Inventory inventory(hosts, {});
    auto targets = Targets::make(inventory, login, [this](std::string_view text) { warnings.emplace_back(text); });
    if (!targets) return Unexpected(targets.error());
    return targets->to(*inventory.host(name));
  }
};

// Which of the five sources speak, strongest first.
enum Source { forced, variable, ssh_config, config, nothing };

template <class T>
void say(Setting<T>& setting, Source strongest, T strong, T weak) {
  if (strongest == forced) setting = {std::move(strong), true};
  if (strongest == variable || strongest == ssh_config || strongest == config) setting = {std::move(weak), false};
}

Targets::Route route_from(Source strongest, Fleet& fleet) {
  using Files = std::vector<std::string>;
  Settings& own = fleet.add("h1");
  if (strongest <= variable) {
    own.user = "variable";
    own.port = 2001;
    own.key_files = {"/variable"};
    own.known_hosts = {"/variable"};
    own.host_key = HostKeyPolicy::off;
    own.connect_timeout = Milliseconds(1000);
  }
  if (strongest <= ssh_config)
    fleet.ssh(
        "Host h1\n User ssh\n Port 2002\n IdentityFile /ssh\n UserKnownHostsFile /ssh\n GlobalKnownHostsFile /global\n"
        " StrictHostKeyChecking accept-new\n ConnectTimeout 2\n");
  say<std::string>(fleet.login.user, strongest, "forced", "config");
  say<Files>(fleet.login.key_files, strongest, {"/forced"}, {"/config"});
  say<Files>(fleet.login.known_hosts, strongest, {"/forced"}, {"/config"});
  say(fleet.login.host_key, strongest, HostKeyPolicy::accept_new, HostKeyPolicy::strict);
  say(fleet.login.connect_timeout, strongest, Milliseconds(500), Milliseconds(3000));
  auto route = fleet.to("h1");
  REQUIRE(route);
  return *route;
}

}  // namespace

TEST_CASE("each setting of a login is that of the strongest source that has one", "[fleet]") {
  ::setenv("HOME", "/home/made", 1);
  struct Case {
    Source strongest;
    std::string user;
    std::uint16_t port;  // there is no option for it
    std::vector<std::string> key_files, known_hosts;
    HostKeyPolicy host_key;
    Milliseconds connect_timeout;
  };
  const Case cases[] = {
      {forced, "forced", 2001, {"/forced"}, {"/forced"}, HostKeyPolicy::accept_new, Milliseconds(500)},
      {variable, "variable", 2001, {"/variable"}, {"/variable"}, HostKeyPolicy::off, Milliseconds(1000)},
      {ssh_config, "ssh", 2002, {"/ssh"}, {"/ssh", "/global"}, HostKeyPolicy::accept_new, Milliseconds(2000)},
      {config, "config", 22, {"/config"}, {"/config"}, HostKeyPolicy::strict, Milliseconds(3000)},
      {nothing,
       current_user(),
       22,
       {},
       {"/home/made/.ssh/known_hosts", "/etc/ssh/ssh_known_hosts"},
       HostKeyPolicy::ask,
       Milliseconds(10'000)},
  };
  for (const Case& c : cases) {
    DYNAMIC_SECTION("source " << c.strongest) {
      Fleet fleet;
      const auto route = route_from(c.strongest, fleet);
      CHECK(route.target.user == c.user);
      CHECK(route.target.port == c.port);
      CHECK(route.target.key_files == c.key_files);
      CHECK(route.target.known_hosts == c.known_hosts);
      CHECK(route.target.host_key == c.host_key);
      CHECK(route.connect_timeout == c.connect_timeout);
    }
  }
}

TEST_CASE("a host's address is its variable, unless ssh has another name for that", "[fleet]") {
  Fleet fleet;
  fleet.add("h1").address = "edge";
  CHECK(fleet.to("h1")->target.address == "edge");
  fleet.ssh("Host edge\n HostName 192.0.2.7\n");
  const auto route = fleet.to("h1");
  CHECK(route->target.address == "192.0.2.7");
  CHECK(route->target.name == "h1");
}

TEST_CASE("keepalive is the run's, and IdentitiesOnly the host's before ssh's", "[fleet]") {
  Fleet fleet;
  fleet.ssh("Host *\n IdentitiesOnly yes\n");
  fleet.login.keepalive = Milliseconds(0);
  fleet.add("h1");
  CHECK(fleet.to("h1")->target.keepalive == Milliseconds(0));
  CHECK(fleet.to("h1")->target.identities_only);
  fleet.hosts[0].settings.identities_only = false;
  CHECK_FALSE(fleet.to("h1")->target.identities_only);
}

TEST_CASE("agent, certificates and the name in known_hosts are the host's before ssh's", "[fleet]") {
  ::setenv("HOME", "/home/made", 1);
  Fleet fleet;
  fleet.ssh("Host *\n IdentityAgent /run/ssh\n CertificateFile /ssh-cert.pub\n HostKeyAlias ssh-alias\n");
  fleet.add("h1");
  const auto by_ssh = fleet.to("h1")->target;
  CHECK(by_ssh.agent == "/run/ssh");
  CHECK(by_ssh.certificates == std::vector<std::string>{"/ssh-cert.pub"});
  CHECK(by_ssh.known_address() == "ssh-alias");
  Settings& own = fleet.hosts[0].settings;
  own.agent = "none";
  own.certificates = {"~/%n-cert.pub"};
  own.host_key_alias = "own-alias";
  const auto by_host = fleet.to("h1")->target;
  CHECK(by_host.agent == "");
  CHECK(by_host.certificates == std::vector<std::string>{"/home/made/h1-cert.pub"});
  CHECK(by_host.known_address() == "own-alias");
}

TEST_CASE("a local host takes nothing from ssh's configuration", "[fleet]") {
  Fleet fleet;
  fleet.ssh("Host *\n User ssh\n ProxyJump gate\n");
  Settings& own = fleet.add("here");
  own.local = true;
  own.password = "unused";
  const auto route = fleet.to("here");
  CHECK(route->target.user == current_user());
  CHECK(route->target.jumps.empty());
  CHECK_FALSE(route->target.password);
}

TEST_CASE("the way leads over the jump hosts of the variable, else of ssh", "[fleet]") {
  Fleet fleet;
  fleet.ssh("Host h1 h2 h3\n ProxyJump from-ssh\n");
  fleet.add("h1").jump = "admin@gate:2222,mid";
  fleet.add("h2");
  fleet.add("h3").jump = "";  // `none`
  Settings& mid = fleet.add("mid");
  mid.user = "mids";
  mid.password = "secret";
  fleet.login.user = {"typed", true};

  const auto over_variable = fleet.to("h1")->target.jumps;
  REQUIRE(over_variable.size() == 2);
  CHECK(over_variable[0].address == "gate");
  CHECK(over_variable[0].port == 2222);
  CHECK(over_variable[0].user == "admin");  // a hop's own user is not for --user to change
  CHECK(over_variable[1].name == "mid");
  CHECK(over_variable[1].user == "typed");
  REQUIRE(over_variable[1].password);
  CHECK(over_variable[1].password->reveal() == "secret");

  const auto over_ssh = fleet.to("h2")->target.jumps;
  REQUIRE(over_ssh.size() == 1);
  CHECK(over_ssh[0].address == "from-ssh");
  CHECK(fleet.to("h3")->target.jumps.empty());
}

TEST_CASE("a jump host's own jump hosts come before it, and a circle is told", "[fleet]") {
  Fleet fleet;
  fleet.add("h1").jump = "near";
  fleet.add("near").jump = "far";
  fleet.add("far");
  const auto jumps = fleet.to("h1")->target.jumps;
  REQUIRE(jumps.size() == 2);
  CHECK(jumps[0].name == "far");
  CHECK(jumps[1].name == "near");

  fleet.hosts[2].settings.jump = "near";
  const auto circle = fleet.to("h1");
  REQUIRE_FALSE(circle);
  CHECK(circle.error().code == Code::invalid_inventory);
  CHECK_THAT(circle.error().message, Catch::Contains("circle") && Catch::Contains("near -> far -> near"));
}

TEST_CASE("what is no jump host is told", "[fleet]") {
  struct Case {
    const char* jump;
    const char* part;
  };
  const auto c = GENERATE(values<Case>({
      {"gate:0", "gate:0"},
      {"gate:port", "gate:port"},
      {"@gate", "@gate"},
      {"[2001:db8::1", "[2001:db8::1"},
      {"here", "this machine itself"},
  }));
  DYNAMIC_SECTION(c.jump) {
    Fleet fleet;
    fleet.add("h1").jump = c.jump;
    fleet.add("here").local = true;
    const auto route = fleet.to("h1");
    REQUIRE_FALSE(route);
    CHECK(route.error().code == Code::invalid_inventory);
    CHECK_THAT(route.error().message, Catch::Contains(c.part) && Catch::StartsWith("h1: "));
  }
}

TEST_CASE("a ProxyCommand is a jump host or is run, and never a direct connection", "[fleet]") {
  Fleet fleet;
  fleet.ssh(
      "Host h1\n ProxyCommand nc -X connect -x proxy:8080 %h %p\n HostName 10.0.0.1\n Port 2201\n"
      "Host h2\n ProxyCommand ssh -i /key -p 2202 -W %h:%p me@gw\n"
      "Host h3\n ProxyCommand helper %Z\n"
      "Host h4\n ProxyJump gw4\nHost gw4\n ProxyCommand tunnel %h\n");
  for (const char* host : {"h1", "h2", "h3", "h4"}) fleet.add(host);
  CHECK(fleet.to("h1")->target.proxy_command == "nc -X connect -x proxy:8080 10.0.0.1 2201");
  CHECK(fleet.to("h1")->target.jumps.empty());

  const auto jumped = fleet.to("h2");
  REQUIRE(jumped);
  CHECK_FALSE(jumped->target.proxy_command);
  REQUIRE(jumped->target.jumps.size() == 1);
  CHECK(jumped->target.jumps[0].user == "me");
  CHECK(jumped->target.jumps[0].port == 2202);
  CHECK(jumped->target.jumps[0].key_files == std::vector<std::string>{"/key"});

  const auto odd = fleet.to("h3");
  REQUIRE_FALSE(odd);
  CHECK(odd.error().code == Code::jump_failed);

  const auto behind = fleet.to("h4");
  REQUIRE(behind);
  REQUIRE(behind->target.jumps.size() == 1);
  CHECK(behind->target.jumps[0].proxy_command == "tunnel gw4");
  CHECK_FALSE(behind->target.proxy_command);
}

TEST_CASE("a ProxyCommand of the host stands above ssh's configuration, and its own -F is asked", "[fleet]") {
  Fleet fleet;
  fleet.ssh("Host *\n ProxyJump configured\n User wrong\n");
  testing::write_file(fleet.folder / "other", "Host gw\n User right\n HostName 10.9.9.9\n");
  fleet.add("h1").proxy_command = "ssh -F " + (fleet.folder / "other").string() + " -W %h:%p gw";
  fleet.add("h2").jump = "";
  fleet.add("h3").proxy_command = "ssh -F " + (fleet.folder / "none-of-it").string() + " -W %h:%p gw";
  const auto route = fleet.to("h1");
  REQUIRE(route);
  REQUIRE(route->target.jumps.size() == 1);
  CHECK(route->target.jumps[0].user == "right");
  CHECK(route->target.jumps[0].address == "10.9.9.9");
  CHECK(fleet.to("h2")->target.jumps.empty());
  const auto missing = fleet.to("h3");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == Code::jump_failed);
}

TEST_CASE("a line of ssh_config that cannot be used fails the hosts it concerns", "[fleet]") {
  Fleet fleet;
  fleet.add("h1");
  fleet.add("h2");
  fleet.ssh("Host h1\n Port many\n");
  const auto route = fleet.to("h1");
  REQUIRE_FALSE(route);
  CHECK(route.error().code == Code::invalid_config);
  CHECK_THAT(route.error().message, Catch::Contains("ssh_config:2: Port: 'many' is not a port"));
  CHECK(fleet.to("h2"));
}

TEST_CASE("a variable that cannot be used fails its host, unless the run says it for all", "[fleet]") {
  Fleet fleet;
  fleet.add("h1").unusable = {{"user", "hosts:2: ansible_user holds a template"}};
  fleet.add("h2").jump = "h1";
  fleet.add("h3").unusable = {{"password", "hosts:4: ansible_password is encrypted"}};
  auto route = fleet.to("h1");
  REQUIRE_FALSE(route);
  CHECK(route.error().code == Code::invalid_inventory);
  CHECK(route.error().message == "hosts:2: ansible_user holds a template");
  route = fleet.to("h2");
  REQUIRE_FALSE(route);
  CHECK(route.error().code == Code::jump_failed);
  CHECK(fleet.to("h3"));  // keys may do
  REQUIRE(fleet.warnings.size() == 1);
  CHECK_THAT(fleet.warnings[0], Catch::StartsWith("hosts:4: ansible_password is encrypted"));
  fleet.login.user = {"typed", true};
  CHECK(fleet.to("h1"));
  CHECK(fleet.to("h2"));
}

TEST_CASE("what ssh_config says of keys and agents reaches the login", "[fleet]") {
  Fleet fleet;
  fleet.ssh(
      "Match host edge user pi\n HostKeyAlias mypi\n CertificateFile /c/%k-%r\n IdentityAgent none\n"
      " IdentityFile /k/%k\n");
  Settings& own = fleet.add("h1");
  own.address = "edge";
  own.user = "pi";
  const auto target = fleet.to("h1")->target;
  CHECK(target.host_key_alias == "mypi");
  CHECK(target.certificates == std::vector<std::string>{"/c/mypi-pi"});
  CHECK(target.key_files == std::vector<std::string>{"/k/mypi"});
  CHECK(target.agent == "");
  fleet.hosts[0].settings.user = "other";
  CHECK(fleet.to("h1")->target.host_key_alias.empty());
  CHECK_FALSE(fleet.to("h1")->target.agent);
}

}  // namespace cef::fleet::targets_tests
