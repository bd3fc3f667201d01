// cef play on real servers: tasks over SSH, delegation, a host that is not there, the text that people see.
#include "fleet.hpp"
#include "simulator.hpp"
#include "sshd.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <set>

using namespace cef::testing;

namespace {

struct Two {
  Sshd first, second;
  Fleet fleet;

  Two() {
    fleet.add("n1", first);
    fleet.add("n2", second);
  }
  std::string book(const std::string& text) const {
    const auto path = fleet.folder() / "site.yml";
    write_file(path, text);
    return path.string();
  }
  CefResult play(const std::string& text, std::vector<std::string> more = {}) const {
    std::vector<std::string> words{"play", book(text), "--format", "json"};
    words.insert(words.end(), more.begin(), more.end());
    return fleet.cef(words);
  }
};

nlohmann::json task(const CefResult& result, const std::string& host, const std::string& name) {
  const nlohmann::json of_host = result[host];
  for (const auto& each : of_host["data"]["tasks"])
    if (each["task"] == name) return each;
  return nullptr;
}

}  // namespace

TEST_CASE("a playbook runs from end to end over SSH", "[e2e][.e2e][play]") {
  const Two two;
  const auto result = two.play(R"(
- hosts: all
  gather_facts: false
  vars: {who: "{{ inventory_hostname }}"}
  tasks:
    - name: say
      shell: echo "$GREETING {{ who }}"
      environment: {GREETING: hello}
      register: said
      notify: told
    - set_fact: {text: "{{ said.stdout }}"}
    - name: shown
      debug: msg="{{ text }} {{ hostvars.n1.said.stdout }}"
    - name: only one
      command: echo {{ item }}
      loop: [a, b]
      when: inventory_hostname == 'n2'
    - name: fails
      command: /bin/false
      ignore_errors: true
    - name: elsewhere
      shell: echo $SSH_CONNECTION
      delegate_to: n2
      register: there
    - name: here
      command: echo here
      delegate_to: localhost
  handlers:
    - name: told
      command: echo told
)");
  INFO(result.told());
  CHECK(result.exit_code == 0);
  CHECK(task(result, "n2", "shown")["result"]["msg"] == "hello n2 hello n1");
  CHECK(task(result, "n1", "only one")["status"] == "skipping");
  CHECK(task(result, "n2", "only one")["result"]["results"].size() == 2);
  CHECK(task(result, "n1", "fails")["status"] == "ignored");
  CHECK_FALSE(task(result, "n1", "elsewhere")["result"]["stdout"].get<std::string>().empty());
  CHECK(task(result, "n1", "here")["result"]["stdout"] == "here");
  CHECK(result["n1"]["data"]["ok"] == 7);
  CHECK(result["n1"]["data"]["skipped"] == 1);
  CHECK(result["n1"]["data"]["ignored"] == 1);
}

TEST_CASE("backups of one second are all kept", "[e2e][play]") {
  const Two two;
  const auto file = two.first.home() / "conf";
  write_file(file, "text 0");
  const auto result = two.play(fmt::format(R"(
- hosts: n1
  gather_facts: false
  tasks:
    - copy: {{content: "text {{{{ item }}}}", dest: {}, backup: true}}
      loop: [1, 2, 3, 4]
)",
                                           file.string()));
  INFO(result.told());
  CHECK(result.exit_code == 0);
  std::set<std::string> kept;
  for (const auto& entry : std::filesystem::directory_iterator(two.first.home()))
    if (entry.path().filename().string().starts_with("conf.")) kept.insert(read_file(entry.path()));
  CHECK(kept == std::set<std::string>{"text 0", "text 1", "text 2", "text 3"});
}

TEST_CASE("a host that is not there is unreachable, and the others go on", "[e2e][.e2e][play]") {
  Two two;
  FleetHost gone;
  gone.name = "n3";
  gone.port = 1;
  two.fleet.add(gone);
  const auto result =
      two.play("- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo x\n    - command: echo y\n");
  INFO(result.told());
  CHECK(result.exit_code == 4);
  CHECK(result["n3"]["status"] == "unreachable");
  CHECK(result["n3"]["data"]["unreachable"] == 1);
  CHECK(result["n1"]["data"]["ok"] == 2);
}

TEST_CASE("what people see: a line for hosts that end alike, failures in full, the recap", "[e2e][.e2e][play]") {
  const Two two;
  const std::string book = two.book(R"(
- name: first
  hosts: all
  gather_facts: false
  tasks:
    - name: works
      command: echo x
    - name: fails
      shell: echo broken >&2; exit 3
)");
  const auto result = two.fleet.cef({"play", book});
  INFO(result.told());
  CHECK(result.exit_code == 2);
  CHECK_THAT(result.out, Catch::Contains("PLAY [first]  2 hosts"));
  CHECK_THAT(result.out, Catch::Contains("TASK [works]\nchanged: [n[1-2]]"));
  CHECK_THAT(result.out, Catch::Contains("failed: [n[1-2]] => non-zero return code"));
  CHECK_THAT(result.out, Catch::Contains("site.yml:8:"));
  CHECK_THAT(result.out, Catch::Contains("stderr: broken"));
  CHECK_THAT(result.out, Catch::Contains("PLAY RECAP"));
  CHECK_THAT(result.out, Catch::Contains("ok=1 changed=1 unreachable=0 failed=1"));

  const auto quiet = two.fleet.cef({"play", "-q", book}).out;
  CHECK(quiet.starts_with("\nPLAY [first]  2 hosts\n\nTASK [fails]\nfailed: [n[1-2]] => non-zero return code"));
  CHECK_THAT(quiet, Catch::Contains("PLAY RECAP\nn[1-2] : ok=1"));
  const std::string fine = two.book("- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo x\n");
  CHECK(two.fleet.cef({"play", "-q", fine}).out.empty());
  const std::string batches = two.book("- hosts: all\n  gather_facts: false\n  serial: 1\n  tasks: []\n");
  CHECK_THAT(two.fleet.cef({"play", batches}).out, Catch::Contains("BATCH 2 of 2  [n2]"));
}

TEST_CASE("mistakes are told with their places, and nothing runs", "[e2e][.e2e][play]") {
  const Two two;
  const std::string book =
      two.book("- hosts: all\n  tasks:\n    - command: echo x\n    - nosuch: {}\n    - debug: msg=\"{{ 1 + }}\"\n");
  const auto result = two.fleet.cef({"play", book});
  INFO(result.told());
  CHECK(result.exit_code == 5);
  CHECK_THAT(result.err, Catch::Contains("site.yml:4:7: there is no module nosuch"));
  CHECK_THAT(result.err, Catch::Contains("site.yml:5:"));
  CHECK(result.out.empty());
}

TEST_CASE("plays are limited, and listed", "[e2e][.e2e][play]") {
  const Two two;
  const std::string text =
      "- hosts: all\n  gather_facts: false\n  tasks:\n    - name: one\n      command: echo x\n      tags: [a]\n";
  const auto limited = two.play(text, {"host=n2"});
  INFO(limited.told());
  CHECK(limited.exit_code == 0);
  CHECK(limited["n1"].is_null());
  CHECK(limited["n2"]["data"]["ok"] == 1);
  const auto listed = two.fleet.cef({"play", two.book(text), "--list-tasks"});
  CHECK_THAT(listed.out, Catch::Contains("      one\tTAGS: [a]"));
}

TEST_CASE("answers that come while the next channel is asked for are heard, on however many hosts",
          "[e2e][.e2e][play]") {
  const Simulator simulator;
  Fleet fleet;
  fleet.know(simulator.known_hosts());
  constexpr int count = 600;
  for (int i = 0; i < count; ++i) {
    // Without a keepalive what was missed is never heard.
    FleetHost host{.name = fmt::format("n{}", i),
                   .address = fmt::format("127.1.{}.{}", i / 200, i % 200 + 1),
                   .port = simulator.port()};
    fleet.add(host);
  }
  const auto path = fleet.folder() / "site.yml";
  write_file(path, R"(
- hosts: all
  gather_facts: false
  tasks:
    - raw: "true"
      loop: [1, 2, 3]
)");
  const auto result = fleet.cef({"play", path.string(), "--keepalive", "0", "--format", "names"});
  INFO(result.told());
  CHECK(result.exit_code == 0);
}

TEST_CASE("the modules' scripts have one login shell on a host, what may leave something behind its own",
          "[e2e][.e2e][play]") {
  const Two two;
  const std::string book = R"(
- hosts: n1
  gather_facts: false
  tasks:
    - file: {path: "{{ here }}", state: directory}
    - copy: {content: "a line\n", dest: "{{ here }}/copied"}
    - stat: {path: "{{ here }}/copied"}
      register: copied
    - lineinfile: {path: "{{ here }}/copied", line: another line}
    - slurp: {src: "{{ here }}/copied"}
      register: text
    - assert:
        that: [copied.stat.size == 7, "(text.content | b64decode) == 'a line\nanother line\n'"]
)";
  const std::vector<std::string> here{"-e", "here=" + (two.fleet.folder() / "there").string()};
  const auto plain = two.play(book, here);
  INFO(plain.told());
  CHECK(plain.exit_code == 0);
  CHECK(two.first.execs() == 1);
  const auto own = two.play(book + "    - command: echo\n    - stat: {path: /}\n", here);
  INFO(own.told());
  CHECK(own.exit_code == 0);
  CHECK(two.first.execs() == 3);
}
