// Verbs that are a task: its params are the verb's options, and its verdict is the host's result.
#pragma once

#include "run_verb.hpp"

#include <cef/tasks/task.hpp>

#include <functional>
#include <span>
#include <string>

namespace cef::cli {

inline constexpr Param check_option{.name = "check",
                                    .help = "say what would change; change nothing on any host",
                                    .kind = Param::Kind::flag,
                                    .shorthand = "C"};

inline constexpr Param diff_option{
    .name = "diff", .help = "show what changes, or would", .kind = Param::Kind::flag, .shorthand = "D"};

/// What was given of the task's params, or holds otherwise: flags as true or false, durations in milliseconds, lists as
/// lists, all else as text; null where there is neither.
Value params_of(const Arguments& given, std::span<const Param> params);

/// The task's params as a verb's options, and --check and --diff.
std::vector<Param> options_of(const tasks::Task& task);
/// Those of these names: the verb has the others as words.
std::vector<Param> options_of(const tasks::Task& task, std::initializer_list<std::string_view> names);

/// A verb's task, and what only the verb knows about it. The functions may be empty.
struct TaskCall {
  const tasks::Task& task;
  Value params;
  Milliseconds timeout;                                                    // unless --timeout says otherwise
  std::function<Result<void>(Prepared& prepared)> arrange{};               // as in VerbOrders
  std::function<void(const std::string& host, Value& params)> per_host{};  // what is other for this one
  std::function<bool(const Report& report)> keep{};                        // as in Orders
  std::string output_field{};                                              // of its record, with a text of many lines
  bool live = false, always_live = false;                                  // as in VerbOrders, of what its steps say
  bool needs_root = true;  // false: it is done as the user who logs in, unless --become says otherwise
};

/// Performs the task on each host, as root where it needs that. Returns the exit code.
int execute_task(const Verb& verb, Context& context, TaskCall call);

}  // namespace cef::cli
