#include "files.hpp"

namespace cef::inventory {

namespace {

using Names = std::vector<std::string>;

struct File {
  const char* name;
  const char* text;
};

Names errors_of(const File& file) {
  const TemporaryFolder folder;
  const auto loaded = load({folder.write(file.name, file.text)});
  return loaded ? Names{} : folder.show_all(loaded.error());
}

}  // namespace

TEST_CASE("errors say where they are and what is expected", "[inventory]") {
  struct Case {
    File file;
    Names errors;
  };
  const auto c = GENERATE(values<Case>({
      // values
      {{"hosts.yml", "g: {vars: {ansible_group_priority: high}}"},
       {"hosts.yml:1:36: ansible_group_priority must be a whole number, not \"high\""}},
      {{"hosts.yml", "$ANSIBLE_VAULT;1.1;AES256\n6261\n"},
       {"hosts.yml: is encrypted with ansible-vault, which cannot be read here"}},
      // ranges
      {{"hosts.yml", "g:\n  hosts:\n    r[1-3]: {port: \"39[01-04]\"}\n"},
       {"hosts.yml:3:20: port holds 4 values for the 3 hosts of 'r[1-3]': ranges advance together"}},
      {{"hosts.yml", "g: {hosts: {r: {cef_port: '39[01-02]'}}}"},
       {"hosts.yml:1:27: cef_port holds 2 values for the 1 host of 'r': ranges advance together"}},
      {{"hosts.yml", "g: {hosts: {'r[3-1]': }}"},
       {"hosts.yml:1:13: 'r[3-1]': the range 3-1 runs backwards (at character 3)"}},
      {{"hosts.yml", "g: {hosts: {'r[]': }}"}, {"hosts.yml:1:13: 'r[]': empty brackets (at character 3)"}},
      {{"hosts.yml", "g: {hosts: {'r[1-99999999]': }}"},
       {"hosts.yml:1:13: 'r[1-99999999]': more than 1000000 names (at character 2)"}},
      // structure
      {{"hosts.yml", "g:\n  hosts: [a, b]\n"},
       {"hosts.yml:2:10: 'hosts' of group 'g' must be a mapping, not a list (write 'name:' for each, without '-')"}},
      {{"hosts.yml", "g:\n  hosts:\n    - a\n"},
       {"hosts.yml:3:5: 'hosts' of group 'g' must be a mapping, not a list (write 'name:' for each, without '-')"}},
      {{"hosts.yml", "g: {vars: 5}"}, {"hosts.yml:1:11: 'vars' of group 'g' must be a mapping, not the number 5"}},
      {{"hosts.yml", "g: {children: [a]}"},
       {"hosts.yml:1:15: 'children' of group 'g' must be a mapping, not a list (write 'name:' for each, without '-')"}},
      {{"hosts.yml", "g: {children: {a: 5}}"}, {"hosts.yml:1:19: group 'a' must be a mapping, not the number 5"}},
      {{"hosts.yml", "g: {hosts: {h: text}}"},
       {"hosts.yml:1:16: the variables of host 'h' must be a mapping, not the text 'text'"}},
      {{"hosts.yml", "g: {hosts: {12: }}"},
       {"hosts.yml:1:13: a host's name must be text, not the number 12: put it in quotes"}},
      {{"hosts.yml", "g: {hosts: {yes: }}"},
       {"hosts.yml:1:13: a host's name must be text, not the boolean yes: put it in quotes"}},
      {{"hosts.yml", "12: {hosts: {h: }}"},
       {"hosts.yml:1:1: a group's name must be text, not the number 12: put it in quotes"}},
      {{"hosts.yml", "- a\n- b\n"}, {"hosts.yml:1:1: an inventory is a mapping of groups, not a list"}},
      {{"hosts.yml", "text"}, {"hosts.yml:1:1: an inventory is a mapping of groups, not the text 'text'"}},
      {{"hosts.yml", "plugin: aws_ec2\nregions: [x]\n"},
       {"hosts.yml:1:1: this configures Ansible's inventory plugin 'aws_ec2' and lists no hosts: save what "
        "'ansible-inventory -i FILE --list --yaml' prints and use that"}},
      {{"hosts.yml", "a: {children: {b: {children: {a: }}}}"},
       {"hosts.yml:1:16: group 'b' cannot be a child of 'a': it is above it, so that is a loop"}},
      {{"hosts.yml", "a: {children: {a: }}"},
       {"hosts.yml:1:16: group 'a' cannot be a child of 'a': it is above it, so that is a loop"}},
      {{"hosts.yml", "a: {children: {all: }}"},
       {"hosts.yml:1:16: group 'all' cannot be a child of 'a': it is above it, so that is a loop"}},
      // YAML
      {{"hosts.yml", ""}, {"hosts.yml: the file is empty: an inventory names at least one group"}},
      {{"hosts.yml", "# nothing\n"}, {"hosts.yml: the file is empty: an inventory names at least one group"}},
      {{"hosts.yml", "---\n"}, {"hosts.yml: the file is empty: an inventory names at least one group"}},
      {{"hosts.yml", "{}"}, {"hosts.yml: the file is empty: an inventory names at least one group"}},
      {{"hosts.yml", "g: {hosts: {h: }}\n---\ng: {hosts: {i: }}\n"},
       {"hosts.yml:3:1: a second YAML document ('---') in one file"}},
      {{"hosts.yml", "g: {hosts: {? [a] : b}}"}, {"hosts.yml:1:15: a mapping's key cannot be a list"}},
      {{"hosts.yml", "g: &g {children: *g}"}, {"hosts.yml:1:18: an alias that stands for the value it is part of"}},
      {{"hosts.yml", "g: {vars: {<<: 5}}"},
       {"hosts.yml:1:16: '<<' merges a mapping or a list of mappings, not the number 5"}},
      // INI
      {{"hosts", "[g]\nh1 a\n"}, {"hosts:2:4: a host's variable is written name=value, not 'a'"}},
      {{"hosts", "[g]\nh1  a=1   b\n"}, {"hosts:2:11: a host's variable is written name=value, not 'b'"}},
      {{"hosts", "[g]\nh1 a='open\n"}, {"hosts:2:1: a quote is not closed"}},
      {{"hosts", "[g]\nh1:\n"}, {"hosts:2:1: a host's name cannot end in ':', which introduces a port"}},
      {{"hosts", "[g]\n---\n"}, {"hosts:2:1: '---' begins a YAML file: call this one .yml"}},
      {{"hosts", "[g]\n''\n"}, {"hosts:2:1: a host's name is missing"}},
      {{"hosts", "[g h]\nh1\n"},
       {"hosts:1:1: '[g h]' is no section: write [group], [group:vars] or [group:children], without spaces"}},
      {{"hosts", "[]\n"},
       {"hosts:1:1: '[]' is no section: write [group], [group:vars] or [group:children], without spaces"}},
      {{"hosts", "[g:var]\na=1\n"}, {"hosts:1:1: section [g:var] has an unknown kind: did you mean 'vars'?"}},
      {{"hosts", "[g:things]\na=1\n"}, {"hosts:1:1: section [g:things] has an unknown kind: it is vars or children"}},
      {{"hosts", "[g]\n[g:vars]\nabc\n"}, {"hosts:3:1: a variable is written name=value, not 'abc'"}},
      {{"hosts", "[g:vars]\na=1\n"}, {"hosts:1:1: [g:vars] is for a group that has no section: write [g]"}},
      {{"hosts", "[g:children]\n a\n"}, {"hosts:2:2: group 'a' has no section: write [a]"}},
      {{"hosts", "[g:children]\na b\n"}, {"hosts:2:1: 'a b' is no group's name"}},
      {{"hosts", "[a:children]\nb\n[b:children]\na\n"},
       {"hosts:4:1: group 'a' cannot be a child of 'b': it is above it, so that is a loop"}},
      {{"hosts", "[g]\nr[3:1]\n"}, {"hosts:2:1: 'r[3:1]': the range 3:1 runs backwards (at character 3)"}},
      // whole files
      {{"hosts", "\n\n"}, {"hosts: the file is empty: an inventory names at least one group"}},
      {{"hosts.toml", "[g]\n"}, {"hosts.toml: TOML inventories are not read: write it as YAML or INI"}},
      {{"hosts.sh", "#!/bin/sh\n"},
       {"hosts.sh: starts with #! but is not executable: chmod +x it, if it is a program"}},
  }));
  DYNAMIC_SECTION(c.file.name << " " << c.file.text) { CHECK(errors_of(c.file) == c.errors); }
}

TEST_CASE("a setting that cannot be used is its host's fault, and tells where it stands", "[inventory]") {
  struct Case {
    const char* text;
    Names why;  // of host h
  };
  const auto c = GENERATE(values<Case>({
      {"g:\n  hosts:\n    h: {cef_port: 99999}\n",
       {"hosts.yml:3:19: cef_port must be a number from 1 to 65535, not 99999"}},
      {"g: {hosts: {h: {cef_port: 0}}}", {"hosts.yml:1:27: cef_port must be a number from 1 to 65535, not 0"}},
      {"g: {hosts: {h: {cef_port: ssh}}}", {"hosts.yml:1:27: cef_port must be a number from 1 to 65535, not 'ssh'"}},
      {"g: {hosts: {h: {cef_port: 22.0}}}", {"hosts.yml:1:27: cef_port must be a number from 1 to 65535, not 22.0"}},
      {"g: {hosts: {h: {cef_port: [22]}}}", {"hosts.yml:1:27: cef_port must be a number from 1 to 65535, not [22]"}},
      {"g: {hosts: {h: {ansible_port: -1}}}",
       {"hosts.yml:1:31: ansible_port must be a number from 1 to 65535, not -1"}},
      {"g:\n  hosts: {h: }\n  vars:\n    cef_become: maybe\n",
       {"hosts.yml:4:17: cef_become must be true or false, not 'maybe'"}},
      {"g: {hosts: {h: {cef_become: 2}}}", {"hosts.yml:1:29: cef_become must be true or false, not 2"}},
      {"g: {hosts: {h: {cef_user: {name: x}}}}", {R"(hosts.yml:1:27: cef_user must be text, not {"name":"x"})"}},
      {"g: {hosts: {h: {cef_user: true}}}", {"hosts.yml:1:27: cef_user must be text, not true"}},
      {"g: {hosts: {h: {cef_user: \"a\\nb\"}}}", {"hosts.yml:1:27: cef_user must be one line"}},
      {"g: {hosts: {h: {cef_address: me@host}}}",
       {"hosts.yml:1:30: cef_address must be a host name or an IP address alone, not 'me@host'"}},
      {"g: {hosts: {h: {cef_address: 10.5}}}",
       {"hosts.yml:1:30: cef_address must be a host name or an IP address, not 10.5"}},
      {"g: {hosts: {h: {cef_host_key: maybe}}}",
       {"hosts.yml:1:31: cef_host_key must be ask, accept-new, strict or off, not 'maybe'"}},
      {"g: {hosts: {h: {cef_key_file: [1.5]}}}",
       {"hosts.yml:1:31: cef_key_file must be a text or a list of texts, not [1.5]"}},
      {"g: {hosts: {h: {cef_jump: {a: b}}}}",
       {R"(hosts.yml:1:27: cef_jump must be a host of the inventory or [user@]host[:port], not {"a":"b"})"}},
      {"g: {hosts: {h: {ansible_ssh_common_args: '-p 99999'}}}",
       {"hosts.yml:1:42: ansible_ssh_common_args sets port, which must be a number from 1 to 65535, not '99999'"}},
      {"g: {hosts: {h: {ansible_ssh_common_args: '-o'}}}",
       {"hosts.yml:1:42: ansible_ssh_common_args ends in -o without its value"}},
      {"g: {hosts: {h: {ansible_ssh_common_args: '-o Port='}}}",
       {"hosts.yml:1:42: ansible_ssh_common_args ssh option 'Port=' has no value"}},
      {"g: {hosts: {h: {ansible_ssh_common_args: [-J, a]}}}",
       {"hosts.yml:1:42: ansible_ssh_common_args must be text: options of ssh"}},
      {"g: {hosts: {h: {cef_user: '{{ me }}'}}}",
       {"hosts.yml:1:27: cef_user holds a template, which is not rendered in the inventory: '{{ me }}'"}},
      {"g: {hosts: {h: {ansible_host: 'x{% if a %}'}}}",
       {"hosts.yml:1:31: ansible_host holds a template, which is not rendered in the inventory: 'x{% if a %}'"}},
      {"g:\n  hosts:\n    h:\n      cef_password: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        6261\n",
       {"hosts.yml:4:21: cef_password is encrypted with ansible-vault, which cannot be read here"}},
      {"g: {hosts: {h: }, vars: {ansible_port: many}}",
       {"hosts.yml:1:40: ansible_port must be a number from 1 to 65535, not 'many'"}},
  }));
  DYNAMIC_SECTION(c.text) {
    const TemporaryFolder folder;
    const auto loaded = load({folder.write("hosts.yml", c.text)});
    REQUIRE(loaded);
    Names why;
    for (const Unusable& one : loaded->inventory.host("h")->settings.unusable)
      why.push_back(one.why.substr(folder.path().string().size() + 1));
    CHECK(why == c.why);
    CHECK(loaded->warnings.empty());
  }
}

TEST_CASE("what no login depends on is told and left out when it cannot be used", "[inventory]") {
  struct Case {
    const char* text;
    Names warnings;
  };
  const auto c = GENERATE(values<Case>({
      {"g: {hosts: {h: {cef_connect_timeout: soon}}}",
       {"hosts.yml:1:38: cef_connect_timeout must be a duration such as 10, 10s or 2m, not 'soon'"}},
      {"g: {hosts: {h: {cef_connect_timeout: 0}}}",
       {"hosts.yml:1:38: cef_connect_timeout must be a duration such as 10, 10s or 2m, not 0"}},
      {"g: {hosts: {h: {cef_forks: 0}}}", {"hosts.yml:1:28: cef_forks must be a number from 1 up, not 0"}},
      {"g: {hosts: {h: {cef_tags: {a: 1}}}}", {R"(hosts.yml:1:27: cef_tags must be a list of words, not {"a":1})"}},
      {"g: {hosts: {h: {cef_tags: [[a]]}}}", {R"(hosts.yml:1:27: cef_tags must be a list of words, not [["a"]])"}},
  }));
  DYNAMIC_SECTION(c.text) {
    const TemporaryFolder folder;
    const auto loaded = load({folder.write("hosts.yml", c.text)});
    REQUIRE(loaded);
    CHECK(folder.show_all(loaded->warnings) == c.warnings);
    CHECK(loaded->inventory.host("h")->settings.unusable.empty());
  }
}

TEST_CASE("a plain word that does not fit is left alone, with one warning", "[inventory]") {
  const TemporaryFolder folder;
  const auto loaded =
      load({folder.write("hosts.yml",
                         "g: {hosts: {h1: {tags: {Name: a}, port: none}, h2: {tags: {Name: b}}, h3: {port: "
                         "99999, user: pi}}}")});
  REQUIRE(loaded);
  CHECK(
      folder.show_all(loaded->warnings) ==
      Names{"hosts.yml:1:41: port must be a number from 1 to 65535, not 'none': it is left alone here and wherever it "
            "does not fit; cef's own name is cef_port",
            "hosts.yml:1:24: tags must be a list of words, not {\"Name\":\"a\"}: it is left alone here and wherever it "
            "does not fit; cef's own name is cef_tags"});
  for (const char* host : {"h1", "h2", "h3"}) {
    CHECK(loaded->inventory.host(host)->settings.unusable.empty());
    CHECK_FALSE(loaded->inventory.host(host)->settings.port);
  }
  CHECK(loaded->inventory.host("h3")->settings.user == "pi");
}

TEST_CASE("broken YAML is reported with its place", "[inventory]") {
  struct Case {
    const char* text;
    const char* place;
  };
  const auto c = GENERATE(values<Case>({
      {"g: {hosts: {h: }\n", "hosts.yml:2:1: not valid YAML: "},
      {"g:\n  hosts:\n   h1:\n  h2: ]\n", "hosts.yml:4:7: not valid YAML: "},
      {"g:\n\thosts:\n", "hosts.yml:2:7: not valid YAML: "},
      {"g: *nowhere\n", "hosts.yml:1:4: not valid YAML: "},
  }));
  DYNAMIC_SECTION(c.text) {
    const auto errors = errors_of({"hosts.yml", c.text});
    REQUIRE(errors.size() == 1);
    CHECK_THAT(errors[0], Catch::StartsWith(c.place));
  }
}

TEST_CASE("all errors come back at once", "[inventory]") {
  const TemporaryFolder folder;
  folder.write("inventory/a.yml", "g:\n  hosts:\n    h1: text\n    h2: {port: x}\n  vars: []\n");
  folder.write("inventory/b", "[g]\nh4 a\n");
  folder.write("inventory/c.yml", "g: [\n");
  folder.write("inventory/group_vars/all.yml", "- a\n");
  folder.write("inventory/host_vars/h2.yml", "- b\n");
  const auto loaded = load({folder.path() / "inventory", folder.path() / "missing"});
  REQUIRE_FALSE(loaded);
  const Names errors = folder.show_all(loaded.error());
  CHECK_THAT(errors,
             Catch::Contains(Names{
                 "inventory/a.yml:3:9: the variables of host 'h1' must be a mapping, not the text 'text'",
                 "inventory/a.yml:5:9: 'vars' of group 'g' must be a mapping, not a list (write 'name:' for each, "
                 "without '-')",
                 "inventory/b:2:4: a host's variable is written name=value, not 'a'",
                 "inventory/group_vars/all.yml:1:1: variables are a mapping of names to values, not a list",
                 "inventory/host_vars/h2.yml:1:1: variables are a mapping of names to values, not a list",
                 "missing: no such inventory file or folder",
             }));
  CHECK(errors.size() == 7);  // and the syntax error in c.yml
}

TEST_CASE("host names with control characters are refused with their place", "[inventory]") {
  CHECK(errors_of({"hosts.yml", "g:\n  hosts:\n    \"a\\nb\":\n"}) ==
        Names{R"(hosts.yml:3:5: the host's name 'a\nb' holds control characters)"});
  CHECK(errors_of({"hosts.yml", "g:\n  hosts:\n    \"a\\x1bb\":\n"}) ==
        Names{R"(hosts.yml:3:5: the host's name 'a\x1bb' holds control characters)"});
  CHECK(errors_of({"hosts", "[g]\n  w\x07\n"}) ==
        Names{R"(hosts:2:3: the host's name 'w\x07' holds control characters)"});
  CHECK(errors_of({"hosts.yml", "g: {hosts: {\"a\\u0085b\": }}"}).size() == 1);
  CHECK(errors_of({"hosts.yml", "g: {hosts: {'서울 1': }}"}).empty());
}

TEST_CASE("a file of a folder that is of no use does not keep the others out of reach", "[inventory]") {
  const TemporaryFolder folder;
  folder.write("inventory/empty", "");
  folder.write("inventory/comments.yml", "---\n# later\n");
  folder.write("inventory/hosts", "[web]\nw1\n");
  folder.write("inventory/old.toml", "[g]\n");
  folder.write("inventory/script.sh", "#!/bin/sh\necho x\n");
  folder.write("inventory/secret.yml", "$ANSIBLE_VAULT;1.1;AES256\n6261\n");
  std::filesystem::create_symlink("/nowhere", folder.path() / "inventory/link");
  const auto loaded = load({folder.path() / "inventory"});
  REQUIRE(loaded);
  CHECK(names(loaded->inventory) == Names{"w1"});
  const Names warnings = folder.show_all(loaded->warnings);
  REQUIRE(warnings.size() == 6);
  for (const std::string& warning : warnings) CHECK_THAT(warning, Catch::EndsWith("; it is left out"));

  std::filesystem::remove(folder.path() / "inventory/hosts");
  const auto none = load({folder.path() / "inventory"});
  REQUIRE_FALSE(none);
  CHECK(none.error().size() == 7);  // with all the reasons
}

TEST_CASE("encrypted files of variables are missed by nobody but who needs them", "[inventory]") {
  const TemporaryFolder folder;
  const auto file = folder.write("hosts", "[g]\nh1\n");
  folder.write("group_vars/all/vault.yml", "$ANSIBLE_VAULT;1.1;AES256\n6261\n");
  folder.write("group_vars/all/vars.yml", "ansible_user: pi\n");
  const auto loaded = load({file});
  REQUIRE(loaded);
  CHECK(loaded->inventory.host("h1")->settings.user == "pi");
  CHECK(folder.show_all(loaded->warnings) ==
        Names{"group_vars/all/vault.yml:1:1: is encrypted with ansible-vault, which "
              "cannot be read here: its variables are missing"});
}

TEST_CASE("an inventory without an end is told", "[inventory]") {
  const auto loaded = load({"/dev/zero"});
  REQUIRE_FALSE(loaded);
  CHECK(show(loaded.error().front()) == "/dev/zero: cannot read /dev/zero: it is longer than 256 MiB");
}

TEST_CASE("no inventory, a missing one and an empty folder are errors", "[inventory]") {
  const auto none = load({});
  REQUIRE_FALSE(none);
  CHECK(show(none.error().front()) == "no inventory was given");
  const TemporaryFolder folder;
  folder.write("inventory/notes.txt", "none");
  const auto empty = load({folder.path() / "inventory"});
  REQUIRE_FALSE(empty);
  CHECK(folder.show_all(empty.error()) == Names{"inventory: the folder holds no inventory file"});
}

TEST_CASE("what Ansible skips is skipped with a warning", "[inventory]") {
  struct Case {
    const char* text;
    Names warnings;
  };
  const auto c = GENERATE(values<Case>({
      {"g: {host: {h: }}", {"hosts.yml:1:5: 'host' in group 'g' is skipped: did you mean 'hosts'?"}},
      {"g: {child: {h: }}",
       {"hosts.yml:1:5: 'child' in group 'g' is skipped: a group inside a group belongs under 'children'"}},
      {"g: {h: {hosts: {x: }}}",
       {"hosts.yml:1:5: 'h' in group 'g' is skipped: a group inside a group belongs under 'children'"}},
      {"g: {colour: red}", {"hosts.yml:1:5: 'colour' in group 'g' is skipped: a group has hosts, vars and children"}},
      {"g: {hosts: {h: }}\ntext: word",
       {"hosts.yml:2:1: 'text' is skipped: a group is a mapping, not the text 'word'"}},
      {"g: {hosts: {h: }}\nlist: [a]", {"hosts.yml:2:1: 'list' is skipped: a group is a mapping, not a list"}},
      {"g: {hosts: {h: {a: 1, a: 2}}}", {"hosts.yml:1:23: 'a' is already set on line 1: only this last one counts"}},
      {"g: {hosts: {h: }}\ng: {hosts: {i: }}",
       {"hosts.yml:2:1: 'g' is already set on line 1: only this last one counts"}},
      {"g: {hosts: {h: }}\nh: {hosts: {i: }}", {"hosts.yml:1:13: 'h' is both a group and a host"}},
      {"x: {vars: {a: &a {k: 1}, b: {<<: *a, k: 2}}}", {}},  // overriding what was merged is what merging is for
  }));
  DYNAMIC_SECTION(c.text) {
    const TemporaryFolder folder;
    const auto loaded = load({folder.write("hosts.yml", c.text)});
    REQUIRE(loaded);
    CHECK(folder.show_all(loaded->warnings) == c.warnings);
  }
}

TEST_CASE("an answer of an inventory program that is nested too deep is an error", "[inventory]") {
  const TemporaryFolder folder;
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  folder.write("answer.json", "{\"g\": {\"hosts\": [\"a\"], \"vars\": {\"x\": " + deep + "}}}");
  const auto loaded = load({folder.write("hosts.sh", "#!/bin/sh\ncat \"${0%/*}/answer.json\"\n", true)});
  REQUIRE_FALSE(loaded);
  CHECK(folder.show_all(loaded.error()) ==
        std::vector<std::string>{
            "hosts.sh: the inventory program's answer is nested more than 500 levels deep (--list)"});
  const auto flat =
      load({folder.write("hosts.sh", "#!/bin/sh\necho '{\"g\": {\"hosts\": [\"a[[[[\\\"]\"]}}'\n", true)});
  CHECK(flat.has_value());
}

TEST_CASE("an inventory program that fails is quoted", "[inventory][exec]") {
  struct Case {
    const char* script;
    const char* error;
  };
  const auto c = GENERATE(values<Case>({
      {"#!/bin/sh\necho 'no credentials' >&2; exit 3\n",
       "hosts.sh: the inventory program ended with status 3 (--list): no credentials"},
      {"#!/bin/sh\nkill -9 $$\n", "hosts.sh: the inventory program was ended by signal 9 (--list)"},
      {"#!/bin/sh\necho not json\n", "hosts.sh: the inventory program must print a JSON object (--list)"},
      {"#!/bin/sh\necho '[1]'; echo why >&2\n",
       "hosts.sh: the inventory program must print a JSON object (--list): why"},
      {"#!/bin/sh\n", "hosts.sh: the inventory program must print a JSON object (--list)"},
      {"#!/nowhere/interpreter\n", "hosts.sh: the inventory program cannot be run: No such file or directory (--list)"},
      {"#!/bin/sh\necho '{\"g\": {\"hosts\": \"h\"}}'\n", "hosts.sh: the hosts of group 'g' are no list"},
      {"#!/bin/sh\necho '{\"g\": {\"hosts\": [1]}, \"_meta\": {\"hostvars\": {}}}'\n",
       "hosts.sh: group 'g' has a host that is no name: 1"},
      {"#!/bin/sh\necho '{\"g\": {\"vars\": []}}'\n", "hosts.sh: the variables of group 'g' are no object"},
      {"#!/bin/sh\necho '{\"g\": {\"children\": [null]}}'\n", "hosts.sh: group 'g' has a child that is no name: null"},
      {"#!/bin/sh\necho '{\"g\": [\"h\"], \"_meta\": {\"hostvars\": {\"h\": 1}}}'\n",
       "hosts.sh: the variables of host 'h' are no object"},
      {"#!/bin/sh\necho '{\"g\": [\"h\"], \"_meta\": {\"hostvars\": []}}'\n",
       "hosts.sh: '_meta' has 'hostvars' that are no object"},
      {"#!/bin/sh\n[ $1 = --list ] && echo '{\"g\": [\"h\", \"i\"]}' && exit\nexit 4\n",
       "hosts.sh: the inventory program ended with status 4 (--host h)"},
  }));
  DYNAMIC_SECTION(c.script) {
    const TemporaryFolder folder;
    const auto loaded = load({folder.write("hosts.sh", c.script, true)});
    REQUIRE_FALSE(loaded);
    CHECK(folder.show_all(loaded.error()) == Names{c.error});
  }
}

}  // namespace cef::inventory
