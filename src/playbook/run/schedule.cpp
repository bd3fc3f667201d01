#include "run/schedule.hpp"

#include "load/modules.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace cef::playbook {

Schedule::Schedule(Playbook& playbook, State& state, Performer& performer, Reporter& reporter,
                   std::function<bool()> stopped)
    : playbook_(playbook),
      state_(state),
      reporter_(reporter),
      shop_{state, performer, reporter, Facts(state, performer), stopped},
      stopped_(std::move(stopped)) {
  started_ = state.options().start_at.empty();
  for (const std::string& tag : state.options().tags)
    if (tag != "all" && tag != "tagged" && tag != "untagged") unseen_tags_.insert(tag);
}

Group Schedule::running(const Group& group) {
  Group left;
  for (Member* member : group)
    if (member->runs()) left.push_back(member);
  return left;
}

asio::awaitable<void> Schedule::run_items(const Items& items, Group group, bool rescued) {
  for (const Item& item : items) {
    // Tasks that wait for nothing, one after the other, would let no signal be heard.
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    if (is_over()) co_return;
    Group left = running(group);
    if (left.empty()) co_return;
    if (const auto* task = std::get_if<std::shared_ptr<const Task>>(&item))
      co_await run_task(**task, std::move(left), rescued);
    else
      co_await run_block(*std::get<std::shared_ptr<const Block>>(item), std::move(left), rescued);
  }
}

asio::awaitable<void> Schedule::run_block(const Block& block, Group group, bool rescued) {
  // A role runs once for a host, unless it is another use of it.
  if (block.role && !block.role->allow_duplicates)
    std::erase_if(group, [&](Member* member) { return member->host->roles_done.contains(block.role->identity); });
  if (group.empty()) co_return;
  co_await run_items(block.tasks, group, rescued || !block.rescue.empty());
  if (!block.rescue.empty()) {
    Group failing;
    for (Member* member : group)
      if (member->failing && !member->gone) {
        member->failing = false;
        failing.push_back(member);
      }
    if (!failing.empty()) co_await run_items(block.rescue, failing, rescued);
  }
  if (!block.always.empty()) {
    // For those that failed, too: they go on failing after it.
    Group failing, all;
    for (Member* member : group) {
      if (member->gone || member->ended) continue;
      if (member->failing) failing.push_back(member);
      member->failing = false;
      all.push_back(member);
    }
    co_await run_items(block.always, all, rescued);
    for (Member* member : failing) member->failing = true;
  }
  if (!block.role) co_return;
  for (Member* member : group) {
    member->role_ended = false;
    if (member->runs()) member->host->roles_done.insert(block.role->identity);
  }
}

TaskView Schedule::view_of(const Task& task, Member& member) {
  TaskView view{*play_, task, {}, task.is_handler};
  view.name = task.name;
  if (view.name.empty()) view.name = task.written;
  if (expr::has_marks(view.name)) {
    // What cannot be said yet stays as it is written.
    World world(state_, *member.host, task.frame.get());
    if (const auto text = expr::Template::parse(view.name)) try {
        if (auto name = text->render(world)) view.name = std::move(*name);
      } catch (const Failure&) {
      }
  }
  if (task.action == "include_role") {
    // Named after what it brings in.
    const auto role = task.raw_args.find("name");
    if (task.name.empty() && role != task.raw_args.end() && role->is_string())
      view.name += " : " + role->get<std::string>();
    return view;
  }
  if (const RoleUse* role = role_of(*task.frame)) view.name = role->name + " : " + view.name;
  return view;
}

bool Schedule::is_wanted(const Task& task) {
  const RunOptions& options = state_.options();
  if (!unseen_tags_.empty())
    for (const std::string& tag : all_tags(*task.frame)) unseen_tags_.erase(tag);
  if (!task.is_handler && !is_selected(task, options)) return false;
  if (started_) return true;
  // --start-at-task: its name, with the role's or without, or a pattern.
  const RoleUse* role = role_of(*task.frame);
  const auto matches = [&](const std::string& name) {
    return name == options.start_at || (options.start_at.ends_with('*') &&
                                        name.starts_with(options.start_at.substr(0, options.start_at.size() - 1)));
  };
  started_ = matches(task.name) || (role && matches(role->name + " : " + task.name));
  return started_;
}

asio::awaitable<void> Schedule::for_each(std::size_t count, std::function<asio::awaitable<void>(std::size_t)> work,
                                         std::size_t most) {
  if (count == 1) {
    co_await work(0);
    co_return;
  }
  const auto executor = co_await asio::this_coro::executor;
  asio::steady_timer done(executor, std::chrono::steady_clock::time_point::max());
  std::size_t left = count, next = 0;
  std::exception_ptr bug;
  // Each worker takes one after the other: there are as many of them as may be under way at once.
  auto worker = [&]() -> asio::awaitable<void> {
    while (next < count && !bug) {
      const std::size_t mine = next++;
      try {
        co_await work(mine);
      } catch (...) {
        bug = std::current_exception();
      }
      --left;
    }
    if (left == 0 || bug) done.cancel();
  };
  const std::size_t workers = std::min(count, most);
  std::size_t alive = workers;
  auto watched = [&]() -> asio::awaitable<void> {
    co_await worker();
    if (--alive == 0) done.cancel();
  };
  for (std::size_t i = 0; i < workers; ++i) asio::co_spawn(executor, watched(), asio::detached);
  boost::system::error_code ignored;
  while (alive > 0) {
    co_await done.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    done.expires_at(std::chrono::steady_clock::time_point::max());
  }
  if (bug) std::rethrow_exception(bug);
}

asio::awaitable<void> Schedule::run_on(const TaskView& view, Member& member,
                                       std::vector<std::unique_ptr<TaskRun>>& runs, std::size_t at,
                                       std::vector<TaskResult>& results) {
  runs[at] = std::make_unique<TaskRun>(shop_, view, *member.host);
  results[at] = co_await runs[at]->run();
  if (!is_include(view.task.action) || results[at].failed || results[at].skipped)
    reporter_.host_done(view, member.host->name, results[at]);
  if (!is_include(view.task.action)) {
    // Thousands of hosts: what they needed for it goes with it.
    std::vector<std::string> notified = runs[at]->notified();
    runs[at].reset();
    for (const std::string& name : notified) notify(name, member, view.task.place);
  }
}

asio::awaitable<void> Schedule::run_task(const Task& task, Group group, bool rescued) {
  if (!is_wanted(task)) co_return;
  if (task.action == "meta") {
    const TaskView view = view_of(task, *group.front());
    co_await run_meta(view, std::move(group));
    co_return;
  }
  const TaskView view = view_of(task, *group.front());
  if (state_.options().step && !goes_on_) {
    const auto answer = reporter_.ask(fmt::format("Perform task: {} (N)o/(y)es/(c)ontinue:", view.name), false);
    if (answer && (*answer == "c" || *answer == "C"))
      goes_on_ = true;
    else if (!answer)
      ended_.error = "--step: nobody answers, so nothing more is done";
    if (ended_.error || (!goes_on_ && *answer != "y" && *answer != "Y")) co_return;
  }
  bool once = false;
  std::size_t throttle = 0;
  {
    World world(state_, *group.front()->host, task.frame.get());
    Evaluator evaluator(world, shop_.facts);
    try {
      once = co_await evaluator.flag(*task.frame, Keyword::run_once, false);
      const auto most = co_await evaluator.setting(*task.frame, Keyword::throttle);
      if (most) throttle = static_cast<std::size_t>(as_number(*most, "throttle"));
    } catch (const Failure&) {
      // The task itself will meet it, and say so.
    }
  }
  if (task.action == "add_host") once = true;
  Group all = group;
  if (once) group.resize(1);
  reporter_.task_begins(view, group.size());
  const auto begin = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<TaskRun>> runs(group.size());
  std::vector<TaskResult> results(group.size());
  std::function<asio::awaitable<void>(std::size_t)> work = [&](std::size_t i) {
    return run_on(view, *group[i], runs, i, results);
  };
  const std::size_t most = throttle > 0 ? throttle : group.size();
  co_await for_each(group.size(), work, most);
  reporter_.task_ends(view, to_ms(std::chrono::steady_clock::now() - begin));
  if (once) {
    // What it found out is everyone's.
    const HostState& first = *group.front()->host;
    for (std::size_t i = 1; i < all.size(); ++i) {
      HostState& other = *all[i]->host;
      if (const auto kept = first.set.find(task.register_to); kept != first.set.end())
        other.set.insert_or_assign(kept->first, kept->second);
      if (task.action == "set_fact" && results[0].value.contains("ansible_facts"))
        for (const auto& [name, value] : results[0].value["ansible_facts"].items())
          other.set.insert_or_assign(name, first.set.at(name));
      else if (results[0].value.contains("ansible_facts") && !results[0].failed)
        Facts::take(other, results[0].value["ansible_facts"]);
    }
  }
  co_await settle(view, once ? all : group, results, rescued, once);
  if (is_include(task.action)) co_await bring_in(view, once ? all : group, runs, rescued);
}

// Counts as ansible-playbook does. `result` may become a rescued one.
void Schedule::count(const TaskView& view, Member& member, TaskResult& result, bool rescued) {
  Recap& recap = ended_.recap[member.host->name];
  if (result.unreachable) {
    if (result.ignored) {
      ++recap.ok;
      ++recap.ignored;
      return;
    }
    ++recap.unreachable;
    member.gone = true;
    return;
  }
  if (member.gathers && !result.skipped) {
    ++recap.ok;
    member.gathers = false;
  }
  if (result.failed && !result.ignored) {
    result.rescued = rescued;
    ++(rescued ? recap.rescued : recap.failed);
    member.failing = true;
    member.host->set.insert_or_assign("ansible_failed_result", Known{result.value, false});
    Value task{{"name", view.name}, {"action", view.task.written}, {"args", view.task.raw_args}};
    member.host->set.insert_or_assign("ansible_failed_task", Known{std::move(task), false});
    return;
  }
  if (result.skipped && !result.failed) {
    ++recap.skipped;
    return;
  }
  if (is_include(view.task.action)) return;  // each of what it brings in counts
  ++recap.ok;
  if (result.failed) ++recap.ignored;
  if (result.changed) ++recap.changed;
}

asio::awaitable<void> Schedule::settle(const TaskView& view, const Group& group, std::vector<TaskResult>& results,
                                       bool rescued, bool once) {
  const bool was_failing_before = std::any_of(results.begin(), results.end(), [](const TaskResult& each) {
    return (each.failed || each.unreachable) && !each.ignored;
  });
  for (std::size_t i = 0; i < results.size(); ++i) count(view, *group[i], results[i], rescued);
  if (!was_failing_before) co_return;
  bool fatal = once && results[0].failed && !results[0].ignored;
  if (!fatal) {
    World world(state_, *group.front()->host, view.task.frame.get());
    Evaluator evaluator(world, shop_.facts);
    try {
      fatal = co_await evaluator.flag(*view.task.frame, Keyword::any_errors_fatal, false);
      if (fatal) play_over_ = !rescued || play_over_;
      if (fatal && !rescued) reporter_.warn(fmt::format("any_errors_fatal: '{}' failed: no more tasks", view.name));
    } catch (const Failure&) {
    }
  }
  // The others stop as if they had failed as well, but are not counted so.
  if (fatal)
    for (Member* member : batch_)
      if (member->runs() && (once ? std::find(group.begin(), group.end(), member) != group.end() : true))
        member->failing = true;
  if (most_failed_) {
    const auto failed = std::count_if(batch_.begin(), batch_.end(), [](const Member* each) { return each->failing; });
    if (!rescued && 100.0 * static_cast<double>(failed) > *most_failed_ * static_cast<double>(batch_.size())) {
      batch_over_ = play_over_ = true;
      reporter_.warn(fmt::format("more than {}% of the hosts failed: no more tasks", *most_failed_));
    }
  }
  refresh_hosts();
}

asio::awaitable<void> Schedule::run_meta(const TaskView& view, Group group) {
  const std::string what = view.task.raw_args.value("_raw_params", "");
  // flush_handlers, noop and refresh_inventory know no `when`.
  Group meant = group;
  if (what != "flush_handlers" && what != "noop") {
    meant.clear();
    for (Member* member : group) {
      World world(state_, *member->host, view.task.frame.get());
      Evaluator evaluator(world, shop_.facts);
      try {
        const auto wrong = co_await evaluator.first_false_above(*view.task.frame);
        if (!wrong) meant.push_back(member);
      } catch (const Failure& failure) {
        TaskResult result = failure.result;
        count(view, *member, result, false);
        reporter_.host_done(view, member->host->name, result);
      }
    }
  }
  if (what == "flush_handlers") {
    co_await flush(batch_.size() == group.size() ? batch_ : group);
  } else if (what == "end_host") {
    for (Member* member : meant) member->ended = true;
  } else if (what == "end_play" || what == "end_batch") {
    if (meant.empty()) co_return;
    for (Member* member : batch_) member->ended = true;
    if (what == "end_play") play_over_ = false, batch_over_ = true;
  } else if (what == "end_role") {
    for (Member* member : meant) member->role_ended = true;
  } else if (what == "clear_facts") {
    for (Member* member : meant) {
      member->host->facts = Value::object();
      member->host->gathered = false;
    }
  } else if (what == "clear_host_errors") {
    for (Member* member : batch_) member->failing = member->gone = false;
    out_.clear();
  } else if (what == "reset_connection") {
    for (Member* member : meant) co_await shop_.performer.reset(member->host->name);
  }
}

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
