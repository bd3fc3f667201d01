// Groups as plays see them: their order, and what they are once plays have added to them. Expected is what Ansible has.
#include "played.hpp"

namespace cef::playbook::groups_tests {

namespace {

constexpr const char* shows = R"(
- hosts: all
  gather_facts: false
  order: reverse_sorted
  tasks:
    - name: said
      debug: msg="{{ groups }}"
    - name: hosts
      debug: msg="{{ ansible_play_hosts }} {{ ansible_play_batch }}"
)";

std::string words(const Value& groups, const char* name) {
  std::string all;
  for (const Value& host : groups[name]) all += (all.empty() ? "" : " ") + host.get<std::string>();
  return all;
}

}  // namespace

TEST_CASE("a group's own hosts come first, then those of its child groups, level by level", "[playbook]") {
  Played played;
  played.file("hosts",
              "lone2\n[b]\nh2\nh3\n[a]\nh1\nh2\n[site:children]\na\nb\n[top:children]\nsite\nc\n[c]\nh9\nlone1\n"
              "[deep:children]\ntop\n[d]\nh3\n");
  played.play(shows);
  const Value groups = played.said("said", "h1");
  CHECK(words(groups, "all") == "lone2 h3 h9 lone1 h1 h2");
  CHECK(words(groups, "ungrouped") == "lone2");
  CHECK(words(groups, "site") == "h1 h2 h3");
  CHECK(words(groups, "top") == "h9 lone1 h1 h2 h3");
  CHECK(words(groups, "deep") == "h9 lone1 h1 h2 h3");
  CHECK(played.said("hosts", "h1") ==
        "['lone2', 'h3', 'h9', 'lone1', 'h1', 'h2'] ['lone2', 'lone1', 'h9', 'h3', 'h2', 'h1']");
}

TEST_CASE("so they do where the inventory is YAML", "[playbook]") {
  Played played;
  played.file("hosts", R"(
all:
  hosts: {z9: , h2: }
  children:
    site:
      hosts: {own: }
      children:
        a: {hosts: {h1: , h2: }}
        b: {hosts: {h2: , h3: }}
    b: {hosts: {h4: }}
    ungrouped: {hosts: {u1: }}
)");
  played.play(shows);
  const Value groups = played.said("said", "h1");
  CHECK(words(groups, "all") == "z9 h2 u1 own h3 h4 h1");
  CHECK(words(groups, "ungrouped") == "u1 z9");
  CHECK(words(groups, "site") == "own h1 h2 h3 h4");
}

TEST_CASE("a host that is added has the variables of its groups, and those of files", "[playbook]") {
  Played played;
  played.file("hosts", "[web]\nh1\n[site:children]\nweb\n[all:vars]\na=all\nb=all\n[site:vars]\nb=site\nc=site\n");
  played.file("group_vars/web.yml", "c: web\nd: web\n");
  played.file("host_vars/new.yml", "e: file\n");
  played.play(R"(
- hosts: h1
  gather_facts: false
  tasks:
    - add_host: {name: new, groups: web, d: given, e: given, f: given, g: given}
    - name: groups
      debug: msg="{{ groups.site }} {{ groups.all }} {{ hostvars['new'].group_names }}"
- hosts: new
  gather_facts: false
  vars: {f: play}
  tasks:
    - name: said
      debug: msg="{{ a }} {{ b }} {{ c }} {{ d }} {{ e }} {{ f }} {{ g }}"
      vars: {g: task}
)");
  CHECK(played.said("groups") == "['h1', 'new'] ['new', 'h1'] ['site', 'web']");
  CHECK(played.said("said", "new") == "all site web given file play task");
}

TEST_CASE("a host that is added again has what is new, below facts", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  tasks:
    - set_fact: {a: fact}
    - add_host: {name: h1, a: added, b: added}
    - name: said
      debug: msg="{{ a }} {{ b }}"
)");
  CHECK(played.said("said") == "fact added");
}

TEST_CASE("group_by brings a group's variables, and puts it below its parents", "[playbook]") {
  Played played;
  played.file("hosts", "[web]\nh1\nh2\n[old]\nh3\n");
  played.file("group_vars/made.yml", "a: made\n");
  played.file("group_vars/above.yml", "b: above\n");
  played.file("group_vars/old.yml", "c: old\n");
  played.play(R"(
- hosts: web
  gather_facts: false
  tasks:
    - group_by: {key: made, parents: [above]}
      when: inventory_hostname == 'h1'
    - group_by: {key: old, parents: above}
      when: inventory_hostname == 'h2'
      register: by
    - name: said
      debug: msg="{{ a | default('-') }} {{ b | default('-') }} {{ c | default('-') }} {{ group_names }}"
    - name: groups
      debug: msg="{{ groups.above }} {{ hostvars['h3'].b }}"
)");
  CHECK(played.said("said", "h1") == "made above - ['above', 'made', 'web']");
  CHECK(played.said("said", "h2") == "- above old ['above', 'old', 'web']");
  CHECK(played.said("groups", "h1") == "['h1', 'h3', 'h2'] above");
}

TEST_CASE("a host that a task is delegated to is in no group for that", "[playbook]") {
  Played played;
  played.play(R"(
- hosts: all
  gather_facts: false
  tasks:
    - command: echo x
      delegate_to: elsewhere
    - name: said
      debug: msg="{{ groups.all }}"
- hosts: all
  gather_facts: false
  tasks:
    - command: echo y
)");
  CHECK(played.said("said") == Value::array({"h1"}));
  CHECK(played.hosts.performed == std::vector<std::string>{"elsewhere: echo x", "h1: echo y"});
}

TEST_CASE("a host's name may have a port", "[playbook]") {
  Played played;
  played.play(tasks_on_all(R"(
    - add_host: {hostname: "ny:2222"}
    - add_host: {hostname: "fe80::1"}
    - name: said
      debug: msg="{{ groups.all }} {{ hostvars['ny'].ansible_ssh_port }}"
)"));
  CHECK(played.said("said") == "['h1', 'ny', 'fe80::1'] 2222");
}

}  // namespace cef::playbook::groups_tests
