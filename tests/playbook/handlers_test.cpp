// Handlers of roles that are used at several places. What is said here is what ansible-playbook 2.14 says.
#include "played.hpp"

namespace cef::playbook::handlers_tests {

namespace {

// docker, and app1 and app2 that depend on it; `svc`, whose handlers say its variable.
void make_roles(Played& played) {
  played.file("roles/docker/tasks/main.yml", "- command: echo docker\n  notify: [reload stack, restart docker]\n");
  played.file("roles/docker/handlers/main.yml",
              "- {name: restart docker, command: echo H docker}\n"
              "- {name: wait docker, command: echo H wait, listen: reload stack}\n");
  for (const std::string app : {"app1", "app2"}) {
    played.file("roles/" + app + "/meta/main.yml", "dependencies: [docker]\n");
    played.file("roles/" + app + "/tasks/main.yml", fmt::format("- {{command: echo {0}, notify: {0}}}\n", app));
    played.file("roles/" + app + "/handlers/main.yml", fmt::format("- {{name: {0}, command: echo H {0}}}\n", app));
  }
  played.file("roles/svc/tasks/main.yml", "- command: echo svc\n  notify: [restart, topic]\n");
  played.file("roles/svc/handlers/main.yml",
              "- name: restart\n  command: echo H {{ svc | default('none') }}\n"
              "- name: listens\n  command: echo L {{ svc | default('none') }}\n  listen: topic\n");
}

std::vector<std::string> handled(const Played& played) {
  std::vector<std::string> all;
  for (const std::string& each : played.hosts.performed)
    if (each.starts_with("h1: echo H ") || each.starts_with("h1: echo L ")) all.push_back(each.substr(9));
  return all;
}

}  // namespace

TEST_CASE("a role that is not applied again has its handlers once, at its first place", "[playbook]") {
  const auto [play, wanted] = GENERATE(table<std::string, std::vector<std::string>>({
      {"  roles: [docker, app1, app2]", {"H docker", "H wait", "H app1", "H app2"}},
      {"  roles: [app1, app2, docker]", {"H docker", "H wait", "H app1", "H app2"}},
      // Given something else it is another.
      {"  roles:\n    - {role: docker, vars: {x: 1}}\n    - {role: docker, vars: {x: 2}}\n    - app1",
       {"H wait", "H wait", "H docker", "H wait", "H app1"}},
      // By tasks it is used apart from `roles`, and there but once.
      {"  roles: [docker]\n  tasks:\n    - import_role: {name: docker}\n    - include_role: {name: docker}\n"
       "    - include_role: {name: docker}\n    - include_role: {name: app1}",
       {"H wait", "H docker", "H wait", "H app1"}},
  }));
  INFO(play);
  Played played;
  make_roles(played);
  played.play("- hosts: all\n  gather_facts: false\n" + play + "\n");
  CHECK(handled(played) == wanted);
}

TEST_CASE("handlers of a role that tasks name differ with what they give it", "[playbook]") {
  const auto [tasks, wanted] = GENERATE(table<std::string, std::vector<std::string>>({
      {"    - include_role: {name: svc}\n      loop: [a, b]\n      loop_control: {loop_var: svc}\n",
       {"L a", "H b", "L b"}},
      {"    - import_role: {name: svc}\n      vars: {svc: a}\n    - import_role: {name: svc}\n      vars: {svc: b}\n",
       {"L a", "H b", "L b"}},
      // The last import says when they run.
      {"    - import_role: {name: svc}\n      when: false\n    - import_role: {name: svc}\n", {"H none", "L none"}},
  }));
  INFO(tasks);
  Played played;
  make_roles(played);
  played.play(tasks_on_all(tasks));
  CHECK(handled(played) == wanted);
  CHECK(played.recap().find("skipped=2") == std::string::npos);
}

}  // namespace cef::playbook::handlers_tests
