// What include_tasks and include_role bring in: once for all hosts that want the same.
#include "load/loader.hpp"
#include "run/schedule.hpp"

#include <fmt/format.h>

namespace cef::playbook {

namespace {

constexpr int most_deep = 300;  // includes within each other

bool is_too_deep(const Frame* frame) {
  int depth = 0;
  for (; frame; frame = frame->parent.get()) ++depth;
  return depth > most_deep;
}

struct Brought {
  const Wish* wish;
  Group group;
  const Items* items = nullptr;
};

bool is_same(const Wish& a, const Wish& b) {
  if (a.is_role != b.is_role || a.file != b.file || a.arguments != b.arguments || a.params.size() != b.params.size())
    return false;
  for (const auto& [name, value] : a.params) {
    const auto other = b.params.find(name);
    if (other == b.params.end() || other->second.value() != value.value()) return false;
  }
  return true;
}

std::string word_of(const Value& arguments, const char* name, std::string otherwise) {
  const auto found = arguments.find(name);
  return found == arguments.end() || !found->is_string() ? otherwise : found->get<std::string>();
}

}  // namespace

asio::awaitable<void> Schedule::bring_in(const TaskView& view, const Group& group,
                                         std::vector<std::unique_ptr<TaskRun>>& runs, Guard guard) {
  guard.always_next = guard.within_always = false;
  std::vector<Brought> all;
  const std::size_t rounds = runs.empty() ? 0 : runs.front() ? runs.front()->wishes().size() : 0;
  std::size_t most = rounds;
  for (const auto& run : runs)
    if (run) most = std::max(most, run->wishes().size());
  for (std::size_t round = 0; round < most; ++round)
    for (std::size_t i = 0; i < group.size(); ++i) {
      // With run_once all want what the first one wants.
      const std::size_t at = runs.size() == group.size() ? i : 0;
      if (!runs[at] || round >= runs[at]->wishes().size() || !group[i]->runs()) continue;
      const Wish& wish = runs[at]->wishes()[round];
      Brought* known = nullptr;
      for (Brought& each : all)
        if (is_same(*each.wish, wish) && std::find(each.group.begin(), each.group.end(), group[i]) == each.group.end())
          known = &each;
      if (!known) known = &all.emplace_back(Brought{&wish, {}, nullptr});
      known->group.push_back(group[i]);
    }
  // All of it is there before any of it runs: of handlers with one name those of the last are meant.
  for (Brought& each : all) {
    // What is included stands below the include, which hands down its vars, and below `apply`.
    auto frame = std::make_shared<Frame>();
    frame->parent = view.task.frame;
    frame->place = view.task.place;
    frame->params = each.wish->params;
    if (view.task.apply) {
      frame->settings = view.task.apply->settings;
      frame->vars = view.task.apply->vars;
      frame->when = view.task.apply->when;
      frame->tags = view.task.apply->tags;
    }
    for (const auto& [name, value] : view.task.frame->vars) frame->params.insert_or_assign(name, value);
    Items items;
    std::string problem;
    if (is_too_deep(frame.get())) {
      problem = fmt::format("{}: includes within each other too deeply", each.wish->file);
    } else if (each.wish->is_role) {
      Loader::RoleCall call;
      const Value& arguments = each.wish->arguments;
      call.name = each.wish->file;
      call.tasks_from = word_of(arguments, "tasks_from", "main");
      call.vars_from = word_of(arguments, "vars_from", "main");
      call.defaults_from = word_of(arguments, "defaults_from", "main");
      call.handlers_from = word_of(arguments, "handlers_from", "main");
      call.is_public = arguments.contains("public") && is_true(arguments["public"]);
      if (call.is_public) call.vars = view.task.frame->vars;
      if (arguments.contains("allow_duplicates")) call.allow_duplicates = is_true(arguments["allow_duplicates"]);
      auto block = state_.loader().include_role(call, frame, *play_);
      if (block)
        items.emplace_back(*block);
      else
        problem = block.error();
    } else {
      auto read = state_.loader().include_tasks(each.wish->file, frame, play_->folder);
      if (read)
        items = std::move(*read);
      else
        problem = read.error();
    }
    std::vector<std::string> names;
    for (Member* member : each.group) names.push_back(member->host->name);
    if (!problem.empty()) {
      for (Member* member : each.group) {
        TaskResult result = failed_with(problem);
        count(view, *member, result, guard.rescue);
        reporter_.host_done(view, member->host->name, result);
      }
      refresh_hosts();
      continue;
    }
    reporter_.included(view, each.wish->file, names);
    // A file counts, a role does not.
    if (!each.wish->is_role)
      for (Member* member : each.group) ++ended_.recap[member->host->name].ok;
    // Its items live as long as handlers that it brought may be notified.
    kept_.push_back(std::move(items));
    each.items = &kept_.back();
  }
  for (const Brought& each : all)
    if (each.items) co_await run_items(*each.items, each.group, guard);
}

}  // namespace cef::playbook
