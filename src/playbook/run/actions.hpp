// What tasks do that need no host: debug, set_fact, assert, include_vars, template, ...
#pragma once

#include "run/task_run.hpp"

namespace cef::playbook {

class OwnActions {
 public:
  explicit OwnActions(TaskRun& run) : run_(run), world_(run.world_), evaluator_(run.evaluator_) {}

  /// Throws Failure.
  asio::awaitable<TaskResult> run(Value raw);

 private:
  asio::awaitable<TaskResult> debug(const Value& raw);
  asio::awaitable<TaskResult> assert_that(const Value& raw);
  asio::awaitable<TaskResult> template_file(Value raw);
  asio::awaitable<TaskResult> wait_for_connection(const Value& raw);
  asio::awaitable<TaskResult> pause(const Value& raw);
  asio::awaitable<TaskResult> async_status(const Value& raw);
  asio::awaitable<TaskResult> gather(Value raw);
  asio::awaitable<TaskResult> validate_argument_spec(const Value& raw);
  TaskResult set_fact(const Value& raw);
  TaskResult fail(const Value& raw);
  TaskResult include_vars(const Value& raw);
  TaskResult include(const Value& raw);
  TaskResult add_host(const Value& raw);
  TaskResult group_by(const Value& raw);

  TaskRun& run_;
  World& world_;
  Evaluator& evaluator_;
};

}  // namespace cef::playbook
