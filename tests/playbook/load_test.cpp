// What is wrong with a playbook is said before anything runs: all of it, with its places.
#include "load/vault.hpp"
#include "played.hpp"

#include <cef/playbook/arguments.hpp>

namespace cef::playbook::load_tests {

TEST_CASE("every mistake is told with its line, all at once", "[playbook]") {
  Played played;
  played.play(R"(- hosts: all
  tasks:
    - debug: msg=not reached
    - nosuch: {a: 1}
    - command: echo x
      whn: true
    - copy: [1]
    - debug: msg="{{ 1 + }}"
    - name: nothing
    - command: echo x
      when: a ==
    - import_tasks: nowhere.yml
    - include_tasks: nowhere.yml
- host: all
)");
  std::vector<int> lines;
  for (const Diagnostic& each : played.errors) lines.push_back(each.line);
  std::sort(lines.begin(), lines.end());
  lines.erase(std::unique(lines.begin(), lines.end()), lines.end());
  CHECK(lines == std::vector<int>{3, 4, 6, 7, 8, 9, 11, 12, 14});
  CHECK(played.hosts.performed.empty());
}

TEST_CASE("what is not supported is an error only where nothing guards it", "[playbook]") {
  Played guarded;
  guarded.play(tasks_on_all(R"(
    - yum: {name: x}
      when: ansible_os_family is defined and ansible_os_family == 'RedHat'
    - block:
        - dnf: {name: x}
      when: false
    - yum: {name: x}
      when: true
      ignore_errors: true
)"));
  CHECK(guarded.errors.empty());
  CHECK(guarded.recap() == "ok=1 skipped=2 ignored=1");
  Played plain;
  plain.play(tasks_on_all("    - yum: {name: x}\n"));
  REQUIRE(plain.errors.size() == 1);
  CHECK_THAT(plain.errors[0].message, Catch::Contains("yum"));
}

TEST_CASE("what an include names outright is checked with all else", "[playbook]") {
  Played played;
  played.file("good.yml", "- include_tasks: good.yml\n  when: false\n- include_tasks: bad.yml\n");
  played.file("bad.yml", "- command: echo x\n- yum: {name: x}\n- nosuch: {}\n");
  played.file("roles/r/tasks/main.yml", "- dnf: {name: x}\n");
  played.play(
      tasks_on_all("    - include_tasks: good.yml\n    - include_role: {name: r}\n    - include_role: {name: none}\n"));
  std::vector<std::string> found;
  for (const Diagnostic& each : played.errors)
    found.push_back(fmt::format("{}:{}", std::filesystem::path(each.file).filename().string(), each.line));
  CHECK(found == std::vector<std::string>{"bad.yml:2", "bad.yml:3", "main.yml:1"});
  CHECK(played.hosts.performed.empty());
}

TEST_CASE("what is wrong with an included file is told each time it is reached", "[playbook]") {
  Played played;
  played.file("bad.yml", "- command: echo x\n- debug: msg=\"{{ 1 + }}\"\n");
  played.play(tasks_on_all(R"(
    - block:
        - include_tasks: bad.yml
          when: inventory_hostname is defined
      rescue:
        - command: echo first
    - block:
        - include_tasks: bad.yml
          when: inventory_hostname is defined
      rescue:
        - command: echo second
    - block:
        - {include_role: {name: none}, when: inventory_hostname is defined}
      rescue:
        - {name: why, debug: {msg: "{{ ansible_failed_result.msg }}"}}
)"));
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo first", "h1: echo second"});
  CHECK_THAT(played.said("why").get<std::string>(), Catch::Contains("the role none is not there"));
}

TEST_CASE("what cef does not have is told as that, however it is written", "[playbook]") {
  Played guarded;
  guarded.play(tasks_on_all("\n    - win_command: '\"{{ exe }}\" --version'\n      when: false\n"));
  CHECK(guarded.errors.empty());
  CHECK(guarded.recap() == "ok=0 skipped=1");
  struct Case {
    const char *task, *message;
  };
  for (const Case& c : {Case{"win_command: dir /b", "there is no module win_command"},
                        {"{command: 'true', listen: x}", "'listen' is for handlers"},
                        {"debug: {msg: \"{{ x | ansible.utils.ipaddr }}\"}", "'ansible.utils.ipaddr' is not supported"},
                        {"debug: {msg: \"{{ x | nofilter }}\"}", "there is no filter 'nofilter'"},
                        {"{debug: {msg: x}, failed_when: x is notest}", "there is no test 'notest'"},
                        {"{debug: {msg: x}, loop: \"{{ query('a.b.none', 1) }}\"}", "there is no lookup 'a.b.none'"}}) {
    Played played;
    played.play(tasks_on_all(fmt::format("\n    - {}\n", c.task)));
    CAPTURE(c.task);
    REQUIRE(played.errors.size() == 1);
    CHECK_THAT(played.errors.front().message, Catch::StartsWith(c.message));
  }
}

TEST_CASE("what a playbook has beside the language is there before it runs", "[playbook]") {
  Played played;
  played.file("some.yml", "a: 1\n");
  played.play(tasks_on_all(R"(
    - name: all
      debug:
        msg: "{{ [('x' | realpath) is abs, '/' is directory, '/' is exists, '/etc/passwd' is file, '/' is link,
              ('~' | expanduser) is abs, ('a: 1' | from_yaml).a, ('a: 1' | ansible.builtin.from_yaml_all) is defined,
              '/etc/passw?' | fileglob, lookup('varnames', 'nothing'), query('ansible.builtin.inventory_hostnames', 'all')] }}"
)"));
  CHECK(played.errors.empty());
  CHECK(played.said("all") == Value::parse(R"([true,true,true,true,false,true,1,true,["/etc/passwd"],"",["h1"]])"));
}

TEST_CASE("arguments in words", "[playbook]") {
  struct Case {
    const char *module, *text;
    Value expected;
  };
  const auto c = GENERATE(values<Case>({
      {"file", "path=/a mode=0644 state=touch", {{"path", "/a"}, {"mode", "0644"}, {"state", "touch"}}},
      {"lineinfile", R"(line="a b" path='/x y')", {{"line", "a b"}, {"path", "/x y"}}},
      {"debug", "msg={{ a | default('b c') }}", {{"msg", "{{ a | default('b c') }}"}}},
      {"command",
       "ls a=b creates=/x chdir=/tmp -l",
       {{"creates", "/x"}, {"chdir", "/tmp"}, {"_raw_params", "ls a=b   -l"}}},
      {"shell", "echo 'it is' | grep \"x y\"", {{"_raw_params", "echo 'it is' | grep \"x y\""}}},
      {"include_tasks", "a b.yml", {{"_raw_params", "a b.yml"}}},
      {"copy", R"(content="one\ntwo\n" dest=/a\tb)", {{"content", "one\ntwo\n"}, {"dest", "/a\tb"}}},
      {"debug", R"(msg="\"q\" \\x \s \1 \x41 \u00e9 \q \x4")", {{"msg", "\"q\" \\x \\s \\1 A \u00e9 \\q \\x4"}}},
      {"shell", R"(echo "a\tb" chdir="/tm\x70")", {{"chdir", "/tmp"}, {"_raw_params", R"(echo "a\tb")"}}},
  }));
  const auto parsed = parse_arguments(c.text, c.module);
  REQUIRE(parsed);
  CHECK(*parsed == c.expected);
}

TEST_CASE("words that are no key=value are refused for modules that take none", "[playbook]") {
  CHECK_FALSE(parse_arguments("msg=not reached", "debug"));
  CHECK_FALSE(parse_arguments("msg=\"open", "debug"));
}

TEST_CASE("a vault is opened by its password", "[playbook]") {
  // ansible-vault encrypt_string, password `cef`, text `geheim`.
  constexpr const char* sealed =
      "$ANSIBLE_VAULT;1.1;AES256\n"
      "33616362383630633336663965343838356262356665393764643436333364613561653237613937\n"
      "3432343435383463393534613431333232386338616462300a313230373839376533616363316433\n"
      "63613331323839656532646332376231663438616262323630316331373830376631353233303238\n"
      "6337343734393961330a346236366561633139613566346462306566383864343034313965343438\n"
      "3836\n";
  const Vault vault({{"", Secret("wrong")}, {"", Secret("cef")}});
  const auto plain = vault.decrypt(sealed);
  REQUIRE(plain);
  CHECK(*plain == "geheim");
  CHECK_FALSE(Vault({}).decrypt(sealed));
  CHECK_FALSE(Vault({{"", Secret("wrong")}}).decrypt(sealed));
  CHECK_FALSE(Vault({{"", Secret("cef")}}).decrypt("$ANSIBLE_VAULT;1.1;AES256\n1234"));
}

}  // namespace cef::playbook::load_tests
