// ~/.ssh/config: what cef reads, beside what ssh itself makes of the same file.
#include "files.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/ssh_config.hpp>

#include <catch2/catch.hpp>

#include <cstdio>
#include <memory>
#include <random>
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
  std::string address, port, user, jump, host_key, identities_only, timeout, known_hosts, alias, agent;
  std::vector<std::string> key_files, certificates;
  bool operator==(const Sight&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Sight& s) {
  return out << s.address << " | " << s.port << " | " << s.user << " | jump " << s.jump << " | " << s.host_key << " | "
             << s.identities_only << " | " << s.timeout << " | " << s.known_hosts << " | " << s.alias << " | "
             << s.agent << " | " << joined(s.key_files) << " | " << joined(s.certificates);
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
    if (keyword == "hostkeyalias") sight.alias = value;
    if (keyword == "identityagent") sight.agent = value;
    if (keyword == "certificatefile") sight.certificates.push_back(value);
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
  sight.alias = says.host_key_alias.value_or("");
  sight.agent = says.agent.value_or("");
  sight.certificates = says.certificates;
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
      {"a port by its name", "Host a\n Port ssh\nHost b\n Port https\n", {"a", "b"}},
      {"HostKeyAlias, CertificateFile, IdentityAgent",
       "Host a\n HostKeyAlias mypi\n CertificateFile /k/c1\n CertificateFile /k/c2\n IdentityAgent /run/agent\n"
       "Host *\n IdentityAgent none\n CertificateFile /k/c1\n",
       {"a", "b"}},
      {"Match host", "Match host a*,!ab\n User pi\nMatch host=b\n Port 5\n", {"a", "ab", "b", "A"}},
      {"Match host looks at the name that HostName gave",
       "Host a\n HostName %h.lab\nMatch host *.lab\n User lab\nMatch originalhost a\n Port 7\n",
       {"a", "a.lab", "b"}},
      {"Match user", "Host a\n User pi\nMatch user pi\n Port 7\nMatch !user pi\n Port 8\n", {"a", "b"}},
      {"Match localuser", "Match localuser nobody-at-all\n Port 7\nMatch !localuser nobody-at-all\n Port 8\n", {"a"}},
      {"several criteria", "Match host a* user pi\n Port 7\nMatch host a* !originalhost ab\n Port 8\n", {"a", "ab"}},
      {"Match exec",
       "Match exec \"true\"\n Port 7\nMatch host a exec \"test %h = a -a %n = a\"\n User pi\nMatch !exec \"false\"\n"
       " ConnectTimeout 9\n",
       {"a", "b"}},
      {"Match final",
       "Match final host *.lab\n User late\nHost a\n HostName a.lab\nMatch final all\n Port 9\n",
       {"a", "b"}},
      {"Match final reads everything again for the name that HostName gave",
       "Host A\n HostName B.lab\nHost b.lab\n Port 9\n IdentityFile /k/1\nMatch final\n IdentityFile /k/2\n",
       {"A", "b.lab", "c"}},
      {"Match canonical", "Match canonical\n Port 9\nMatch !canonical\n User first\n", {"a"}},
      {"CanonicalizeHostname, which ssh is asked for",
       "Host *.test\n CanonicalizeHostname yes\n CanonicalDomains invalid\n User pi\n IdentityFile /k/1\n Port 77\n"
       "Match canonical\n HostKeyAlias seen\n",
       {"a.test", "b"}},
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

TEST_CASE("two hundred made configurations are read as ssh reads them", "[inventory][ssh_config][.peers]") {
  std::mt19937 random(20261126);
  const auto pick = [&random](std::vector<std::string> list) {
    return list[std::uniform_int_distribution<std::size_t>(0, list.size() - 1)(random)];
  };
  const auto block = [&] {
    return pick({"Host a", "Host *", "Host a* !ab", "Host b* *.lab", "Host ?", "Match all", "Match host a,*.lab",
                 "Match originalhost ab", "Match user pi", "Match !user pi host b*", "Match final",
                 "Match final host *.lab", "Match exec \"test %h = a\"", "Match host=b exec \"true\"",
                 "Match localuser nobody-at-all", "Match !localuser nobody-at-all"});
  };
  const auto line = [&] {
    return pick({"User pi",
                 "User jo",
                 "Port 22",
                 "Port ssh",
                 "port=2200",
                 "HostName %h.lab",
                 "HostName 192.0.2.1",
                 "HostName \"b\"",
                 "IdentityFile /k/1",
                 "IdentityFile ~/k/%h",
                 "CertificateFile /c/1",
                 "IdentityAgent none",
                 "IdentityAgent $AGENT",
                 "HostKeyAlias x",
                 "HostKeyAlias y",
                 "IdentitiesOnly yes",
                 "StrictHostKeyChecking accept-new",
                 "StrictHostKeyChecking no",
                 "ConnectTimeout 1m",
                 "ConnectTimeout none",
                 "UserKnownHostsFile /k/h1 /k/h2",
                 "ProxyJump me@gw:2222",
                 "ProxyJump none",
                 "ForwardAgent yes",
                 "SendEnv A B",
                 "# a comment"});
  };
  const TemporaryFolder folder;
  for (int round = 0; round < 200; ++round) {
    std::string text;
    for (int i = std::uniform_int_distribution(1, 6)(random); i > 0; --i) {
      text += block() + "\n";
      for (int k = std::uniform_int_distribution(0, 4)(random); k > 0; --k) text += "  " + line() + "\n";
    }
    const auto file = folder.write("config", text).string();
    for (const auto* host : {"a", "ab", "b.lab"}) {
      INFO(text << "for " << host);
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

TEST_CASE("what is wrong with a line concerns its hosts and no others", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config",
                                 "Host a\n Port 70000\nHost b\n User\nHost c\n HostName \"x\nHost d\n User a b\n"
                                 "Host e\n StrictHostKeyChecking perhaps\nHost f\n ConnectTimeout 5x\n"
                                 "Host g\n IdentitiesOnly 2\nHost h\n Port 5\n Port many\nHost i\n User pi\n");
  const auto config = SshConfig::load(file);
  REQUIRE(config);
  CHECK(config->warnings().empty());
  const auto wrong = [&](const char* host) {
    const std::string text = config->of(host).wrong;
    return text.empty() ? text : text.substr(folder.path().string().size() + 1);
  };
  CHECK(wrong("a") == "config:2: Port: '70000' is not a port");
  CHECK(wrong("b") == "config:4: User: it has no value");
  CHECK(wrong("c") == "config:6: a quote is not closed");
  CHECK(wrong("d") == "config:8: User: 'b' is too much");
  CHECK(wrong("e") == "config:10: StrictHostKeyChecking: 'perhaps' is not yes, no, ask, accept-new or off");
  CHECK(wrong("f") == "config:12: ConnectTimeout: '5x' is not a time");
  CHECK(wrong("g") == "config:14: IdentitiesOnly: '2' is not yes or no");
  CHECK(wrong("h").empty());  // its port is known before
  CHECK(wrong("i").empty());
  CHECK(config->of("i").user == "pi");
}

TEST_CASE("a configuration that includes itself comes to an end", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config", "User pi\nHost a\n Include " + (folder.path() / "config").string() + "\n");
  const auto config = SshConfig::load(file);
  REQUIRE(config);
  CHECK_THAT(config->of("a").wrong, Catch::EndsWith("config:3: Include: files include one another too deeply"));
  CHECK(config->of("b").wrong.empty());
  CHECK(config->of("b").user == "pi");
}

TEST_CASE("a missing configuration is an error only when it was named", "[inventory][ssh_config]") {
  CHECK_FALSE(SshConfig::load(std::filesystem::path("/nowhere/config")));
}

TEST_CASE("commands of Match exec run once, and only where they matter", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const std::string mark = (folder.path() / "ran").string();
  const auto file =
      folder.write("config", "Match host a* exec \"echo x >> " + mark + "\"\n Port 5\nMatch user pi exec \"echo " +
                                 "y >> " + mark + "\"\n User never\n");
  const auto config = SshConfig::load(file);
  REQUIRE(config);
  CHECK(config->of("a1").port == 5);
  CHECK(config->of("a2").port == 5);
  CHECK_FALSE(config->of("b").port);
  CHECK(*read_file(mark) == "x\n");
  CHECK(config->of("b", "pi").user == "never");  // the user that one gives to ssh
  CHECK(*read_file(mark) == "x\ny\n");
}

TEST_CASE("what only ssh knows of a host, ssh is asked for", "[inventory][ssh_config]") {
  const TemporaryFolder folder;
  const auto file = folder.write("config", "Match host a newcriterion x\n Port 5\nHost b\n User pi\n");
  const auto config = SshConfig::load(file);
  REQUIRE(config);
  CHECK_THAT(config->of("a").wrong, Catch::StartsWith("ssh -G a, which had to be asked, ended with status"));
  CHECK(config->of("b").wrong.empty());
  CHECK(config->of("b").user == "pi");
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
  CHECK(*expand_tokens("/keys/%k", tokens) == "/keys/web");
  CHECK(*expand_tokens("/keys/%k", {"10.0.0.1", "web", 2222, "pi", "jo", "alias"}) == "/keys/alias");
  CHECK(expand_tokens("/keys/%C", tokens)->size() == std::string("/keys/").size() + 40);
  CHECK(*expand_tokens("%C", tokens) != *expand_tokens("%C", {"10.0.0.1", "web", 2223, "pi", "jo"}));
  CHECK_FALSE(expand_tokens("/keys/%Z", tokens));
  CHECK_FALSE(expand_tokens("/keys/%", tokens));
  CHECK_FALSE(expand_tokens("${CEF_TEST_NOT_SET}/id", tokens));
}

TEST_CASE("an agent is a path, a variable, or none", "[inventory][ssh_config]") {
  const SshTokens tokens{"10.0.0.1", "web", 2222, "pi", "jo"};
  ::setenv("CEF_TEST_AGENT", "/run/agent", 1);
  CHECK(agent_socket("none", tokens)->empty());
  CHECK(*agent_socket("$CEF_TEST_AGENT", tokens) == "/run/agent");
  CHECK(*agent_socket("${CEF_TEST_AGENT}.%r", tokens) == "/run/agent.pi");
  CHECK(agent_socket("$CEF_TEST_NOT_SET", tokens)->empty());
  CHECK(*agent_socket("/run/%u", tokens) == "/run/jo");
}

}  // namespace cef::inventory
