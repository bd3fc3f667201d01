// Which tasks the tags that were asked for choose.
#include <cef/playbook/run.hpp>

#include <algorithm>

namespace cef::playbook {

// The old `include` is reached whatever is wanted.
bool is_selected(const Task& task, const RunOptions& options) {
  const std::vector<std::string> any{"all"};
  return is_selected(all_tags(*task.frame), task.action == "include" ? any : options.tags, options.skip_tags);
}

bool is_selected(const std::vector<std::string>& tags, const std::vector<std::string>& wanted,
                 const std::vector<std::string>& skipped) {
  const auto has = [](const std::vector<std::string>& list, std::string_view tag) {
    return std::find(list.begin(), list.end(), tag) != list.end();
  };
  const auto meet = [&](const std::vector<std::string>& list) {
    return std::any_of(tags.begin(), tags.end(), [&](const std::string& tag) { return has(list, tag); });
  };
  const bool always = has(tags, "always"), never = has(tags, "never"), none = tags.empty();
  bool runs = false;
  if (!wanted.empty())
    runs = always || (has(wanted, "all") && !never) || meet(wanted) || (has(wanted, "tagged") && !none && !never) ||
           (has(wanted, "untagged") && none);
  if (!runs || skipped.empty()) return runs;
  if (has(skipped, "all")) return always && !has(skipped, "always");
  if (meet(skipped)) return false;
  return !(has(skipped, "tagged") && !none) && !(has(skipped, "untagged") && none);
}

}  // namespace cef::playbook
