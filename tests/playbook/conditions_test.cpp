// when, loops, register, retries: what Ansible does, trap by trap.
#include "played.hpp"

namespace cef::playbook::conditions_tests {

TEST_CASE("an undefined variable fails the task, and can be rescued or ignored", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - name: ignored
      debug: msg="{{ nope }}"
      ignore_errors: true
    - block:
        - name: rescued
          debug: msg="{{ nope.a.b }}"
      rescue:
        - name: rescue
          debug: msg="{{ ansible_failed_task.name }}"
    - name: shown
      debug: var=nope
    - name: chain
      debug: msg="{{ a.b.c | default('x') }} {{ a.b is defined }}"
)"));
  CHECK(played.recap() == "ok=4 rescued=1 ignored=1");
  CHECK(played.said("rescue") == "rescued");
  CHECK(played.story.of["shown"]["h1"].value["nope"] == "VARIABLE IS NOT DEFINED!");
  CHECK(played.said("chain") == "x False");
}

TEST_CASE("`when` is asked for each item, and an undefined loop is none of a task that is skipped anyway",
          "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - name: some
      command: echo {{ item }}
      loop: [1, 2, 3]
      when: item != 2
      register: some
    - name: never
      command: echo {{ item }}
      loop: "{{ nope }}"
      when: false
    - name: empty
      command: echo {{ item }}
      loop: []
      register: empty
    - name: all skipped
      command: echo {{ item }}
      loop: [1, 2]
      when: item > 5
      register: skipped
    - name: said
      debug: msg="{{ some.results | map(attribute='skipped', default=false) | list }} {{ empty.results }} {{ skipped is skipped }}"
    - name: undefined loop
      command: echo {{ item }}
      loop: "{{ nope }}"
      ignore_errors: true
)"));
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo 1", "h1: echo 3"});
  CHECK(played.said("said") == "[False, True, False] [] True");
  CHECK(played.recap() == "ok=3 changed=1 skipped=3 ignored=1");
}

TEST_CASE("register is always written", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - name: skip
      command: echo x
      when: false
      register: r
    - name: keys
      debug: msg="{{ r.keys() | sort | list }}"
    - name: loop
      command: "{{ item }}"
      loop: [echo a, 'false', echo b]
      register: l
      ignore_errors: true
    - name: all
      debug: msg="{{ l.results | map(attribute='rc') | list }} {{ l.failed }} {{ l.changed }} {{ l.results[1].item }} {{ l.results[0].ansible_loop_var }}"
)"));
  CHECK(played.said("keys") == Value{"changed", "false_condition", "skip_reason", "skipped"});
  CHECK(played.said("all") == "[0, 1, 0] True True false item");
  CHECK(played.recap() == "ok=3 changed=1 skipped=1 ignored=1");
}

TEST_CASE("retries is so many more tries, and attempts tells which one succeeded", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - name: third
      command: works-after 3
      register: r
      until: r.rc == 0
      retries: 5
      delay: 0
    - name: attempts
      debug: msg="{{ r.attempts }}"
    - name: never
      command: 'false'
      register: n
      until: n.rc == 0
      retries: 2
      delay: 0
      ignore_errors: true
    - name: gave up
      debug: msg="{{ n.attempts }} {{ n.failed }}"
)"));
  CHECK(played.hosts.performed.size() == 3 + 3);
  CHECK(played.said("attempts") == 3);
  CHECK(played.said("gave up") == "2 True");
}

TEST_CASE("failed_when and changed_when replace the verdict, and lists are joined by and", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - name: swallowed
      command: exit 2
      failed_when: false
      changed_when: false
      register: r
    - name: own
      command: echo bad
      register: o
      failed_when:
        - o.stdout == 'bad'
        - o.rc == 5
    - name: fails
      command: echo bad
      register: f
      failed_when: "'bad' in f.stdout"
      ignore_errors: true
    - name: said
      debug: msg="{{ r.rc }} {{ r.failed }} {{ f.failed }} {{ f.failed_when_result }}"
)"));
  CHECK(played.recap() == "ok=4 changed=2 ignored=1");
  CHECK(played.said("said") == "2 False True True");
}

TEST_CASE("conditions are expressions: a text is true unless it is empty, and braces are evaluated first",
          "[playbook]") {
  Played played;
  RunOptions options;
  options.extra_variables = Value{{"s", "false"}, {"n", 2}};
  played.play(tasks_on_all(R"(
    - name: bare
      debug: msg=ran
      when: s
    - name: braces
      debug: msg=ran
      when: "{{ s }}"
    - name: bool
      debug: msg=ran
      when: s | bool
    - name: number
      debug: msg=ran
      when: n
    - name: list
      debug: msg=ran
      when: [true, n == 2, not (s | bool)]
)"),
              options);
  CHECK(played.story.lines == std::vector<std::string>{"h1 ok bare: ran", "h1 skipped braces", "h1 skipped bool",
                                                       "h1 ok number: ran", "h1 ok list: ran"});
}

TEST_CASE("with_* flatten, count and combine; loop wants a list", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - name: items
      debug: msg="{{ item }}"
      with_items: [1, [2, 3], [[4]]]
      register: r
    - name: items said
      debug: msg="{{ r.results | map(attribute='msg') | list }}"
    - name: scalar
      debug: msg="{{ item }}"
      with_items: one
    - name: dict
      debug: msg="{{ item.key }}={{ item.value }}"
      with_dict: {a: 1, b: 2}
      register: d
    - name: dict said
      debug: msg="{{ d.results | map(attribute='msg') | join(',') }}"
    - name: nested
      debug: msg="{{ item[0] }}{{ item[1] }}"
      with_nested: [[a, b], [1, 2]]
      register: n
    - name: nested said
      debug: msg="{{ n.results | map(attribute='msg') | join(',') }}"
    - name: indexed
      debug: msg="{{ item.0 }}{{ item.1 }}"
      with_indexed_items: [x, y]
    - name: sequence
      debug: msg="{{ item }}"
      with_sequence: start=1 end=3 format=n%02d
      register: s
    - name: sequence said
      debug: msg="{{ s.results | map(attribute='item') | join(',') }}"
    - name: control
      debug: msg="{{ i }}{{ thing }} {{ ansible_loop.last }}"
      loop: [a, b]
      loop_control: {loop_var: thing, index_var: i, extended: true}
      register: c
    - name: control said
      debug: msg="{{ c.results | map(attribute='msg') | join(',') }}"
    - name: no list
      debug: msg="{{ item }}"
      loop: text
      ignore_errors: true
)"));
  CHECK(played.said("items said") == Value{1, 2, 3, Value::array({4})});
  CHECK(played.said("dict said") == "a=1,b=2");
  CHECK(played.said("nested said") == "a1,a2,b1,b2");
  CHECK(played.said("sequence said") == "n01,n02,n03");
  CHECK(played.said("control said") == "0a False,1b True");
  CHECK(played.recap() == "ok=13 ignored=1");
}

}  // namespace cef::playbook::conditions_tests
