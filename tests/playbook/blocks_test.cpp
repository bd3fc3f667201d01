// Blocks, failures, handlers, batches: who runs what, and what is counted.
#include "played.hpp"

namespace cef::playbook::blocks_tests {

TEST_CASE("a failure is rescued, and always comes in any case", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - block:
        - command: fail-on h1
        - name: not for h1
          debug: msg=x
      rescue:
        - name: rescue
          debug: msg="{{ ansible_failed_result.rc }}"
      always:
        - name: always
          debug: msg=x
    - name: after
      debug: msg=x
    - block:
        - command: fail-on h2
      always:
        - name: always too
          debug: msg=x
    - name: only h1
      debug: msg=x
)"),
              {}, 2);
  CHECK(played.recap("h1") == "ok=6 changed=1 rescued=1");
  CHECK(played.recap("h2") == "ok=5 changed=1 failed=1");
  CHECK(played.said("rescue") == 1);
  CHECK(played.story.of["only h1"].size() == 1);
}

TEST_CASE("an unreachable host is gone: no rescue, no always, not ignored by ignore_errors", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - command: unreachable
      ignore_unreachable: true
    - block:
        - command: unreachable
          ignore_errors: true
      rescue:
        - debug: msg=x
      always:
        - debug: msg=x
)"));
  CHECK(played.recap() == "ok=1 unreachable=1 ignored=1");
}

TEST_CASE("handlers run once, in the order they are defined, at the end of each section", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  handlers:
    - name: first
      command: echo first
      notify: third
    - name: second
      command: echo second
    - name: third
      command: echo third
    - name: listens
      command: echo listens
      listen: [topic, second]
  pre_tasks:
    - command: echo pre
      notify: second
  tasks:
    - command: echo a
      notify: [second, first]
    - command: echo b
      notify: first
    - command: echo c
      changed_when: false
      notify: listens
    - meta: flush_handlers
    - command: echo d
      notify: topic
  post_tasks:
    - command: echo post
)");
  const std::vector<std::string> expected{"h1: echo pre",   "h1: echo second",  "h1: echo listens", "h1: echo a",
                                          "h1: echo b",     "h1: echo c",       "h1: echo first",   "h1: echo second",
                                          "h1: echo third", "h1: echo listens", "h1: echo d",       "h1: echo listens",
                                          "h1: echo post"};
  CHECK(played.hosts.performed == expected);
}

TEST_CASE("a host that failed runs no handlers unless they are forced", "[playbook]") {
  const std::string text = R"(
- hosts: all
  gather_facts: false
  force_handlers: FORCE
  handlers:
    - name: h
      command: echo handled
  tasks:
    - command: echo x
      notify: h
    - command: fail-on h1
)";
  for (const bool force : {false, true}) {
    Played played;
    std::string own = text;
    own.replace(own.find("FORCE"), 5, force ? "true" : "false");
    played.play(own, {}, 2);
    const auto handled = std::count(played.hosts.performed.begin(), played.hosts.performed.end(), "h1: echo handled");
    CHECK(handled == (force ? 1 : 0));
    CHECK(std::count(played.hosts.performed.begin(), played.hosts.performed.end(), "h2: echo handled") == 1);
  }
}

TEST_CASE("a handler that there is not ends the run, once it is notified", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - command: echo x
      changed_when: false
      notify: nobody
    - command: echo y
      notify: nobody
    - command: echo z
)"));
  REQUIRE(played.ended.error);
  CHECK_THAT(*played.ended.error, Catch::Contains("nobody"));
  CHECK(played.hosts.performed.size() == 2);
}

TEST_CASE("of two handlers of one name in a list the first counts", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  handlers:
    - {name: h, command: echo one}
    - {name: h, command: echo two}
  tasks:
    - {command: echo x, notify: h}
)");
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo x", "h1: echo one"});
}

TEST_CASE("hosts that failed are out for the rest of the run", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  tasks:
    - command: fail-on h1
    - name: left
      debug: msg="{{ ansible_play_hosts }} {{ ansible_play_hosts_all }}"
- hosts: all
  gather_facts: false
  tasks:
    - name: later
      debug: msg=x
)",
              {}, 2);
  CHECK(played.said("left", "h2") == "['h2'] ['h1', 'h2']");
  CHECK(played.story.of["later"].size() == 1);
  CHECK(played.recap("h1") == "ok=0 failed=1");
}

TEST_CASE("serial makes batches, and the run ends when all of one failed", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  serial: [1, '50%']
  tasks:
    - command: echo a
    - command: fail-on h1
- hosts: all
  gather_facts: false
  tasks:
    - command: echo later
)",
              {}, 4);
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo a", "h1: fail-on h1"});
  CHECK(played.ended.broke_off);

  Played sizes;
  sizes.play(R"(
- hosts: all
  gather_facts: false
  serial: [1, 2]
  tasks:
    - command: echo {{ ansible_play_batch | length }}
)",
             {}, 5);
  CHECK(sizes.hosts.performed ==
        std::vector<std::string>{"h1: echo 1", "h2: echo 2", "h3: echo 2", "h4: echo 2", "h5: echo 2"});
  CHECK(sizes.story.batches == std::vector<std::string>{"1/3: h1", "2/3: h2 h3", "3/3: h4 h5"});
}

TEST_CASE("max_fail_percentage must be exceeded, and any_errors_fatal stops all", "[playbook]") {
  const std::string text = R"(
- hosts: all
  gather_facts: false
  max_fail_percentage: MOST
  tasks:
    - command: fail-on h1
    - command: echo after
- hosts: all
  gather_facts: false
  tasks:
    - command: echo later
)";
  for (const int most : {49, 50}) {
    Played played;
    std::string own = text;
    own.replace(own.find("MOST"), 4, std::to_string(most));
    played.play(own, {}, 2);
    CHECK(played.hosts.performed.size() == (most == 49 ? 2 : 4));
    CHECK(played.recap("h2") == (most == 49 ? "ok=1 changed=1" : "ok=3 changed=3"));
  }
  Played fatal;
  fatal.play(R"(
- hosts: all
  gather_facts: false
  any_errors_fatal: true
  tasks:
    - command: unreachable-on h1
    - command: echo after
)",
             {}, 2);
  CHECK(fatal.recap("h1") == "ok=0 unreachable=1");
  CHECK(fatal.recap("h2") == "ok=1 changed=1");
  CHECK(fatal.hosts.performed.size() == 2);
}

TEST_CASE("run_once runs on the first host, and its result is everyone's", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - command: echo once
      run_once: true
      register: r
    - set_fact: {a: "{{ inventory_hostname }}"}
      run_once: true
    - name: all
      debug: msg="{{ r.stdout }} {{ a }}"
)"),
              {}, 2);
  CHECK(played.said("all", "h2") == "once h1");
  CHECK(played.recap("h1") == "ok=3 changed=1");
  CHECK(played.recap("h2") == "ok=1");
  Played fails;
  fails.play(tasks_on_all(R"(
    - command: 'false'
      run_once: true
    - command: echo never
)"),
             {}, 2);
  CHECK(fails.hosts.performed.size() == 1);
  CHECK(fails.recap("h2") == "ok=0");
}

TEST_CASE("hosts do a task together; with the strategy free each goes on by itself", "[playbook]") {
  Played linear;
  linear.play(tasks_on_all("    - command: echo 1\n    - command: echo 2\n"), {}, 2);
  CHECK(linear.hosts.performed == std::vector<std::string>{"h1: echo 1", "h2: echo 1", "h1: echo 2", "h2: echo 2"});
  Played free;
  free.play(
      "- hosts: all\n  gather_facts: false\n  strategy: free\n  tasks:\n    - command: echo 1\n    - command: echo 2\n",
      {}, 2);
  CHECK(free.recap("h1") == "ok=2 changed=2");
  CHECK(free.recap("h2") == "ok=2 changed=2");
}

TEST_CASE("check mode skips commands, and a task may say otherwise", "[playbook]") {
  Played played;
  RunOptions options;
  options.check = true;
  played.play(tasks_on_all(R"(
    - name: skipped
      command: echo x
      register: r
    - name: real
      command: echo y
      check_mode: false
    - name: said
      debug: msg="{{ r.rc }} {{ r.stdout == '' }} {{ r is skipped }} {{ ansible_check_mode }}"
)"),
              options);
  CHECK(played.said("said") == "0 True True True");
  CHECK(played.recap() == "ok=2 changed=1 skipped=1");
}

TEST_CASE("a host can be ended, and so can the play", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - meta: end_host
      when: inventory_hostname == 'h1'
    - command: echo a
    - meta: end_play
    - command: echo b
)"),
              {}, 2);
  CHECK(played.hosts.performed == std::vector<std::string>{"h2: echo a"});
}

TEST_CASE("whom `hosts` means, and what of it means nobody", "[playbook]") {
  // The words are of ansible-playbook 2.14.
  const auto [pattern, order, unmatched] = GENERATE(table<std::string, std::string, std::string>({
      {"db:web", "d1 w1 w2", ""},
      {"web:nosuch", "w1 w2", "nosuch"},
      {"web:!nosuch", "w1 w2", "nosuch"},
      {"all", "d1 w1 w2", ""},
      {"all:!w1", "d1 w2", ""},
      {"'~[dw]1'", "w1 d1", ""},
      {"'web[1]:db'", "w2 d1", ""},
      {"both", "d1 w1 w2", ""},
      {"[db, w2]", "d1 w2", ""},
  }));
  INFO(pattern);
  Played played;
  played.file("hosts", "[web]\nw1\nw2\n[db]\nd1\n[both:children]\ndb\nweb\n");
  played.play(
      fmt::format("- hosts: {}\n  gather_facts: false\n  serial: 1\n  tasks:\n    - command: echo x\n", pattern));
  std::string performed;
  for (const std::string& each : played.hosts.performed)
    performed += (performed.empty() ? "" : " ") + each.substr(0, each.find(':'));
  CHECK(performed == order);
  REQUIRE(played.story.warnings.size() == (unmatched.empty() ? 0 : 1));
  if (!unmatched.empty())
    CHECK(
        played.story.warnings[0].ends_with(fmt::format("site.yml:1:10: '{}' matches no group and no host", unmatched)));
}

TEST_CASE("a pattern with hosts and groups that were added", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: h1
  gather_facts: false
  tasks:
    - add_host: {name: new, groups: [fresh, old]}
    - group_by: {key: seen}
- hosts: fresh:seen:&old:nobody
  gather_facts: false
  tasks:
    - command: echo first
- hosts: all:!~ne.
  gather_facts: false
  tasks:
    - command: echo second
)",
              {}, 2);
  CHECK(played.hosts.performed == std::vector<std::string>{"new: echo first", "h1: echo second", "h2: echo second"});
  REQUIRE(played.story.warnings.size() == 1);
  CHECK(played.story.warnings[0].ends_with("'nobody' matches no group and no host"));
}

TEST_CASE("a tag that no task has is told", "[playbook]") {
  RunOptions options;
  options.tags = {"instal", "files", "tagged"};
  Played played;
  played.play("- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo x\n      tags: [install, files]\n",
              options);
  CHECK(played.hosts.performed.size() == 1);
  REQUIRE(played.story.warnings.size() == 1);
  CHECK_THAT(played.story.warnings[0], Catch::Contains("no task that was reached has the tag 'instal'"));
}

}  // namespace cef::playbook::blocks_tests
