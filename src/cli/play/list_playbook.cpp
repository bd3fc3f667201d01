#include "list_playbook.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

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

}  // namespace

std::string list_playbook(const std::string& name, const Playbook& playbook, const std::vector<PlayHosts>& hosts,
                          const RunOptions& options, const Listing& listing) {
  std::string text = fmt::format("\nplaybook: {}\n", name);
  for (std::size_t i = 0; i < playbook.plays.size(); ++i) {
    const Play& play = playbook.plays[i];
    text += fmt::format("\n  play #{} ({}): {}\tTAGS: [{}]\n", i + 1, hosts[i].pattern,
                        play.name.empty() ? hosts[i].pattern : play.name, joined(sorted(all_tags(*play.frame))));
    if (listing.hosts) {
      text += fmt::format("    pattern: ['{}']\n    hosts ({}):\n", hosts[i].pattern, hosts[i].hosts.size());
      for (const std::string& host : hosts[i].hosts) text += fmt::format("      {}\n", host);
    }
    if (!listing.tasks && !listing.tags) continue;
    std::set<std::string> tags;
    if (listing.tasks) text += "    tasks:\n";
    for (const Items* part : {&play.pre_tasks, &play.roles, &play.tasks, &play.post_tasks})
      for_each_task(*part, [&](const Task& task) {
        const auto its = all_tags(*task.frame);
        if (task.action == "meta" || !is_selected(its, options.tags, options.skip_tags)) return;
        tags.insert(its.begin(), its.end());
        if (!listing.tasks) return;
        const RoleUse* role = role_of(*task.frame);
        const std::string its_name = task.name.empty() ? task.written : task.name;
        text += fmt::format("      {}{}\tTAGS: [{}]\n", role ? role->name + " : " : "", its_name, joined(sorted(its)));
      });
    if (listing.tags) text += fmt::format("      TASK TAGS: [{}]\n", joined({tags.begin(), tags.end()}));
  }
  return text;
}

}  // namespace cef::cli
