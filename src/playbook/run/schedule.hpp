// Which task comes next, and on which hosts: plays, batches, blocks, includes, handlers. All hosts of a group do a task
// before one of them begins the next; with `strategy: free` each host is a group of its own.
#pragma once

#include "run/task_run.hpp"

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace cef::playbook {

/// A host of the batch that is under way.
struct Member {
  HostState* host = nullptr;
  bool failing = false;  // no task until a block rescues it
  bool gone = false;     // unreachable, or failed for good
  bool ended = false;    // meta: end_host
  bool removed = false;  // no longer among ansible_play_hosts
  bool gathers = false;  // its facts count as a task as soon as it is reached
  bool role_ended = false;
  bool runs() const { return !failing && !gone && !ended && !role_ended; }
};
using Group = std::vector<Member*>;

/// What the blocks around have in hand for a task that fails.
struct Guard {
  bool rescue = false;         // some block's rescue section
  bool always = false;         // some block's always section, which comes before the failure counts for the others
  bool always_next = false;    // and that of the nearest block
  bool within_always = false;  // the list of tasks is such a section
};

class Schedule {
 public:
  Schedule(Playbook& playbook, State& state, Performer& performer, Reporter& reporter, std::function<bool()> stopped);

  asio::awaitable<Ended> run();

 private:
  // plays.cpp
  asio::awaitable<void> run_play(Play& play);
  asio::awaitable<void> run_batch(Play& play, Group batch);
  asio::awaitable<void> run_sections(Play& play, Group group);
  std::vector<Member*> members_of(Play& play);
  std::vector<std::size_t> batch_sizes(const Play& play, std::size_t hosts);
  bool ask_prompts(const Play& play);
  asio::awaitable<void> choose_vars_files(const Play& play, Member& member);
  Value play_setting(const Play& play, Keyword keyword);
  void refresh_hosts();
  void retire(Member& member);

  // schedule.cpp
  asio::awaitable<void> run_items(const Items& items, Group group, Guard guard);
  asio::awaitable<void> run_block(const Block& block, Group group, Guard guard);
  asio::awaitable<void> run_task(const Task& task, Group group, Guard guard);
  asio::awaitable<void> run_meta(const TaskView& view, Group group);
  asio::awaitable<void> run_on(const TaskView& view, Member& member, std::vector<std::unique_ptr<TaskRun>>& runs,
                               std::size_t at, std::vector<TaskResult>& results);
  asio::awaitable<void> settle(const TaskView& view, const Group& group, std::vector<TaskResult>& results, Guard guard,
                               bool once);
  void count(const TaskView& view, Member& member, TaskResult& result, bool rescued);
  asio::awaitable<bool> is_fatal(const TaskView& view, Member& member);
  TaskView view_of(const Task& task, Member& member);
  bool is_wanted(const Task& task);
  bool is_over() const { return stopped_() || ended_.error || batch_over_; }
  static Group running(const Group& group);
  /// Does the work for each member, all at once.
  asio::awaitable<void> for_each(std::size_t count, std::function<asio::awaitable<void>(std::size_t)> work,
                                 std::size_t most);

  // include.cpp
  asio::awaitable<void> bring_in(const TaskView& view, const Group& group, std::vector<std::unique_ptr<TaskRun>>& runs,
                                 Guard guard);

  // handlers.cpp
  void notify(const std::string& name, Member& member, const Place& place);
  asio::awaitable<void> flush(Group group);

  Playbook& playbook_;
  State& state_;
  Reporter& reporter_;
  Shop shop_;
  std::function<bool()> stopped_;
  Ended ended_;

  std::set<std::string> out_;  // hosts that take no further part in the run
  std::vector<std::unique_ptr<Member>> members_;
  Group batch_;
  Play* play_ = nullptr;
  bool free_ = false, batch_over_ = false, play_over_ = false, started_ = true, forced_ = false, flushing_ = false,
       goes_on_ = false;
  std::optional<double> most_failed_;
  std::set<std::string> unseen_tags_;  // of --tags
  std::map<const Task*, std::set<Member*>> notified_;
  std::deque<Items> kept_;  // what was included
};

}  // namespace cef::playbook
