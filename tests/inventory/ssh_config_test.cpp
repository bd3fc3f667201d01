// ~/.ssh/config: what cef reads, beside what ssh itself makes of the same file.
#include "files.hpp"

#include <cef/inventory/ssh_config.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <memory>
#include <sstream>

namespace cef::inventory {

namespace {

// What ssh says: `ssh -G -F FILE HOST`, by keyword.
std::vector<std::pair<std::string, std::string>> ask_ssh(const std::string& file, const std::string& host) {
  const std::string command = "ssh -G -F '" + file + "' '" + host + "' 2>&1";
  const std::unique_ptr<FILE, int (*)(FILE*)> pipe(::popen(command.c_str(), "r"), ::pclose);
  std::string text;
  char part[4096];
  for (std::size_t n = 0; (n = std::fread(part, 1, sizeof part, pipe.get())) > 0;) text.append(part, n);
  std::vector<std::pair<std::string, std::string>> said;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    const auto space = std::min(line.find(' '), line.size());
    said.emplace_back(line.substr(0, space), line.substr(std::min(space + 1, line.size())));
  }
  return said;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

struct Sight {
  std::string address, port, user, jump, host_key, identities_only, timeout, known_hosts;
  std::vector<std::string> key_files;
  bool operator==(const Sight&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Sight& s) {
  return out << s.address << " | " << s.port << " | " << s.user << " | jump " << s.jump << " | " << s.host_key << " | "
             << s.identities_only << " | " << s.timeout << " | " << s.known_hosts << " | " << joined(s.key_files);
}

Sight by_ssh(const std::string& file, const std::string& host) {
  Sight sight;
  for (const auto& [keyword, value] : ask_ssh(file, host)) {
    if (keyword == "hostname") sight.address = value;
    if (keyword == "port") sight.port = value;
    if (keyword == "user") sight.user = value;
    if (keyword == "proxyjump") sight.jump = value;
    if (keyword == "stricthostkeychecking") sight.host_key = value;
    if (keyword == "identitiesonly") sight.identities_only = value;
    if (keyword == "connecttimeout") sight.timeout = value;
    if (keyword == "userknownhostsfile") sight.known_hosts = value;
    if (keyword == "identityfile") sight.key_files.push_back(value);
  }
  return sight;
}

// The same from cef's reading, with ssh's defaults and spellings.
Sight by_cef(const std::string& file, const std::string& host) {
  const auto config = SshConfig::load(std::filesystem::path(file));
  if (!config) FAIL(show(config.error().front()));
  const SshSettings says = config->of(host);
  const Sight defaults = by_ssh("/dev/null", host);
  Sight sight = defaults;
  if (says.address) sight.address = *says.address;
  if (says.port) sight.port = std::to_string(*says.port);
  if (says.user) sight.user = *says.user;
  if (says.jump) sight.jump = *says.jump;
  if (says.host_key) {
    switch (*says.host_key) {
      case HostKeyPolicy::ask:
        sight.host_key = "ask";
        break;
      case HostKeyPolicy::accept_new:
        sight.host_key = "accept-new";
        break;
      case HostKeyPolicy::strict:
        sight.host_key = "true";
        break;
      case HostKeyPolicy::off:
        sight.host_key = "false";
        break;
    }
  }
  if (says.identities_only) sight.identities_only = *says.identities_only ? "yes" : "no";
  if (says.connect_timeout) sight.timeout = std::to_string(says.connect_timeout->count() / 1000);
  if (says.known_hosts) sight.known_hosts = joined(*says.known_hosts);
  if (!says.key_files.empty()) sight.key_files = says.key_files;
  return sight;
}

}  // namespace

TEST_CASE("ssh's configuration is read as ssh reads it", "[inventory][ssh_config]") {
  struct Case {
    const char* name;
    const char* text;
    std::vector<std::string> hosts;
  };
  const auto c = GENERATE(values<Case>({
      {"nothing", "", {"a"}},
      {"lines above any Host line count for all", "Port 2200\nUser pi\n", {"a", "b.example.net"}},
      {"the first value counts", "Host a\n Port 1\nHost *\n Port 2\n User x\n", {"a", "b"}},
      {"even when the general one comes first", "Host *\n Port 2\nHost a\n Port 1\n User pi\n", {"a", "b"}},
      {"patterns", "Host rpi??\n User pi\nHost *.lab\n User lab\nHost r*\n Port 7\n", {"rpi01", "rpi1", "x.lab", "r"}},
      {"brackets are no pattern", "Host a[12]\n User pi\n", {"a1", "a[12]"}},
      {"several patterns on one line", "Host a b  c*\n User pi\n", {"a", "b", "cc", "d"}},
      {"negation wins over any other pattern", "Host * !gw !w?\n ProxyJump gw\n", {"gw", "w1", "n1"}},
      {"a negation alone matches nothing", "Host !gw\n User pi\n", {"gw", "n1"}},
      {"commas do not separate patterns", "Host a,b\n User pi\n", {"a", "b"}},
      {"patterns look at letter case", "Host Web\n User pi\n", {"web", "Web"}},
      {"keywords do not", "hOsT a\n pOrT 5\n HOSTNAME b\n", {"a"}},
      {"an equals sign", "Host=a\n Port=5\n User = pi\n HostName= b\n", {"a"}},
      {"double quotes", "Host \"a\" \"b c\"\n User \"jo pi\"\n IdentityFile \"~/my keys/id\"\n", {"a", "b"}},
      {"single quotes", "Host 'a'\n User 'pi'\n", {"a"}},
      {"backslashes", "Host a\n IdentityFile /k/a\\ b\n User p\\\\i\n", {"a"}},
      {"comments", "# x\n  # y\nHost a # z\n Port 5 # w\n User p#i\n#Port 6\n", {"a", "#", "z"}},
      {"blank lines and odd blanks", "\n\n \t \nHost\ta\t b\r\n\tPort\t \t5\r\n", {"a", "b"}},
      {"no line feed at the end", "Host a\n Port 5", {"a"}},
      {"HostName with tokens", "Host *\n HostName %h.lab.example\nHost b\n User pi\n", {"a", "b"}},
      {"HostName with a percent sign", "Host a\n HostName x%%y\n", {"a"}},
      {"HostName does not change which blocks match", "Host a\n HostName b\nHost b\n User pi\n", {"a", "b"}},
      {"identity files add up",
       "IdentityFile /k/1\nHost a\n IdentityFile /k/2\nHost *\n IdentityFile /k/3\n",
       {"a", "b"}},
      {"IdentitiesOnly",
       "Host a\n IdentitiesOnly yes\nHost b\n IdentitiesOnly no\nHost c\n IdentitiesOnly TRUE\n",
       {"a", "b", "c", "d"}},
      {"ProxyJump", "Host a\n ProxyJump gw\nHost b\n ProxyJump me@gw:2222,gw2\n", {"a", "b", "c"}},
      {"ProxyJump none", "Host gw\n ProxyJump none\nHost *\n ProxyJump gw\n", {"gw", "a"}},
      {"ProxyJump by IPv6", "Host a\n ProxyJump me@[2001:db8::1]:2222\n", {"a"}},
      {"StrictHostKeyChecking",
       "Host a\n StrictHostKeyChecking yes\nHost b\n StrictHostKeyChecking no\nHost c\n StrictHostKeyChecking "
       "accept-new\nHost d\n StrictHostKeyChecking ask\nHost e\n StrictHostKeyChecking OFF\n",
       {"a", "b", "c", "d", "e", "f"}},
      {"ConnectTimeout",
       "Host a\n ConnectTimeout 5\nHost b\n ConnectTimeout 1m30s\nHost c\n ConnectTimeout none\n",
       {"a", "b", "c"}},
      {"UserKnownHostsFile",
       "Host a\n UserKnownHostsFile /k/1 /k/2\nHost b\n UserKnownHostsFile /dev/null\n",
       {"a", "b", "c"}},
      {"Match all", "Host a\n Port 5\nMatch all\n User pi\nHost b\n Port 6\n", {"a", "b"}},
      {"keywords that mean nothing here",
       "Host a\n ForwardAgent yes\n ServerAliveInterval 5\n LocalForward 1 x:2\n SendEnv A B\n Port 5\n",
       {"a"}},
  }));
  DYNAMIC_SECTION(c.name) {
    const TemporaryFolder folder;
    const auto file = folder.write("config", c.text).string();
    for (const std::string& host : c.hosts) {
      INFO(host);
      CHECK(by_cef(file, host) == by_ssh(file, host));
    }
  }
}

TEST_CASE("included files of ssh's configuration count where they are included", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const std::string here = folder.path().string();
  folder.write("inc/10-a", "User one\nHost b\n Port 10\n");
  folder.write("inc/20-b", "Host a\n Port 20\nHost *\n ConnectTimeout 3\n");
  folder.write("deep", "Include " + here + "/inc/20-b\nPort 30\n");
  const auto* text = GENERATE("Include @/inc/*\nUser late\n", "Host a\n Include @/inc/*\n User late\nHost b\n Port 7\n",
                              "Include @/nothing-there @/inc/10-a\n", "Host b\n Include @/deep\n User x\n",
                              "Include \"@/inc/10-a\" @/inc/20-b\n Port 40\n", "Host a\nInclude @/inc/10-a\nUser y\n");
  std::string config = text;
  for (std::size_t at = 0; (at = config.find('@')) != std::string::npos;) config.replace(at, 1, here);
  const auto file = folder.write("config", config).string();
  for (const auto* host : {"a", "b", "c"}) {
    INFO(text << " for " << host);
    CHECK(by_cef(file, host) == by_ssh(file, host));
  }
}

TEST_CASE("what is wrong with ssh's configuration is told with its line, all at once", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config",
                                 "Port none\nHost a\n Port 70000\n User\n HostName \"x\n User a b\n"
                                 " StrictHostKeyChecking perhaps\n ConnectTimeout 5x\n IdentitiesOnly 2\nHost\n");
  const auto config = SshConfig::load(file);
  REQUIRE_FALSE(config);
  CHECK(folder.show_all(config.error()) ==
        std::vector<std::string>{"config:1: Port: 'none' is not a port", "config:3: Port: '70000' is not a port",
                                 "config:4: User: it has no value", "config:5: a quote is not closed",
                                 "config:6: User: 'b' is too much",
                                 "config:7: StrictHostKeyChecking: 'perhaps' is not yes, no, ask, accept-new or off",
                                 "config:8: ConnectTimeout: '5x' is not a time",
                                 "config:9: IdentitiesOnly: '2' is not yes or no", "config:10: Host: it has no value"});
  // ssh does not take it either.
  CHECK(by_ssh(file.string(), "a").port.empty());
}

TEST_CASE("a configuration that includes itself ends in an error", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config", "Include " + (folder.path() / "config").string() + "\n");
  const auto config = SshConfig::load(file);
  REQUIRE_FALSE(config);
  CHECK(folder.show_all(config.error()) ==
        std::vector<std::string>{"config:1: Include: files include one another too deeply"});
}

TEST_CASE("a missing configuration is an error only when it was named", "[inventory][ssh_config]") {
  CHECK_FALSE(SshConfig::load(std::filesystem::path("/nowhere/config")));
}

TEST_CASE("Match blocks that ask for more are skipped with a warning", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config", "Match host a\n Port 5\nHost a\n User pi\n");
  const auto config = SshConfig::load(file);
  REQUIRE(config);
  CHECK(folder.show_all(config->warnings()) ==
        std::vector<std::string>{"config:1: this Match block is skipped: only `Match all` is known"});
  CHECK_FALSE(config->of("a").port);
  CHECK(config->of("a").user == "pi");
}

TEST_CASE("a ProxyCommand is kept as it is written, and the first of it and ProxyJump counts",
          "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config",
                                 "Host a\n ProxyCommand ssh -W %h:%p me@gw\n"
                                 "Host b\n ProxyCommand=sh -c 'exec \"$0\" %h' # all of it  \n"
                                 "Host c\n ProxyCommand none\nHost *\n ProxyJump other\n ProxyCommand late\n");
  const auto config = SshConfig::load(file);
  REQUIRE(config);
  CHECK(config->of("a").proxy == "ssh -W %h:%p me@gw");
  CHECK_FALSE(config->of("a").jump);
  CHECK(config->of("b").proxy == "sh -c 'exec \"$0\" %h' # all of it");
  CHECK(config->of("c").jump == "");
  CHECK_FALSE(config->of("c").proxy);
  CHECK(config->of("d").jump == "other");
  CHECK_FALSE(config->of("d").proxy);
}

TEST_CASE("tokens in paths are those of ssh", "[inventory][ssh_config]") {
  const SshTokens tokens{"10.0.0.1", "web", 2222, "pi", "jo"};
  ::setenv("CEF_TEST_FOLDER", "/k", 1);
  CHECK(*expand_tokens("/keys/%h-%n-%p-%r-%u-%%", tokens) == "/keys/10.0.0.1-web-2222-pi-jo-%");
  CHECK(*expand_tokens("${CEF_TEST_FOLDER}/id", tokens) == "/k/id");
  CHECK(expand_tokens("~/id", tokens)->ends_with("/id"));
  CHECK_FALSE(expand_tokens("~/id", tokens)->starts_with("~"));
  CHECK(*expand_tokens("%d/id", tokens) == *expand_tokens("~/id", tokens));
  CHECK_FALSE(expand_tokens("/keys/%C", tokens));
  CHECK_FALSE(expand_tokens("/keys/%", tokens));
  CHECK_FALSE(expand_tokens("${CEF_TEST_NOT_SET}/id", tokens));
}

}  // namespace cef::inventory
