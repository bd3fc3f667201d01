#include "list_playbook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>
#include <variant>

namespace cef::cli {

namespace {

using namespace playbook;

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text;
}

std::vector<std::string> sorted(std::vector<std::string> words) {
  std::sort(words.begin(), words.end());
  return words;
}

// What may come: not what takes care of failures.
void for_each_planned(const Items& items, const std::function<void(const Task&)>& what) {
  for (const Item& item : items)
    if (const auto* task = std::get_if<std::shared_ptr<const Task>>(&item))
      what(**task);
    else
      for_each_planned(std::get<std::shared_ptr<const Block>>(item)->tasks, what);
}

// As ansible-playbook shows it.
std::string name_of(const Task& task) {
  if (task.name.empty()) return task.written;
  const RoleUse* const role = task.action == "include_role" ? nullptr : role_of(*task.frame);
  return role ? role->name + " : " + task.name : task.name;
}

}  // namespace

std::string list_playbook(const std::string& name, const Playbook& playbook, const std::vector<PlayHosts>& hosts,
                          const RunOptions& options, const Listing& listing) {
  std::string text = fmt::format("\nplaybook: {}\n", name);
  for (std::size_t i = 0; i < playbook.plays.size(); ++i) {
    const Play& play = playbook.plays[i];
    text += fmt::format("\n  play #{} ({}): {}\tTAGS: [{}]\n", i + 1, hosts[i].pattern, hosts[i].play,
                        joined(sorted(all_tags(*play.frame))));
    if (listing.hosts) {
      std::vector<std::string> patterns;
      for (const Value& each : play.hosts.is_array() ? play.hosts : Value::array({hosts[i].pattern}))
        patterns.push_back(fmt::format("'{}'", each.is_string() ? each.get<std::string>() : each.dump()));
      text += fmt::format("    pattern: [{}]\n    hosts ({}):\n", joined(patterns), hosts[i].hosts.size());
      for (const std::string& host : hosts[i].hosts) text += fmt::format("      {}\n", host);
    }
    if (!listing.tasks && !listing.tags) continue;
    std::set<std::string> tags;
    if (listing.tasks) text += "    tasks:\n";
    for (const Items* part : {&play.pre_tasks, &play.roles, &play.tasks, &play.post_tasks})
      for_each_planned(*part, [&](const Task& task) {
        if (!is_selected(task, options)) return;
        const auto its = all_tags(*task.frame);
        tags.insert(its.begin(), its.end());
        if (!listing.tasks) return;
        text += fmt::format("      {}\tTAGS: [{}]\n", name_of(task), joined(sorted(its)));
      });
    if (listing.tags) text += fmt::format("      TASK TAGS: [{}]\n", joined({tags.begin(), tags.end()}));
  }
  return text;
}

}  // namespace cef::cli
