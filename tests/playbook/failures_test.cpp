// Who is left after a failure, and whom it concerns. What is said here is what ansible-playbook 2.14 says.
#include "played.hpp"

namespace cef::playbook::failures_tests {

namespace {

// As they came, `h1 NAME`, of the tasks that ran well.
std::vector<std::string> ran(const Played& played) {
  std::vector<std::string> all;
  for (const std::string& name : played.story.tasks)
    if (const auto found = played.story.of.find(name); found != played.story.of.end())
      for (const auto& [host, result] : found->second)
        if (!result.failed && !result.unreachable && name != "command") all.push_back(host + " " + name);
  return all;
}
using Lines = std::vector<std::string>;

std::string fatal_play(const std::string& tasks, const std::string& more = "") {
  return "- hosts: all\n  gather_facts: false\n  any_errors_fatal: true\n" + more +
         "  handlers:\n    - {name: handler, debug: msg=x}\n  tasks:\n" + tasks +
         "    - {name: after, debug: msg=x, changed_when: true, notify: handler}\n"
         "- hosts: all\n  gather_facts: false\n  tasks:\n    - {name: later, debug: msg=x}\n";
}

}  // namespace

TEST_CASE("a host that was rescued stays among those of the play", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - block:
        - command: fail-on h1
      rescue:
        - {name: rescue, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }}"}}
      always:
        - {name: always, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }}"}}
    - {name: after, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }}"}}
    - block:
        - command: fail-on h1
      always:
        - {name: failed, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}"}}
- hosts: all
  gather_facts: false
  tasks:
    - {name: later, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}"}}
)"),
              {}, 2);
  CHECK(played.errors.empty());
  CHECK(played.said("rescue") == "['h1', 'h2'] ['h1', 'h2']");
  CHECK(played.said("always") == "['h1', 'h2'] ['h1', 'h2']");
  CHECK(played.said("after") == "['h1', 'h2'] ['h1', 'h2']");
  CHECK(played.said("failed") == "['h2'] ['h2'] ['h1', 'h2']");
  CHECK(played.said("later", "h2") == "['h2'] ['h2'] ['h1', 'h2']");
}

TEST_CASE("a host that was ended is not among those of the play until its batch ends", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  serial: 2
  tasks:
    - meta: end_host
      when: inventory_hostname == 'h1'
    - {name: left, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_batch }} {{ ansible_play_hosts_all }}"}}
- hosts: all
  gather_facts: false
  tasks:
    - {name: later, debug: {msg: "{{ ansible_play_hosts | join(' ') }}"}}
)",
              {}, 3);
  CHECK(played.said("left", "h2") == "['h2', 'h3'] ['h2'] ['h1', 'h2', 'h3']");
  CHECK(played.said("left", "h3") == "['h1', 'h2', 'h3'] ['h3'] ['h1', 'h2', 'h3']");
  CHECK(played.said("later") == "h1 h2 h3");
}

TEST_CASE("what is rescued is not fatal for the others", "[playbook]") {
  Played played;
  played.play(fatal_play(R"(
    - block:
        - command: fail-on h1
        - {name: block, debug: msg=x}
      rescue:
        - {name: rescue, debug: msg=x}
)"),
              {}, 2);
  CHECK(ran(played) ==
        Lines{"h2 block", "h1 rescue", "h1 after", "h2 after", "h1 handler", "h2 handler", "h1 later", "h2 later"});
  CHECK(played.recap("h1") == "ok=4 changed=1 rescued=1");
  CHECK_FALSE(played.ended.broke_off);
}

TEST_CASE("a failure beside an always section is not fatal; beyond one the run ends with the play", "[playbook]") {
  Played beside;
  beside.play(fatal_play(R"(
    - block:
        - command: fail-on h1
        - {name: block, debug: msg=x}
      always:
        - {name: always, debug: msg=x}
)"),
              {}, 2);
  CHECK(ran(beside) == Lines{"h2 block", "h1 always", "h2 always", "h2 after", "h2 handler", "h2 later"});
  CHECK(beside.recap("h1") == "ok=1 failed=1");
  Played beyond;
  beyond.play(fatal_play(R"(
    - block:
        - block:
            - command: fail-on h1
            - {name: inner, debug: msg=x}
        - {name: outer, debug: msg=x}
      always:
        - {name: always, debug: msg=x}
)"),
              {}, 2);
  CHECK(ran(beyond) == Lines{"h2 inner", "h2 outer", "h1 always", "h2 always", "h2 after", "h2 handler"});
  CHECK(beyond.ended.broke_off);
  Played within;
  within.play(fatal_play(R"(
    - block:
        - {name: block, debug: msg=x}
      always:
        - command: fail-on h1
        - {name: always, debug: msg=x}
)"),
              {}, 2);
  CHECK(ran(within) == Lines{"h1 block", "h2 block", "h2 always", "h2 after", "h2 handler"});
  CHECK(within.ended.broke_off);
}

TEST_CASE("a fatal failure ends everything at once, also handlers that are forced", "[playbook]") {
  const auto [tasks, well] = GENERATE(table<std::string, Lines>({
      {"    - {name: first, debug: msg=x, changed_when: true, notify: handler}\n    - command: fail-on h1\n",
       {"h1 first", "h2 first"}},
      {"    - block:\n        - command: fail-on h1\n      rescue:\n        - {name: rescue, debug: msg=x}\n"
       "        - command: 'false'\n",
       {"h1 rescue"}},
      {"    - block:\n        - {name: block, debug: msg=x}\n      always:\n        - {name: always, debug: msg=x}\n"
       "        - command: fail-on h1\n",
       {"h1 block", "h2 block", "h1 always", "h2 always"}},
      {"    - block:\n        - command: unreachable-on h1\n        - {name: block, debug: msg=x}\n"
       "      rescue:\n        - {name: rescue, debug: msg=x}\n      always:\n        - {name: always, debug: msg=x}\n",
       {}},
  }));
  INFO(tasks);
  Played played;
  played.play(fatal_play(tasks, "  force_handlers: true\n"), {}, 2);
  CHECK(ran(played) == well);
  CHECK(played.ended.broke_off);
}

TEST_CASE("with the strategy free a failure is that of its host alone", "[playbook]") {
  Played played;
  played.play(fatal_play("    - command: fail-on h1\n", "  strategy: free\n"), {}, 2);
  CHECK(ran(played) == Lines{"h2 after", "h2 handler", "h2 later"});
}

TEST_CASE("max_fail_percentage does not count what an always section follows", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  max_fail_percentage: 0
  tasks:
    - block:
        - command: fail-on h1
        - {name: block, debug: msg=x}
      always:
        - {name: always, debug: msg=x}
    - {name: after, debug: msg=x}
)",
              {}, 2);
  CHECK(ran(played) == Lines{"h2 block", "h1 always", "h2 always", "h2 after"});
}

}  // namespace cef::playbook::failures_tests
