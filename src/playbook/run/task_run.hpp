// One task on one host: its condition, its loop, its tries, its verdict.
#pragma once

#include "run/evaluate.hpp"
#include "run/facts.hpp"

#include <cef/playbook/run.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace cef::playbook {

/// What an include is to bring in, for one host and one round of its loop.
struct Wish {
  bool is_role = false;
  std::string file;  // as it was found; of a role its name
  Value arguments;   // of include_role
  Variables params;  // the loop's item
};

/// What goes on in the background on a host: `async` with `poll: 0`.
struct Background {
  explicit Background(const asio::any_io_executor& executor)
      : change(executor, asio::steady_timer::time_point::max()) {}
  std::string id;  // once it runs
  bool finished = false;
  TaskResult result;
  asio::steady_timer change;
};

/// What the tasks of a run have in common.
struct Shop {
  State& state;
  Performer& performer;
  Reporter& reporter;
  Facts facts;
  std::function<bool()> stopped;
  std::map<std::string, std::shared_ptr<Background>> background{};  // by its id
  std::size_t next_background = 0;
};

class TaskRun {
 public:
  /// All are used until this goes.
  TaskRun(Shop& shop, const TaskView& view, HostState& host);

  /// Never throws Failure.
  asio::awaitable<TaskResult> run();
  /// Of an include that ran: what it brings in.
  std::vector<Wish>& wishes() { return wishes_; }
  /// Names that are notified, since the task changed something.
  const std::vector<std::string>& notified() const { return notified_; }

 private:
  asio::awaitable<TaskResult> run_all();
  asio::awaitable<TaskResult> run_loop(const Value& items);
  asio::awaitable<Value> loop_items();
  /// One round: all of the task without a loop.
  asio::awaitable<TaskResult> run_once();
  asio::awaitable<TaskResult> run_until();
  asio::awaitable<TaskResult> attempt();
  asio::awaitable<void> judge(TaskResult& result);
  asio::awaitable<TaskResult> perform(Value raw);
  asio::awaitable<TaskResult> in_background(Order order);
  asio::awaitable<Value> arguments();
  asio::awaitable<void> find_controller_files(Value& raw);
  asio::awaitable<std::string> label_of(const Value& item);
  void keep_register(const TaskResult& result);

  Shop& shop_;
  const TaskView& view_;
  const Task& task_;
  HostState& host_;
  HostState* facts_of_ = &host_;  // whom what it finds out is about
  World world_;
  Evaluator evaluator_;
  std::vector<Wish> wishes_;
  std::vector<std::string> notified_;
  bool hidden_ = false, ignores_ = false, ignores_unreachable_ = false;

  friend class OwnActions;
};

}  // namespace cef::playbook
