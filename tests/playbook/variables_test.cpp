// What a name means: precedence, laziness, facts, what is never evaluated twice.
#include "played.hpp"

namespace cef::playbook::variables_tests {

TEST_CASE("variables beat one another in Ansible's order", "[playbook]") {
  Played played;
  played.file("hosts", "[all]\nh1 v4=host\n[all:vars]\nv2=group\nv3=group\nv4=group\n");
  played.file("host_vars/h1.yml", "v5: host_vars\n");
  played.file("roles/r/defaults/main.yml",
              "{v1: default, v2: default, v3: default, v4: default, v5: default, v6: default, v7: default, v8: "
              "default, v9: default}");
  played.file("roles/r/vars/main.yml", "{v8: role, v9: role, v10: role}");
  played.file("more.yml", "{v7: file, v8: file}");
  played.file("roles/r/tasks/main.yml", R"(
- name: said
  debug: msg="{{ v1 }} {{ v2 }} {{ v4 }} {{ v5 }} {{ v6 }} {{ v7 }} {{ v8 }} {{ v9 }} {{ v10 }}"
  vars: {v9: task}
- set_fact: {v9: fact}
- name: facts beat a task's own vars
  debug: msg="{{ v9 }}"
  vars: {v9: task}
)");
  RunOptions options;
  options.extra_variables = Value{{"v10", "extra"}};
  played.play(R"(
- hosts: all
  gather_facts: false
  vars: {v6: play, v7: play, v8: play}
  vars_files: [more.yml]
  roles: [r]
  tasks:
    - name: leaks
      debug: msg="{{ v1 }} {{ v8 }}"
)",
              options);
  CHECK(played.said("r : said") == "default group host host_vars play file role task extra");
  CHECK(played.said("r : facts beat a task's own vars") == "fact");
  CHECK(played.said("leaks") == "default role");
}

TEST_CASE("variables are worked out when they are used", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  vars:
    a: "{{ b }}!"
    b: one
    me: "{{ me }}"
    unused: "{{ nope }}"
  tasks:
    - name: before
      debug: msg="{{ a }}"
    - set_fact: {b: two}
    - name: after
      debug: msg="{{ a }}"
    - name: itself
      debug: msg="{{ me }}"
      ignore_errors: true
    - name: undefined below
      debug: msg="{{ unused | default('x') }}"
)");
  CHECK(played.said("before") == "one!");
  CHECK(played.said("after") == "two!");
  CHECK_THAT(played.said("itself").get<std::string>(), Catch::Contains("refers to itself"));
  CHECK(played.said("undefined below") == "x");
}

TEST_CASE("what a host says is never evaluated", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - command: echo {% raw %}{{ secret }}{% endraw %}
      register: r
    - set_fact: {copy: "{{ r.stdout }}"}
    - name: said
      debug: msg="{{ copy }} {{ r.stdout }}"
)"));
  CHECK(played.said("said") == "{{ secret }} {{ secret }}");
}

TEST_CASE("facts are gathered when one is used, once, and never without leave", "[playbook]") {
  Played used;
  used.play(R"(
- hosts: all
  tasks:
    - name: first
      debug: msg="{{ ansible_distribution }}"
    - name: second
      debug: msg="{{ ansible_facts.os_family }} {{ ansible_facts['distribution'] }}"
      when: ansible_os_family == 'Debian'
)");
  CHECK(used.said("first") == "Debian");
  CHECK(used.said("second") == "Debian Debian");
  CHECK(used.hosts.gathered == 1);
  CHECK(used.recap() == "ok=3");

  Played unused;
  unused.play("- hosts: all\n  tasks:\n    - command: echo x\n");
  CHECK(unused.hosts.gathered == 0);
  CHECK(unused.recap() == "ok=2 changed=1");

  Played never;
  never.play(tasks_on_all("    - debug: msg=\"{{ ansible_distribution }}\"\n"));
  CHECK(never.hosts.gathered == 0);
  CHECK(never.recap() == "ok=0 failed=1");

  Played other;
  other.play(R"(
- hosts: all
  tasks:
    - name: of another
      debug: msg="{{ hostvars['h2'].ansible_distribution }}"
      when: inventory_hostname == 'h1'
)",
             {}, 2);
  CHECK(other.said("of another") == "Debian");
  CHECK(other.hosts.gathered == 1);
}

TEST_CASE("magic variables", "[playbook]") {
  Played played;
  played.file("hosts", "[web]\nweb1 ansible_host=10.0.0.1\nweb2\n[db]\ndb1\n[site:children]\nweb\ndb\n");
  played.play(R"(
- hosts: web
  gather_facts: false
  tasks:
    - name: said
      debug: msg="{{ inventory_hostname }} {{ group_names }} {{ groups['db'] }} {{ ansible_host }} {{ groups | length }}"
    - name: others
      debug: msg="{{ hostvars['db1']['inventory_hostname'] }} {{ groups['web'] | map('extract', hostvars, 'ansible_host') | list }} {{ 'db1' in hostvars }}"
    - name: user
      debug: msg="{{ ansible_user is defined }} {{ omit is defined }} {{ playbook_dir | basename | length > 0 }}"
)");
  CHECK(played.said("said", "web1") == "web1 ['site', 'web'] ['db1'] 10.0.0.1 5");
  CHECK(played.said("said", "web2") == "web2 ['site', 'web'] ['db1'] web2 5");
  CHECK(played.said("others", "web1") == "db1 ['10.0.0.1', 'web2'] True");
  CHECK(played.said("user", "web1") == "False True True");
}

TEST_CASE("hosts and groups can be added, and a later play uses them", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  tasks:
    - add_host: {name: "new-{{ item }}", groups: fresh, port_of: "{{ item }}"}
      loop: [1, 2]
    - group_by: {key: "kind_{{ inventory_hostname }}"}
- hosts: fresh
  gather_facts: false
  tasks:
    - name: added
      debug: msg="{{ port_of }}"
- hosts: kind_h1
  gather_facts: false
  tasks:
    - name: grouped
      debug: msg="{{ inventory_hostname }}"
)",
              {}, 2);
  CHECK(played.said("added", "new-2") == 2);
  CHECK(played.story.of["grouped"].size() == 1);
}

TEST_CASE("omit leaves a parameter out, and words become what they mean", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - command: echo x
      args:
        chdir: "{{ nowhere | default(omit) }}"
    - set_fact: a=yes b=1 c="two words"
    - name: said
      debug: msg="{{ a }} {{ b is string }} {{ c }}"
    - command: echo {{ 1 + 1 }} creates=/nowhere
      register: r
)"));
  CHECK_FALSE(played.hosts.orders[0].arguments.params.contains("chdir"));
  CHECK(played.said("said") == "True True two words");
  CHECK(played.hosts.performed.back() == "h1: echo 2");
  CHECK(played.hosts.orders.back().arguments.params["creates"] == "/nowhere");
}

TEST_CASE("an inventory says by any of its names who a play's tasks are done by", "[playbook]") {
  Played played;
  played.file("hosts",
              "h1 ansible_become=true ansible_become_user=ann\nh2 cef_become=true cef_become_user=ben\n"
              "h3 address=h3.example become=true become_user=cas\nh4\n");
  played.play(tasks_on_all("    - command: echo x\n    - command: echo y\n      become: true\n"));
  REQUIRE(played.hosts.orders.size() == 8);
  std::map<std::string, std::vector<std::string>> users;
  for (const Order& order : played.hosts.orders) users[order.host].push_back(order.arguments.become.value_or("-"));
  CHECK(users["h1"] == std::vector<std::string>{"ann", "ann"});
  CHECK(users["h2"] == std::vector<std::string>{"ben", "ben"});
  CHECK(users["h3"] == std::vector<std::string>{"cas", "cas"});
  CHECK(users["h4"] == std::vector<std::string>{"-", "root"});
}

TEST_CASE("become, delegate_to and environment reach the order", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  become: true
  environment: {A: "1", B: "{{ inventory_hostname }}"}
  tasks:
    - command: echo root
    - command: echo other
      become_user: www
      environment: {A: "2"}
    - command: echo none
      become: false
    - command: echo there
      delegate_to: h2
      when: inventory_hostname == 'h1'
    - command: echo here
      delegate_to: localhost
      run_once: true
    - local_action: command echo old
)",
              {}, 2);
  const auto& orders = played.hosts.orders;
  CHECK(orders[0].arguments.become == "root");
  CHECK(orders[0].arguments.environment == Value{{"A", "1"}, {"B", "h1"}});
  CHECK(orders[2].arguments.become == "www");
  CHECK(orders[2].arguments.environment["A"] == "2");
  CHECK_FALSE(orders[4].arguments.become);
  CHECK(orders[6].host == "h2");
  CHECK(orders[7].host == "localhost");
  CHECK(orders[7].local);
  CHECK(orders[8].local);
  CHECK(played.recap("h1") == "ok=6 changed=6");
}

TEST_CASE("facts are those of the host that they are delegated to", "[playbook]") {
  Played played;
  played.file("hosts", "[web]\nh1\nh2\n[db]\nh3\n");
  played.file("vars.yml", "included: 1\n");
  played.play(R"(
- hosts: web
  gather_facts: false
  tasks:
    - set_fact: {a: "{{ inventory_hostname }}"}
      delegate_to: h3
      delegate_facts: true
      when: inventory_hostname == 'h1'
    - set_fact: {b: x}
      delegate_to: "{{ item }}"
      delegate_facts: true
      loop: [h3, h2]
      run_once: true
    - set_fact: {c: x}
      delegate_to: h3
    - set_fact: {d: x}
      delegate_facts: true
    - setup:
      delegate_to: h3
      delegate_facts: true
      run_once: true
    - include_vars: vars.yml
      delegate_to: h3
      delegate_facts: true
    - set_fact: {e: x}
      delegate_to: localhost
      delegate_facts: true
    - name: h3
      debug: msg="{{ names | map('extract', hostvars.h3 | default({})) | map('default', '-') | join(' ') }}"
      vars: {names: [a, b, c, d, included, e, ansible_distribution]}
    - name: own
      debug: msg="{{ names | map('extract', vars) | map('default', '-') | join(' ') }}"
      vars: {names: [a, b, c, d, included, e, ansible_distribution]}
    - name: local
      debug: msg="{{ hostvars.localhost.e }}"
- hosts: db
  gather_facts: false
  tasks:
    - name: later
      debug: msg="{{ a }} {{ b }} {{ included }} {{ ansible_facts.distribution }}"
)");
  CHECK(played.errors.empty());
  CHECK(played.said("h3") == "h1 x - - 1 - Debian");
  CHECK(played.said("own") == "- - x x - - -");
  CHECK(played.said("own", "h2") == "- x x x - - -");
  CHECK(played.said("local") == "x");
  CHECK(played.said("later", "h3") == "h1 x 1 Debian");
}

TEST_CASE("what set_fact sets is no fact unless it is cacheable, and of run_once everyone's", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - set_fact: {a: "{{ item }}"}
      loop: [1, 2]
      run_once: true
    - set_fact: {b: 1, cacheable: true}
    - name: said
      debug: msg="{{ a }} {{ ansible_facts.a | default('-') }} {{ ansible_facts.b }}"
)"),
              {}, 2);
  CHECK(played.said("said", "h1") == "2 - 1");
  CHECK(played.said("said", "h2") == "2 - 1");
}

TEST_CASE("each document of a YAML text", "[playbook]") {
  const auto [text, wanted] = GENERATE(table<std::string, std::string>({
      {R"(a: 1\n---\nb: 2)", R"([{"a":1},{"b":2}])"},
      {"", "[]"},
      {R"(# only a comment\n)", "[]"},
      {"a: 1", R"([{"a":1}])"},
      {R"(---\n---\nb: 2)", R"([null,{"b":2}])"},
      {R"(a: 1\n---\n)", R"([{"a":1},null])"},
      {R"(a: 1\n...\n---\nb: 2\n...\n)", R"([{"a":1},{"b":2}])"},
      {R"(--- a\n--- b)", R"(["a","b"])"},
      {R"(%YAML 1.1\n---\na: |\n  --- x\n  y\n)", R"([{"a":"--- x\ny\n"}])"},
      {R"(a: 1\n--- # x\n- 1\n- 2)", R"([{"a":1},[1,2]])"},
      {"---a", R"(["---a"])"},
  }));
  INFO(text);
  Played played;
  played.play(
      tasks_on_all("    - name: said\n      debug:\n        msg: \"{{ text | from_yaml_all | list }}\"\n"
                   "      vars: {text: \"" +
                   text + "\"}\n"));
  CHECK(played.said("said").dump() == wanted);
}

TEST_CASE("with_subelements passes over what is missing or was skipped, when asked to", "[playbook]") {
  const auto terms = GENERATE(as<std::string>(), R"(["{{ us }}", k, {skip_missing: true}])",
                              "\n        - \"{{ us }}\"\n        - k\n        - skip_missing: yes",
                              R"(["{{ us }}", k, {skip_missing: 'yes'}])");
  INFO(terms);
  Played played;
  played.play(
      tasks_on_all("    - name: each\n      debug: msg=\"{{ item.0 }} {{ item.1 }}\"\n      register: r\n"
                   "      with_subelements: " +
                   terms +
                   "\n"
                   "      vars: {us: [{name: a, k: [1, 2]}, {name: b}, {name: c, k: [3], skipped: true}]}\n"
                   "    - {name: said, debug: {msg: \"{{ r.results | map(attribute='msg') | list }}\"}}\n"));
  CHECK(played.errors.empty());
  CHECK(played.said("said") == Value::parse(R"(["{'name': 'a'} 1", "{'name': 'a'} 2"])"));
  Played fails;
  fails.play(
      tasks_on_all("    - debug: msg=x\n      with_subelements: [\"{{ us }}\", k, {skip_missing: false}]\n"
                   "      vars: {us: [{name: b}]}\n"));
  CHECK(fails.recap() == "ok=0 failed=1");
}

TEST_CASE("a role that no other one brings in has no parents", "[playbook]") {
  Played played;
  const std::string text = "- {name: X, debug: {msg: \"{{ ansible_parent_role_names | default('none') }}\"}}\n";
  played.file("roles/alone/tasks/main.yml", text);
  played.file("roles/within/tasks/main.yml", text);
  played.file("roles/outer/tasks/main.yml", "- include_role: {name: within}\n");
  played.play("- hosts: all\n  gather_facts: false\n  roles: [alone, outer]\n");
  CHECK(played.said("alone : X") == "none");
  CHECK(played.said("within : X") == Value{"outer"});
}

TEST_CASE("the results of an extended loop have what the loop was like", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - debug: msg=x
      loop: [a, b]
      loop_control: {extended: true}
      register: r
    - name: all
      debug: msg="{{ r.results | map(attribute='ansible_loop.index') | list }} {{ r.results[1].ansible_loop.allitems }}"
    - debug: msg=x
      loop: [a, b]
      loop_control: {extended: true, extended_allitems: false}
      register: r
    - name: few
      debug: msg="{{ r.results[0].ansible_loop.nextitem }} {{ r.results[0].ansible_loop.allitems is defined }}"
)"));
  CHECK(played.said("all") == "[1, 2] ['a', 'b']");
  CHECK(played.said("few") == "b False");
}

TEST_CASE("how a host is logged in to, and what sudo is told, asks for no facts", "[playbook]") {
  Played played;
  played.play("- hosts: all\n  become: true\n  tasks:\n    - command: echo x\n");
  CHECK(played.errors.empty());
  CHECK(played.hosts.performed == std::vector<std::string>{"h1: echo x"});
  CHECK(played.hosts.gathered == 0);
}

}  // namespace cef::playbook::variables_tests
