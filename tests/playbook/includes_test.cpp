// Imports, includes, roles, tags.
#include "played.hpp"

namespace cef::playbook::includes_tests {

TEST_CASE("`when` on an import is asked for each task, on an include once", "[playbook]") {
  Played played;
  played.file("more.yml", "- set_fact: {go: false}\n- command: echo {{ kind }}\n");
  played.play(tasks_on_all(R"(
    - set_fact: {go: true}
    - import_tasks: more.yml
      vars: {kind: import}
      when: go
    - set_fact: {go: true}
    - include_tasks: more.yml
      vars: {kind: include}
      when: go
    - include_tasks: nowhere.yml
      when: false
)"));
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo include"});
  CHECK(played.recap() == "ok=6 changed=1 skipped=2");
}

TEST_CASE("a file that is not there to be included is a failure that nothing ignores", "[playbook]") {
  Played played;
  played.play(tasks_on_all("\n    - include_tasks: nowhere.yml\n      ignore_errors: true\n    - command: echo on\n"));
  CHECK(played.hosts.performed.empty());
  CHECK(played.recap() == "ok=0 failed=1");
}

TEST_CASE("the old include is an import where it names a file outright, and reached whatever tags are wanted",
          "[playbook]") {
  Played played;
  played.file("tagged.yml", "- command: echo tagged\n  tags: [inner]\n- command: echo untagged\n");
  const char* const book = R"(
    - include: tagged.yml
      tags: [outer]
    - include: "{{ 'tagged' }}.yml"
    - include: nowhere.yml
      when: false
)";
  RunOptions options;
  options.tags = {"inner"};
  played.play(tasks_on_all(book), options);
  CHECK(played.errors.empty());
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo tagged", "h1: echo tagged"});
  Played outer;
  outer.file("tagged.yml", "- command: echo tagged\n  tags: [inner]\n- command: echo untagged\n");
  options.tags = {"outer"};
  outer.play(tasks_on_all(book), options);
  CHECK(outer.hosts.performed == std::vector<std::string>{"h1: echo tagged", "h1: echo untagged"});
}

TEST_CASE("what the old include is given beside its file are variables", "[playbook]") {
  Played played;
  played.file("more.yml", "- command: echo {{ v }} {{ inventory_hostname }}\n  tags: [inner]\n");
  RunOptions options;
  options.tags = {"inner"};  // of an import: it is seen through
  played.play(tasks_on_all("\n    - include: more.yml v=6\n    - include: \"{{ 'more' }}.yml v=7\"\n"), options);
  CHECK(played.errors.empty());
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo 6 h1", "h1: echo 7 h1"});
}

TEST_CASE("a role that is imported has to be there, whatever the condition", "[playbook]") {
  Played played;
  played.play(tasks_on_all("\n    - when: false\n      block:\n        - import_role: {name: nothere}\n"));
  REQUIRE(played.errors.size() == 1);
  CHECK_THAT(played.errors.front().message, Catch::Contains("the role nothere is not there"));
}

TEST_CASE("collections have roles and playbooks", "[playbook]") {
  Played played;
  const std::string coll = "collections/ansible_collections/my/coll/";
  played.file(coll + "roles/r/tasks/main.yml", "- command: echo role\n");
  played.file(coll + "playbooks/p.yml", "- hosts: all\n  gather_facts: false\n  tasks: [{command: echo book}]\n");
  played.play(
      "- import_playbook: my.coll.p\n- hosts: all\n  gather_facts: false\n  collections: [my.coll]\n"
      "  roles: [r]\n");
  CHECK(played.errors.empty());
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo book", "h1: echo role"});
  Played missing;
  missing.play("- import_playbook: nothere.yml\n");
  REQUIRE(missing.errors.size() == 1);
  CHECK(missing.errors.front().line == 1);
  CHECK_THAT(missing.errors.front().message, Catch::StartsWith("cannot read ") && Catch::Contains("nothere.yml"));
}

TEST_CASE("an entry point with its ending has no specification", "[playbook]") {
  const char* const specs = "argument_specs: {other: {short_description: o, options: {needed: {required: true}}}}\n";
  for (const auto& [from, recap] : {std::pair("other.yml", "ok=1 changed=1"), {"other", "ok=0 failed=1"}}) {
    Played played;
    played.file("roles/s/meta/main.yml", specs);
    played.file("roles/s/tasks/other.yml", "- command: echo other\n");
    played.play(tasks_on_all(fmt::format("\n    - import_role: {{name: s, tasks_from: {}}}\n", from)));
    CHECK(played.errors.empty());
    CHECK(played.recap() == recap);
  }
}

TEST_CASE("includes that never end fail their task", "[playbook]") {
  Played played;
  played.file("again.yml", "- include_tasks: again.yml\n");
  played.play(tasks_on_all("\n    - include_tasks: again.yml\n"));
  CHECK(played.recap().find("failed=1") != std::string::npos);
}

TEST_CASE("an include is counted for each round of its loop, and hosts may include different files", "[playbook]") {
  Played played;
  played.file("a.yml", "- command: echo a {{ item | default('') }}\n");
  played.file("tasks/for-h1.yml", "- command: echo one\n");
  played.file("tasks/for-h2.yml", "- command: echo two\n");
  played.play(tasks_on_all(R"(
    - include_tasks: a.yml
      loop: [1, 2]
    - include_tasks: "for-{{ inventory_hostname }}.yml"
)"),
              {}, 2);
  CHECK(played.recap("h1") == "ok=6 changed=3");
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo a 1", "h2: echo a 1", "h1: echo a 2",
                                                           "h2: echo a 2", "h1: echo one", "h2: echo two"});
}

TEST_CASE("roles: dependencies, parameters, once unless they differ, what include_role keeps for itself",
          "[playbook]") {
  Played played;
  played.file("roles/base/tasks/main.yml", "- command: echo base {{ x | default('-') }}\n");
  played.file("roles/web/meta/main.yml", "dependencies: [base]\n");
  played.file("roles/web/defaults/main.yml", "port: 80\n");
  played.file("roles/web/tasks/main.yml", "- command: echo web {{ port }} {{ role_name }}\n  notify: restart\n");
  played.file("roles/web/tasks/extra.yml", "- command: echo extra {{ port }}\n");
  played.file("roles/web/handlers/main.yml", "- name: restart\n  command: echo restarted\n");
  played.play(R"(
- hosts: all
  gather_facts: false
  roles:
    - base
    - web
    - base
    - {role: base, x: 1}
    - role: web
      vars: {port: 81}
  tasks:
    - include_role: {name: web, tasks_from: extra}
      vars: {port: 90}
    - import_role: {name: web, tasks_from: extra.yml}
)");
  const std::vector<std::string> expected{"h1: echo base -",     "h1: echo web 81 web", "h1: echo base 1",
                                          "h1: echo web 81 web", "h1: echo extra 90",   "h1: echo extra 81",
                                          "h1: echo restarted"};
  CHECK(played.hosts.performed == expected);
}

TEST_CASE("tags choose tasks, with always, never and those of imports", "[playbook]") {
  struct Case {
    std::vector<std::string> tags, skip;
    std::vector<std::string> expected;
  };
  const auto c = GENERATE(values<Case>({
      {{"all"}, {}, {"plain", "a", "b", "always", "imported"}},
      {{"a"}, {}, {"a", "always", "imported"}},
      {{"never"}, {}, {"never", "always"}},
      {{"n"}, {}, {"never", "always"}},
      {{"all"}, {"a", "always"}, {"plain", "b"}},
      {{"tagged"}, {}, {"a", "b", "always", "imported"}},
      {{"untagged"}, {}, {"plain", "always"}},
  }));
  Played played;
  played.file("more.yml", "- {name: imported, debug: {msg: x}}\n");
  RunOptions options;
  options.tags = c.tags;
  options.skip_tags = c.skip;
  played.play(tasks_on_all(R"(
    - {name: plain, debug: {msg: x}}
    - {name: a, debug: {msg: x}, tags: "a,c"}
    - {name: b, debug: {msg: x}, tags: [b]}
    - {name: never, debug: {msg: x}, tags: [never, n]}
    - {name: always, debug: {msg: x}, tags: always}
    - {import_tasks: more.yml, tags: a}
)"),
              options);
  CHECK(played.story.tasks == c.expected);
}

TEST_CASE("a playbook begins at a task, and asks before each with step", "[playbook]") {
  Played played;
  RunOptions options;
  options.start_at = "second";
  played.play(tasks_on_all("    - {name: first, command: echo 1}\n    - {name: second, command: echo 2}\n    - {name: "
                           "third, command: echo 3}\n"),
              options);
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo 2", "h1: echo 3"});
  Played nowhere;
  options.start_at = "fourth";
  nowhere.play(tasks_on_all("    - {name: first, command: echo 1}\n"), options);
  CHECK(nowhere.hosts.performed.empty());
  CHECK(nowhere.ended.error == "--start-at-task: no task is called 'fourth'");
  Played step;
  step.story.answers = {"n", "y"};
  RunOptions asks;
  asks.step = true;
  step.play(tasks_on_all("    - {name: first, command: echo 1}\n    - {name: second, command: echo 2}\n"), asks);
  CHECK(step.hosts.performed == std::vector<std::string>{"h1: echo 2"});
}

TEST_CASE("a playbook imports others, with variables and conditions for all in them", "[playbook]") {
  Played played;
  played.file("other.yml", "- hosts: all\n  gather_facts: false\n  tasks:\n    - command: echo {{ v }}\n");
  played.play(
      "- import_playbook: other.yml\n  vars: {v: 1}\n- import_playbook: other.yml\n  vars: {v: 2}\n  when: false\n");
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo 1"});
}

}  // namespace cef::playbook::includes_tests
