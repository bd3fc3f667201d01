#include "files.hpp"

namespace cef::inventory {

namespace {

using Names = std::vector<std::string>;

// The settings of one host `h` in a group `g`, with these variables of the host's own.
Settings settings_of(const std::string& vars, const std::string& group_vars = "{}") {
  return load_text("g: {hosts: {h: {" + vars + "}}, vars: " + group_vars + "}").inventory.host("h")->settings;
}

Names warnings_of(const std::string& vars) {
  Names messages;
  for (const Diagnostic& warning : load_text("g: {hosts: {h: {" + vars + "}}}").warnings)
    messages.push_back(warning.message);
  return messages;
}

}  // namespace

TEST_CASE("without variables only the address is set", "[inventory]") {
  const Settings s = settings_of("");
  CHECK(s.address == "h");
  CHECK_FALSE(s.port);
  CHECK_FALSE(s.user);
  CHECK_FALSE(s.password);
  CHECK(s.key_files.empty());
  CHECK_FALSE(s.identities_only);
  CHECK_FALSE(s.jump);
  CHECK_FALSE(s.become);
  CHECK_FALSE(s.connect_timeout);
  CHECK_FALSE(s.forks);
  CHECK_FALSE(s.host_key);
  CHECK(s.known_hosts.empty());
  CHECK_FALSE(s.local);
  CHECK_FALSE(s.site);
  CHECK(s.tags.empty());
}

TEST_CASE("every setting has its variable and its synonyms", "[inventory]") {
  for (const char* name : {"address", "ansible_host", "ansible_ssh_host"})
    CHECK(settings_of(std::string(name) + ": 192.0.2.1").address == "192.0.2.1");
  for (const char* name : {"port", "ansible_port", "ansible_ssh_port"})
    CHECK(settings_of(std::string(name) + ": 2222").port == 2222);
  for (const char* name : {"user", "ansible_user", "ansible_ssh_user"})
    CHECK(settings_of(std::string(name) + ": pi").user == "pi");
  for (const char* name : {"password", "ansible_password", "ansible_ssh_pass", "ansible_ssh_password"})
    CHECK(settings_of("user: pi, " + std::string(name) + ": \"s[1-2] {x\"").password == "s[1-2] {x");
  for (const char* name : {"key_file", "ansible_ssh_private_key_file", "ansible_private_key_file"})
    CHECK(settings_of(std::string(name) + ": ~/.ssh/id").key_files == Names{"~/.ssh/id"});
  for (const char* name : {"become", "ansible_become"}) CHECK(settings_of(std::string(name) + ": yes").become == true);
  for (const char* name : {"become_user", "ansible_become_user"})
    CHECK(settings_of(std::string(name) + ": root").become_user == "root");
  for (const char* name : {"become_password", "ansible_become_password", "ansible_become_pass"})
    CHECK(settings_of("user: pi, " + std::string(name) + ": 123").become_password == "123");
  for (const char* name : {"connect_timeout", "ansible_timeout", "ansible_ssh_timeout"})
    CHECK(settings_of(std::string(name) + ": 15").connect_timeout == Milliseconds(15'000));
  CHECK(settings_of("jump: w01").jump == "w01");
  CHECK(settings_of("jump: [a, 'me@b:22']").jump == "a,me@b:22");
  CHECK(settings_of("jump: 'a, b'").jump == "a,b");
  for (const char* none : {"none", "None", "[none]"})
    CHECK(settings_of("jump: " + std::string(none)).jump == "");  // whatever ssh's configuration says
  CHECK_FALSE(settings_of("jump: ''").jump);
  CHECK(settings_of("cef_jump: none, ansible_ssh_common_args: '-J gw'").jump == "");
  CHECK_FALSE(settings_of("jump: h").jump);  // itself
  CHECK(settings_of("forks: 20").forks == 20);
  CHECK(settings_of("known_hosts: [a, b]").known_hosts == Names{"a", "b"});
  CHECK(settings_of("key_file: [a, b]").key_files == Names{"a", "b"});
  CHECK(settings_of("site: seongnam").site == "seongnam");
  CHECK(settings_of("local: true").local);
  CHECK(settings_of("ansible_connection: local").local);
  CHECK(settings_of("ansible_connection: ansible.builtin.local").local);
  CHECK_FALSE(settings_of("ansible_connection: ssh").local);
}

TEST_CASE("values are read as people write them", "[inventory]") {
  CHECK(settings_of("port: '2222'").port == 2222);
  CHECK(settings_of("port: 1").port == 1);
  CHECK(settings_of("port: 65535").port == 65535);
  CHECK(settings_of("user: 1001").user == "1001");
  CHECK(settings_of("become: 'on'").become == true);
  CHECK(settings_of("become: 0").become == false);
  CHECK(settings_of("become: 'False'").become == false);
  CHECK(settings_of("connect_timeout: 1.5").connect_timeout == Milliseconds(1500));
  CHECK(settings_of("connect_timeout: 2m").connect_timeout == Milliseconds(120'000));
  CHECK(settings_of("address: '[2001:db8::1]'").address == "2001:db8::1");
  CHECK(settings_of("address: 2001:db8::1").address == "2001:db8::1");
  CHECK(settings_of("host_key: accept-new").host_key == HostKeyPolicy::accept_new);
  CHECK(settings_of("host_key: off").host_key == HostKeyPolicy::off);  // YAML makes it false
  CHECK(settings_of("host_key: ask").host_key == HostKeyPolicy::ask);
  CHECK(settings_of("ansible_host_key_checking: false").host_key == HostKeyPolicy::off);
  CHECK(settings_of("ansible_ssh_host_key_checking: true").host_key == HostKeyPolicy::ask);
  CHECK(settings_of("user: pi, password: !unsafe '{{ literally }}'").password == "{{ literally }}");
  CHECK(settings_of("user: ").user == std::nullopt);  // null sets nothing
  CHECK(settings_of("user: ''").user == std::nullopt);
  CHECK(settings_of("address: ''").address == "h");
}

TEST_CASE("cef_X counts, else ansible_X, else the plain word; of one spelling the stronger level", "[inventory]") {
  CHECK(settings_of("port: 1, ansible_port: 2").port == 2);
  CHECK(settings_of("ansible_port: 2, cef_port: 1").port == 1);
  CHECK(settings_of("cef_port: 1, port: 2").port == 1);
  CHECK(settings_of("ansible_port: 2", "{cef_port: 1}").port == 1);  // cef's own at any level
  CHECK(settings_of("port: 2", "{ansible_port: 1}").port == 1);
  CHECK(settings_of("ansible_port: 2", "{ansible_port: 1}").port == 2);  // host over group
  CHECK(settings_of("port: 2", "{port: 1}").port == 2);
  CHECK(settings_of("user: ", "{user: group}").user == std::nullopt);  // null hides the group's
  CHECK(settings_of("", "{user: group, ansible_user: other}").user == "other");
  const TemporaryFolder folder;
  const auto file = folder.write("hosts.yml",
                                 "all: {vars: {cef_user: all}}\na: {vars: {cef_user: a}, hosts: {h: {port: 1}}}\n"
                                 "b: {vars: {cef_user: b}, hosts: {h: }}");
  folder.write("host_vars/h.yml", "ansible_port: 2");
  const auto loaded = load({file});
  REQUIRE(loaded);
  CHECK(loaded->inventory.host("h")->settings.user == "b");
  CHECK(loaded->inventory.host("h")->settings.port == 2);
}

TEST_CASE("other people's words do not say how to log in", "[inventory]") {
  const Settings db = settings_of(
      "ansible_host: 192.0.2.1, ansible_port: 2200, ansible_user: root, port: 5432, user: postgres, password: app, "
      "become: true, jump: gw, site: x, tags: {Name: db}, forks: 3, local: true, host_key: off, assert: 'x<1'");
  CHECK(db.address == "192.0.2.1");
  CHECK(db.port == 2200);
  CHECK(db.user == "root");
  CHECK_FALSE(db.password);
  CHECK_FALSE(db.become);
  CHECK_FALSE(db.jump);
  CHECK_FALSE(db.site);
  CHECK(db.tags.empty());
  CHECK_FALSE(db.forks);
  CHECK_FALSE(db.local);
  CHECK_FALSE(db.host_key);
  CHECK(db.assertions.empty());

  // At any level, and whatever the variable is about.
  CHECK_FALSE(settings_of("port: 5432", "{ansible_python_interpreter: /usr/bin/python3}").port);
  CHECK(settings_of("port: 5432, tags: [a]", "{ansible_become: true}").tags.empty());
  CHECK(settings_of("cef_tags: [a], tags: [b]", "{ansible_become: true}").tags == Names{"a"});
  CHECK(settings_of("cef_tags: [a]", "{tags: [b]}").tags == Names{"a", "b"});
  CHECK(warnings_of("ansible_host: a, tags: {Name: db}").empty());
  // Other hosts' do not matter, nor does a port that stands with the name.
  const auto mixed = load_text("[g]\nh1 port=1\nh2 ansible_host=a port=1\nh3:2200 port=1 user=pi\n", "hosts");
  CHECK(mixed.inventory.host("h1")->settings.port == 1);
  CHECK_FALSE(mixed.inventory.host("h2")->settings.port);
  CHECK(mixed.inventory.host("h3")->settings.port == 2200);
  CHECK(mixed.inventory.host("h3")->settings.user == "pi");
}

TEST_CASE("a plain password counts only beside a plain word that says how to log in", "[inventory]") {
  CHECK_FALSE(settings_of("password: app, port: 5432").password);
  CHECK_FALSE(settings_of("become_password: app").become_password);
  CHECK_FALSE(settings_of("cef_user: pi, password: app").password);
  CHECK(settings_of("password: x, address: a").password == "x");
  CHECK(settings_of("password: x", "{user: pi}").password == "x");
  CHECK(settings_of("become_password: x, key_file: k").become_password == "x");
  CHECK(settings_of("cef_password: x").password == "x");
  CHECK(settings_of("ansible_password: x").password == "x");
}

TEST_CASE("each setting tells which variable it is from, and where that stands", "[inventory]") {
  const TemporaryFolder folder;
  const auto file = folder.write("hosts.yml",
                                 "g:\n  vars: {ansible_ssh_common_args: '-J gw -p 22'}\n  hosts:\n    h:\n"
                                 "      ansible_host: a\n      port: 1\n      cef_user: pi\n");
  folder.write("host_vars/h.yml", "\nansible_port: 2\n");
  const auto loaded = load({file});
  REQUIRE(loaded);
  Names origins;
  for (const Origin& one : loaded->inventory.host("h")->origins)
    origins.push_back(std::string(one.setting) + " " + std::string(one.variable) + " " +
                      one.file->substr(folder.path().string().size() + 1) + ":" + std::to_string(one.line));
  CHECK(origins == Names{"address ansible_host hosts.yml:5", "port ansible_port host_vars/h.yml:2",
                         "user cef_user hosts.yml:7", "jump ansible_ssh_common_args hosts.yml:2"});
}

TEST_CASE("options of ssh may stand on several lines", "[inventory]") {
  const auto loaded = load_text(
      "all:\n  hosts:\n    i1:\n      ansible_ssh_common_args: ' \\\n            -o ConnectTimeout=5 \\\n"
      "            -o StrictHostKeyChecking=no \\\n            -o UserKnownHostsFile=/dev/null'\n");
  CHECK(loaded.warnings.empty());
  const Settings& s = loaded.inventory.host("i1")->settings;
  CHECK(s.connect_timeout == Milliseconds(5000));
  CHECK(s.host_key == HostKeyPolicy::off);
  CHECK(s.known_hosts == Names{"/dev/null"});
  CHECK(settings_of("ansible_ssh_extra_args: '-p ssh'").port == 22);
}

TEST_CASE("options of ssh fill what the variables leave open", "[inventory]") {
  const Settings s = settings_of(
      "ansible_ssh_common_args: '-o ProxyJump=gw -oIdentityFile=~/a -i ~/b -p 2200 -l pi -o HostName=192.0.2.5 "
      "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o \"ConnectTimeout 7\" -o identitiesonly=yes "
      "-o ControlMaster=auto -o ControlPersist=60s -o ControlPath=~/x -C -q'");
  CHECK(s.jump == "gw");
  CHECK(s.key_files == Names{"~/a", "~/b"});
  CHECK(s.port == 2200);
  CHECK(s.user == "pi");
  CHECK(s.address == "192.0.2.5");
  CHECK(s.host_key == HostKeyPolicy::off);
  CHECK(s.known_hosts == Names{"/dev/null"});
  CHECK(s.connect_timeout == Milliseconds(7000));
  CHECK(s.identities_only == true);

  CHECK(settings_of("ansible_port: 1, ansible_ssh_extra_args: '-p 2 -l you -J c -o HostName=d'").port == 1);
  CHECK(settings_of("ansible_user: me, ansible_ssh_extra_args: '-l you'").user == "me");
  CHECK(settings_of("cef_jump: a, ansible_ssh_extra_args: '-J b'").jump == "a");
  CHECK(settings_of("ansible_host: a, ansible_ssh_extra_args: '-o HostName=b'").address == "a");
  CHECK(settings_of("ansible_ssh_common_args: '-J a', ansible_ssh_extra_args: '-J b'").jump ==
        "a");  // ssh's first wins
  CHECK(settings_of("ansible_ssh_extra_args: '-o StrictHostKeyChecking=accept-new'").host_key ==
        HostKeyPolicy::accept_new);
  CHECK(settings_of("cef_key_file: a, ansible_ssh_extra_args: '-i b -i a'").key_files == Names{"a", "b"});
}

TEST_CASE("what ssh's options say of agents, certificates and host key names counts", "[inventory]") {
  const auto s = settings_of(
      "ansible_ssh_common_args: '-o IdentityAgent=/run/agent -o CertificateFile=~/a-cert.pub -o HostKeyAlias=web', "
      "ansible_ssh_extra_args: '-o identityagent=none -o CertificateFile=b-cert.pub -o HostKeyAlias=other'");
  CHECK(s.agent == "/run/agent");
  CHECK(s.certificates == Names{"~/a-cert.pub", "b-cert.pub"});
  CHECK(s.host_key_alias == "web");
  CHECK(settings_of("ansible_ssh_args: '-o CertificateFile=none'").certificates.empty());
  CHECK(warnings_of("ansible_ssh_args: '-o HostKeyAlias=web -o IdentityAgent=none'").empty());
}

TEST_CASE("a ProxyCommand among ssh's options is kept, and the first way that is named counts", "[inventory]") {
  const auto said = [](const std::string& options) {
    return settings_of("ansible_ssh_common_args: '" + options + "'");
  };
  CHECK(said("-o ProxyCommand=\"ssh -W %h:%p -q me@gw\"").proxy_command == "ssh -W %h:%p -q me@gw");
  CHECK_FALSE(said("-o ProxyCommand=\"nc %h %p\"").jump);
  CHECK(said("-o ProxyCommand=none -J gw").jump == "");
  CHECK(said("-o ProxyJump=none").jump == "");
  CHECK_FALSE(said("-J gw -o ProxyCommand=\"nc %h %p\"").proxy_command);
  CHECK(said("-F /etc/other -o ProxyCommand=\"nc %h %p\"").ssh_config == "/etc/other");
}

TEST_CASE("options of ssh that cef has no word for are kept", "[inventory]") {
  const auto settings = settings_of(
      "ansible_ssh_common_args: '-o KexAlgorithms=+a -c aes128-cbc -m hmac-sha1 -4 -b 10.0.0.1 -o \"RevokedHostKeys "
      "/etc/r\" -o PubkeyAuthentication=no', ansible_ssh_extra_args: '-6 -o KexAlgorithms=b'");
  CHECK(settings.ssh.key_exchanges == "+a");
  CHECK(settings.ssh.ciphers == "aes128-cbc");
  CHECK(settings.ssh.macs == "hmac-sha1");
  CHECK(settings.ssh.address_family == "inet");
  CHECK(settings.ssh.bind_address == "10.0.0.1");
  CHECK(settings.ssh.revoked_host_keys == "/etc/r");
  CHECK(settings.ssh.public_key_login == false);
  CHECK(settings.unusable.empty());
  CHECK_FALSE(settings_of("ansible_ssh_common_args: '-o AddressFamily=x'").unusable.empty());
}

TEST_CASE("what is ignored is said, what has no meaning here is not", "[inventory]") {
  struct Case {
    const char* vars;
    Names warnings;
  };
  const auto c = GENERATE(values<Case>({
      {"ansible_python_interpreter: /usr/bin/python3, ansible_shell_type: sh, ansible_pipelining: true", {}},
      {"ansible_ssh_args: '-C -o ControlMaster=auto -o ControlPersist=60s'", {}},
      {"ansible_become_method: sudo", {}},
      {"ansible_become_method: su", {"ansible_become_method: become method 'su' is not known here: sudo is used"}},
      {"ansible_connection: winrm", {"ansible_connection: connection 'winrm' is not known here: ssh is used"}},
      {"ansible_ssh_common_args: '-o ForwardAgent=yes'",
       {"ansible_ssh_common_args: ssh option ForwardAgent is ignored"}},
      {"ansible_ssh_common_args: '-v -A'",
       {"ansible_ssh_common_args: ssh's -v is ignored", "ansible_ssh_common_args: ssh's -A is ignored"}},
      {"ansible_ssh_common_args: '-L 1:a:2 -p 3'", {"ansible_ssh_common_args: ssh's -L is ignored"}},
      {"ansible_ssh_common_args: 'gw'", {"ansible_ssh_common_args: 'gw' is ignored: it is no option of ssh"}},
  }));
  DYNAMIC_SECTION(c.vars) { CHECK(warnings_of(c.vars) == c.warnings); }
}

TEST_CASE("a variable that is nearly one of cef's is warned of, where it would do and nothing else says it",
          "[inventory]") {
  struct Case {
    const char *variables, *meant;  // null: no warning
  };
  const auto c = GENERATE(values<Case>({
      {"addres: 192.0.2.1", "address"},
      {"prot: 2200", "port"},
      {"usr: pi", "user"},
      {"key_flie: ~/.ssh/edge", "key_file"},
      {"becom: true", "become"},
      {"cef_prot: 2200", "cef_port"},
      {"ansible_hots: 192.0.2.1", "ansible_host"},
      {"key-file: ~/.ssh/edge", "key_file"},
      {"connect-timeout: 5s", "connect_timeout"},
      {"User: pi", "user"},
      {"prot: 2200, port: 22", nullptr},
      {"cef_prot: 2200, cef_port: 22", nullptr},
      {"prot: tcp", nullptr},                         // no port
      {"prot: 2200, ansible_user: pi", nullptr},      // plain words do not count here
      {"users: root, tag: v1, use: nginx", nullptr},  // words of their own
      {"post: 80, sort: 1, size: 3, suite: bookworm", nullptr},
      {"locale: en_US.UTF-8, sport: 80, pool: a", nullptr},
      {"prot: ", nullptr},
  }));
  DYNAMIC_SECTION(c.variables) {
    const auto warnings = warnings_of(c.variables);
    if (!c.meant) {
      CHECK(warnings == Names{});
      return;
    }
    REQUIRE(warnings.size() == 1);
    CHECK_THAT(warnings.front(), Catch::EndsWith(fmt::format("did you mean '{}'?", c.meant)));
  }
}

TEST_CASE("an address that does not count beside Ansible's words is told, once", "[inventory]") {
  const auto loaded =
      load_text("g:\n  vars: {ansible_user: pi}\n  hosts:\n    a: {address: 192.0.2.1}\n    b: {address: 192.0.2.2}\n");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings.front().line == 4);
  CHECK_THAT(loaded.warnings.front().message, Catch::StartsWith("address: a is not reached by it, since ansible_user"));
  CHECK(warnings_of("address: 192.0.2.1, ansible_host: 192.0.2.2").empty());
  CHECK(warnings_of("address: {street: Main}, ansible_user: pi").empty());
  CHECK(warnings_of("address: 192.0.2.1, user: pi").empty());
}

TEST_CASE("a slip is told once, with its place, however many hosts have it", "[inventory]") {
  const auto loaded = load_text("g:\n  vars:\n    prot: 2200\n  hosts:\n    h[1-9]:\n");
  REQUIRE(loaded.warnings.size() == 1);
  CHECK(loaded.warnings.front().line == 3);
}

}  // namespace cef::inventory
