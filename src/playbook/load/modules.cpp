#include "load/modules.hpp"

#include <cef/core/suggest.hpp>
#include <cef/playbook/arguments.hpp>
#include <cef/tasks/modules.hpp>
#include <cef/tasks/task.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

namespace cef::playbook {

namespace {

constexpr std::array<std::string_view, 23> own_actions{"debug",
                                                       "set_fact",
                                                       "assert",
                                                       "fail",
                                                       "include_vars",
                                                       "meta",
                                                       "add_host",
                                                       "group_by",
                                                       "pause",
                                                       "template",
                                                       "include_tasks",
                                                       "include_role",
                                                       "import_tasks",
                                                       "import_role",
                                                       "include",
                                                       "async_status",
                                                       "wait_for_connection",
                                                       "validate_argument_spec",
                                                       "set_stats",
                                                       "setup",
                                                       "gather_facts",
                                                       "import_playbook",
                                                       "ping"};

constexpr std::pair<std::string_view, std::string_view> other_names[] = {
    {"systemd_service", "systemd"}, {"include", "include_tasks"}, {"dnf5", "dnf"}};

// What is refused with an advice: by collection, or by a module's own name.
constexpr std::pair<std::string_view, std::string_view> collections[] = {
    {"kubernetes.core.", "it needs Python libraries on the host; run kubectl or helm by command"},
    {"community.kubernetes.", "it needs Python libraries on the host; run kubectl or helm by command"},
    {"community.hashi_vault.", "it needs Python libraries on the host; run vault by command"},
    {"community.mysql.", "it needs Python libraries on the host; run mysql by command"},
    {"community.postgresql.", "it needs Python libraries on the host; run psql by command"},
    {"community.aws.", "it speaks to a cloud's interface; run aws by command"},
    {"amazon.aws.", "it speaks to a cloud's interface; run aws by command"},
    {"community.digitalocean.", "it speaks to a cloud's interface; run doctl by command"},
    {"hetzner.hcloud.", "it speaks to a cloud's interface; run hcloud by command"},
    {"ansible.windows.", "hosts with Windows are not supported"},
    {"community.windows.", "hosts with Windows are not supported"}};
constexpr std::string_view other_packages = "cef manages packages by apt; for other systems run their tool by command";
constexpr std::pair<std::string_view, std::string_view> modules[] = {
    {"yum", other_packages},
    {"dnf", other_packages},
    {"zypper", other_packages},
    {"pacman", other_packages},
    {"apk", other_packages},
    {"homebrew", other_packages},
    {"rpm_key", other_packages},
    {"yum_repository", other_packages},
    {"firewalld", "run firewall-cmd by command"},
    {"seboolean", "run setsebool by command"},
    {"selinux", "run setenforce by command"},
    {"k8s", "it needs Python libraries on the host; run kubectl by command"}};

}  // namespace

std::string short_name(std::string_view written) {
  std::string name(written.substr(written.rfind('.') + 1));
  for (const auto& [other, usual] : other_names)
    if (name == other && other != "include") return std::string(usual);
  return name;
}

bool is_own_action(std::string_view name) {
  return std::find(own_actions.begin(), own_actions.end(), name) != own_actions.end();
}

bool is_include(std::string_view name) {
  return name == "include_tasks" || name == "include_role" || name == "include";
}

std::string why_unsupported(std::string_view written) {
  const std::string name = short_name(written);
  for (const auto& [prefix, advice] : collections)
    if (written.starts_with(prefix)) return fmt::format("the module {} is not supported: {}", written, advice);
  if (is_own_action(name) || tasks::find_module(name)) return {};
  for (const auto& [module, advice] : modules)
    if (name == module) return fmt::format("the module {} is not supported: {}", written, advice);
  std::vector<std::string> known(own_actions.begin(), own_actions.end());
  for (const tasks::Task* task : tasks::all_modules()) known.emplace_back(task->name);
  const auto near = nearest(name, known);
  // Others have it.
  if (std::ranges::count(written, '.') >= 2 && !written.starts_with("ansible."))
    return fmt::format("the module {} is not supported: command, shell and script run what has no module", written);
  return fmt::format(
      "there is no module {}{}", written,
      near ? fmt::format("; did you mean {}?", *near) : "; command, shell and script run what has no module");
}

Result<const tasks::Task*, std::string> module_of(std::string_view written) {
  const std::string name = short_name(written);
  if (const tasks::Task* module = tasks::find_module(name)) return module;
  if (is_own_action(name)) return Unexpected(fmt::format("{} is for playbooks: no host has a part in it", name));
  return Unexpected(why_unsupported(written));
}

}  // namespace cef::playbook
