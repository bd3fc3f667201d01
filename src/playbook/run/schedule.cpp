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

namespace {

// Without its role.
std::string failed_name(const TaskView& view) {
  if (view.task.name.empty()) return {};
  const RoleUse* const role = role_of(*view.task.frame);
  const std::string prefix = role ? role->name + " : " : "";
  return view.name.starts_with(prefix) ? view.name.substr(prefix.size()) : view.name;
}

}  // namespace

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

asio::awaitable<void> Schedule::run_items(const Items& items, Group group, Guard guard) {
  for (const Item& item : items) {
    // Tasks that wait for nothing, one after the other, would let no signal be heard.
    const auto executor = co_await asio::this_coro::executor;
    co_await asio::post(executor, asio::use_awaitable);
    if (is_over()) co_return;
    Group left = running(group);
    if (left.empty()) co_return;
    const auto* task = std::get_if<std::shared_ptr<const Task>>(&item);
    if (!task) {
      co_await run_block(*std::get<std::shared_ptr<const Block>>(item), std::move(left), guard);
      continue;
    }
    // Whoever has more to do in its always section does it.
    Guard own = guard;
    own.always = guard.always || (guard.within_always && &item != &items.back());
    co_await run_task(**task, std::move(left), own);
  }
}

asio::awaitable<void> Schedule::run_block(const Block& block, Group group, Guard guard) {
  // A role runs once for a host, unless it is another use of it.
  if (block.role && !block.role->allow_duplicates)
    std::erase_if(group, [&](Member* member) { return member->host->roles_done.contains(block.role->identity); });
  if (group.empty()) co_return;
  const bool has_always = !block.always.empty();
  const Guard inside{guard.rescue, guard.always || has_always, has_always, false};
  const Guard last{guard.rescue, guard.always, false, true};
  Guard in_tasks = inside;
  in_tasks.rescue = in_tasks.rescue || !block.rescue.empty();
  co_await run_items(block.tasks, group, in_tasks);
  if (!block.rescue.empty()) {
    Group failing;
    for (Member* member : group)
      if (member->failing && !member->gone) {
        member->failing = false;
        failing.push_back(member);
      }
    if (!failing.empty()) co_await run_items(block.rescue, failing, inside);
  }
  if (has_always) {
    // For those that failed, too: they go on failing after it.
    Group failing, all;
    for (Member* member : group) {
      if (member->gone || member->ended) continue;
      if (member->failing) failing.push_back(member);
      member->failing = false;
      all.push_back(member);
    }
    co_await run_items(block.always, all, last);
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

asio::awaitable<void> Schedule::run_task(const Task& task, Group group, Guard guard) {
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
  bool once = false, delegates_facts = false;
  std::size_t throttle = 0;
  {
    World world(state_, *group.front()->host, task.frame.get());
    Evaluator evaluator(world, shop_.facts);
    try {
      once = co_await evaluator.flag(*task.frame, Keyword::run_once, false);
      const auto most = co_await evaluator.setting(*task.frame, Keyword::throttle);
      delegates_facts = co_await evaluator.flag(*task.frame, Keyword::delegate_facts, false);
      delegates_facts = delegates_facts && find(*task.frame, Keyword::delegate_to);
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
    const Value& value = results[0].value;
    const Value rounds = task.loop && value.contains("results") ? value["results"] : Value::array({value});
    for (std::size_t i = 1; i < all.size(); ++i) {
      HostState& other = *all[i]->host;
      if (const auto kept = first.set.find(task.register_to); kept != first.set.end())
        other.set.insert_or_assign(kept->first, kept->second);
      if (delegates_facts || results[0].failed) continue;
      for (const Value& round : rounds) {
        const auto facts = round.find("ansible_facts");
        if (facts == round.end() || !facts->is_object()) continue;
        if (task.action != "set_fact") Facts::take(other, *facts);
        for (const auto& [name, ignored] : facts->items())
          if (const auto set = first.set.find(name); task.action == "set_fact" && set != first.set.end())
            other.set.insert_or_assign(name, set->second);
      }
    }
  }
  co_await settle(view, once ? all : group, results, guard, once);
  if (is_include(task.action)) co_await bring_in(view, once ? all : group, runs, guard);
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
    member.gone = member.removed = true;
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
    member.removed = member.removed || !rescued;
    member.host->set.insert_or_assign("ansible_failed_result", Known{result.value, false});
    Value task{{"name", failed_name(view)}, {"action", view.task.written}, {"args", view.task.raw_args}};
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

asio::awaitable<bool> Schedule::is_fatal(const TaskView& view, Member& member) {
  World world(state_, *member.host, view.task.frame.get());
  Evaluator evaluator(world, shop_.facts);
  bool fatal = false;
  try {
    fatal = co_await evaluator.flag(*view.task.frame, Keyword::any_errors_fatal, false);
  } catch (const Failure&) {
  }
  co_return fatal;
}

asio::awaitable<void> Schedule::settle(const TaskView& view, const Group& group, std::vector<TaskResult>& results,
                                       Guard guard, bool once) {
  bool failed = false, lost = false;
  for (std::size_t i = 0; i < results.size(); ++i) {
    count(view, *group[i], results[i], guard.rescue);
    if (results[i].ignored) continue;
    failed = failed || results[i].failed;
    lost = lost || results[i].unreachable;
  }
  if (!failed && !lost) co_return;
  // The others fail with the one that a task ran on for all of them, but are not counted so.
  if (once && failed)
    for (Member* member : group)
      if (member->runs()) member->failing = member->removed = true;
  const bool final = lost || (failed && !guard.rescue && !guard.always_next);
  bool fatal = false;
  if (final && !free_) fatal = once || co_await is_fatal(view, *group.front());
  if (fatal) {
    if (!once) reporter_.warn(fmt::format("any_errors_fatal: '{}' failed: no more tasks", view.name));
    play_over_ = true;
    batch_over_ = lost || !guard.always;
  }
  if (most_failed_ && !guard.rescue && !guard.always) {
    const auto out = std::count_if(batch_.begin(), batch_.end(), [](const Member* each) { return each->failing; });
    if (100.0 * static_cast<double>(out) > *most_failed_ * static_cast<double>(batch_.size())) {
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
        refresh_hosts();
        reporter_.host_done(view, member->host->name, result);
      }
    }
  }
  if (what == "flush_handlers") {
    co_await flush(batch_.size() == group.size() ? batch_ : group);
  } else if (what == "end_host") {
    for (Member* member : meant) member->ended = member->removed = true;
    refresh_hosts();
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

}  // namespace cef::playbook
