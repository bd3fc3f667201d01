#include "run/task_run.hpp"

#include "load/modules.hpp"
#include "run/actions.hpp"
#include "run/fetched.hpp"
#include "run/nap.hpp"
#include "run/perform.hpp"

#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

namespace cef::playbook {

namespace {

TaskResult skipped_because(std::string why, std::string condition) {
  TaskResult result;
  result.skipped = true;
  result.value["skip_reason"] = std::move(why);
  if (!condition.empty()) result.value["false_condition"] = std::move(condition);
  return result;
}

// What a loop's results say as a whole.
TaskResult combined(Value results, const std::vector<TaskResult>& all) {
  TaskResult result;
  result.skipped = !all.empty();
  for (const TaskResult& each : all) {
    result.changed = result.changed || each.changed;
    result.failed = result.failed || each.failed;
    result.unreachable = result.unreachable || each.unreachable;
    result.skipped = result.skipped && each.skipped;
    result.hidden = result.hidden || each.hidden;
    if (!each.diff.is_null()) {
      if (!result.diff.is_array()) result.diff = Value::array();
      result.diff.push_back(each.diff);
    }
  }
  result.value["results"] = std::move(results);
  result.value["msg"] = all.empty()      ? "No items in the list"
                        : result.failed  ? "One or more items failed"
                        : result.skipped ? "All items skipped"
                                         : "All items completed";
  if (all.empty()) {
    result.skipped = true;
    result.value["skipped_reason"] = "No items in the list";
  }
  result.value["skipped"] = result.skipped;
  return result;
}

// As `register` has it.
Value registered(const TaskResult& result) {
  Value value = result.value;
  value["changed"] = result.changed;
  if (result.skipped) value["skipped"] = true;
  if (!result.skipped || result.failed) value["failed"] = result.failed || result.unreachable;
  if (result.unreachable) value["unreachable"] = true;
  if (!result.diff.is_null()) value["diff"] = result.diff;
  return value;
}

}  // namespace

TaskRun::TaskRun(Shop& shop, const TaskView& view, HostState& host)
    : shop_(shop),
      view_(view),
      task_(view.task),
      host_(host),
      world_(shop.state, host, view.task.frame.get()),
      evaluator_(world_, shop.facts) {}

asio::awaitable<TaskResult> TaskRun::run() {
  const auto begin = std::chrono::steady_clock::now();
  TaskResult result;
  try {
    result = co_await run_all();
  } catch (const Failure& failure) {
    result = failure.result;
  }
  result.duration_ms = to_ms(std::chrono::steady_clock::now() - begin);
  result.hidden = hidden_;
  if (result.failed && ignores_) result.ignored = true;
  if (result.unreachable && ignores_unreachable_) result.ignored = true;
  keep_register(result);
  if (result.changed && !result.failed && !result.unreachable) try {
      for (const expr::Tree& each : task_.notify) {
        const Value names = co_await evaluator_.value(each);
        if (expr::is_omit(names)) continue;
        if (!names.is_array()) notified_.push_back(as_text(names));
        for (const Value& name : names.is_array() ? names : Value::array()) notified_.push_back(as_text(name));
      }
    } catch (const Failure& failure) {
      result.failed = true;
      result.value["msg"] = failure.result.value["msg"];
    }
  co_return result;
}

void TaskRun::keep_register(const TaskResult& result) {
  if (!task_.register_to.empty()) host_.set.insert_or_assign(task_.register_to, Known{registered(result), false});
}

asio::awaitable<TaskResult> TaskRun::run_all() {
  hidden_ = co_await evaluator_.flag(*task_.frame, Keyword::no_log, false);
  ignores_unreachable_ = co_await evaluator_.flag(*task_.frame, Keyword::ignore_unreachable, false);
  if (!task_.loop) {
    TaskResult result = co_await run_once();
    co_return result;
  }
  Value items;
  std::optional<TaskResult> ended;
  try {
    items = co_await loop_items();
  } catch (const Failure& failure) {
    ended = failure.result;
  }
  if (ended) {
    // An undefined loop is none of a task that would be skipped anyway.
    ignores_ = co_await evaluator_.flag(*task_.frame, Keyword::ignore_errors, false);
    const auto wrong = co_await evaluator_.first_false_above(*task_.frame);
    if (wrong) co_return skipped_because("Conditional result was False", *wrong);
    co_return std::move(*ended);
  }
  TaskResult result = co_await run_loop(items);
  co_return result;
}

asio::awaitable<Value> TaskRun::loop_items() {
  Value terms = co_await evaluator_.value(task_.loop->terms);
  if (task_.loop->lookup.empty()) {
    if (!terms.is_array())
      fail_task(fmt::format("loop wants a list, not {}; with_items takes a single thing", terms.dump().substr(0, 80)));
    co_return terms;
  }
  if (!terms.is_array()) terms = Value::array({terms});
  world_.set("__cef_terms", std::move(terms));
  static const std::map<std::string, std::string, std::less<>> other_names{{"cartesian", "nested"}};
  const auto other = other_names.find(task_.loop->lookup);
  const std::string name = other == other_names.end() ? task_.loop->lookup : other->second;
  const auto tree = expr::Tree::parse(fmt::format("{{{{ query('{}', *__cef_terms) }}}}", name));
  Value items = co_await evaluator_.value(*tree);
  world_.unset("__cef_terms");
  co_return items;
}

asio::awaitable<std::string> TaskRun::label_of(const Value& item) {
  if (!task_.loop->label) co_return as_text(item);
  std::string label;
  try {
    const Value value = co_await evaluator_.value(*task_.loop->label);
    label = as_text(value);
  } catch (const Failure&) {
    label = as_text(item);
  }
  co_return label;
}

asio::awaitable<TaskResult> TaskRun::run_loop(const Value& items) {
  const Loop& loop = *task_.loop;
  Value results = Value::array();
  std::vector<TaskResult> all;
  double pause = 0;
  if (loop.pause) pause = as_number(co_await evaluator_.value(*loop.pause), "pause");
  for (std::size_t i = 0; i < items.size(); ++i) {
    const Value& item = items[i];
    world_.set(loop.variable, item);
    world_.set("ansible_loop_var", loop.variable);
    if (!loop.index.empty()) {
      world_.set(loop.index, i);
      world_.set("ansible_index_var", loop.index);
    }
    Value extended;
    if (loop.extended) {
      Value more{{"index", i + 1},
                 {"index0", i},
                 {"first", i == 0},
                 {"last", i + 1 == items.size()},
                 {"length", items.size()},
                 {"revindex", items.size() - i},
                 {"revindex0", items.size() - i - 1}};
      if (loop.with_all_items) more["allitems"] = items;
      if (i > 0) more["previtem"] = items[i - 1];
      if (i + 1 < items.size()) more["nextitem"] = items[i + 1];
      extended = more;
      world_.set("ansible_loop", std::move(more));
    }
    if (i > 0) co_await nap(pause, shop_.stopped);
    const auto begin = std::chrono::steady_clock::now();
    TaskResult result;
    try {
      result = co_await run_once();
    } catch (const Failure& failure) {
      result = failure.result;
    }
    result.duration_ms = to_ms(std::chrono::steady_clock::now() - begin);
    if (result.failed && ignores_) result.ignored = true;
    result.hidden = hidden_;
    const std::string label = co_await label_of(item);
    Value kept = registered(result);
    kept[loop.variable] = item;
    kept["ansible_loop_var"] = loop.variable;
    if (!loop.index.empty()) {
      kept[loop.index] = i;
      kept["ansible_index_var"] = loop.index;
    }
    if (loop.extended && !task_.register_to.empty()) kept["ansible_loop"] = std::move(extended);
    results.push_back(std::move(kept));
    shop_.reporter.item_done(view_, host_.name, label, result);
    const bool gone = result.unreachable;
    all.push_back(std::move(result));
    if (gone) break;
  }
  // Whoever reads the register need not know what the last round was about.
  for (const char* name : {"ansible_loop_var", "ansible_index_var", "ansible_loop"}) world_.unset(name);
  world_.unset(loop.variable);
  co_return combined(std::move(results), all);
}

asio::awaitable<TaskResult> TaskRun::run_once() {
  // A condition that cannot be told is an error that may be ignored.
  ignores_ = co_await evaluator_.flag(*task_.frame, Keyword::ignore_errors, false);
  const auto wrong = co_await evaluator_.first_false_above(*task_.frame);
  if (wrong) co_return skipped_because("Conditional result was False", *wrong);
  const bool again = !task_.until.empty() || task_.retries;
  if (again && !task_.until.empty()) {
    TaskResult result = co_await run_until();
    co_return result;
  }
  TaskResult result = co_await attempt();
  co_return result;
}

// `retries: n` is n more tries; without it three. What `until` looks at is what the task registers.
asio::awaitable<TaskResult> TaskRun::run_until() {
  double retries = 3, delay = 5;
  if (task_.retries) retries = as_number(co_await evaluator_.value(*task_.retries), "retries");
  if (task_.delay) delay = as_number(co_await evaluator_.value(*task_.delay), "delay");
  TaskResult result;
  for (int tries = 1;; ++tries) {
    result = co_await attempt();
    if (result.skipped || result.unreachable) break;
    result.value["attempts"] = tries;
    const std::string name = task_.register_to.empty() ? "__cef_result" : task_.register_to;
    world_.set(name, registered(result));
    const auto wrong = co_await evaluator_.first_false(task_.until);
    world_.unset(name);
    if (!wrong || shop_.stopped()) break;
    if (tries > retries) {
      result.failed = true;
      result.value["attempts"] = static_cast<int>(retries);
      result.why = fmt::format("'{}' did not come true in {} tries", *wrong, tries);
      if (!result.value.contains("msg")) result.value["msg"] = result.why;
      break;
    }
    shop_.reporter.retrying(view_, host_.name, static_cast<int>(retries) - tries + 1);
    co_await nap(delay, shop_.stopped);
  }
  co_return result;
}

asio::awaitable<TaskResult> TaskRun::attempt() {
  TaskResult result;
  try {
    Value raw = co_await arguments();
    const bool delegates = co_await evaluator_.flag(*task_.frame, Keyword::delegate_facts, false);
    facts_of_ = &host_;
    if (delegates) facts_of_ = co_await place_of(evaluator_, *task_.frame);
    if (is_own_action(task_.action) && !(task_.action == "ping" && tasks::find_module("ping"))) {
      OwnActions actions(*this);
      result = co_await actions.run(std::move(raw));
    } else {
      result = co_await perform(std::move(raw));
    }
  } catch (const Failure& failure) {
    result = failure.result;
  }
  if (!result.unreachable) co_await judge(result);
  co_return result;
}

// changed_when and failed_when replace what the module said, and see its result under the register's name.
asio::awaitable<void> TaskRun::judge(TaskResult& result) {
  if (const auto facts = result.value.find("ansible_facts"); facts != result.value.end() && !result.failed) {
    if (task_.action != "set_fact") Facts::take(*facts_of_, *facts);
    if (task_.action == "setup" || task_.action == "gather_facts") facts_of_->gathered = true;
    world_.forget();
  }
  if (result.skipped || (task_.changed_when.empty() && task_.failed_when.empty())) co_return;
  const std::string name = task_.register_to.empty() ? "__cef_result" : task_.register_to;
  world_.set(name, registered(result));
  if (!task_.changed_when.empty()) {
    const auto wrong = co_await evaluator_.first_false(task_.changed_when);
    result.changed = !wrong;
  }
  if (!task_.failed_when.empty()) {
    world_.set(name, registered(result));
    const auto wrong = co_await evaluator_.first_false(task_.failed_when);
    if (!wrong && !result.failed) result.why = "what failed_when says is so";
    result.failed = !wrong;
    result.value["failed_when_result"] = result.failed;
  }
  world_.unset(name);
}

// With module_defaults below, and `args` from a variable.
asio::awaitable<Value> TaskRun::arguments() {
  Value raw = co_await evaluator_.value(task_.args);
  if (!raw.is_object()) fail_task("the arguments are no mapping");
  if (const auto more = raw.find("_variable_params"); more != raw.end()) {
    const Value variable = *more;
    raw.erase("_variable_params");
    if (variable.is_object())
      for (const auto& [key, value] : variable.items())
        if (!raw.contains(key) && !expr::is_omit(value)) raw[key] = value;
  }
  std::vector<const Setting*> settings;
  for (const Frame* at = task_.frame.get(); at; at = at->parent.get())
    for (const Setting& setting : at->settings)
      if (setting.keyword == Keyword::module_defaults) settings.push_back(&setting);
  for (const Setting* each : settings) {
    const Value defaults = co_await evaluator_.value(each->value);
    const Value list = defaults.is_array() ? defaults : Value::array({defaults});
    for (const Value& part : list)
      if (part.is_object())
        for (const auto& [module, values] : part.items())
          if (short_name(module) == task_.action && values.is_object())
            for (const auto& [key, value] : values.items())
              if (!raw.contains(key)) raw[key] = value;
  }
  co_return raw;
}

asio::awaitable<TaskResult> TaskRun::perform(Value raw) {
  const tasks::Task* const module = tasks::find_module(task_.action);
  if (!module) fail_task(why_unsupported(task_.written));
  Order order;
  order.task = module;
  co_await address(evaluator_, *task_.frame, order);
  co_await find_controller_files(raw);
  auto params = tasks::read_params(*module, raw);
  if (!params) fail_task(params.error().message);
  order.arguments.params = std::move(*params);
  double async = 0;
  if (task_.async) async = as_number(co_await evaluator_.value(*task_.async), "async");
  if (async > 0 && !order.arguments.check) {
    order.supervised = true;
    order.time = Milliseconds(static_cast<std::int64_t>(async * 1000));
    double poll = 10;
    if (task_.poll) poll = as_number(co_await evaluator_.value(*task_.poll), "poll");
    if (poll == 0) {
      TaskResult started = co_await in_background(std::move(order));
      co_return started;
    }
  }
  std::string id;  // of the work that outlives the connection
  order.begun = [&id](const std::string& given) { id = given; };
  const bool fetches = module->name == "fetch" && !order.arguments.check;
  const Value given = fetches ? order.arguments.params : Value();
  const bool has_time = order.time.count() > 0;
  auto verdict = co_await shop_.performer.perform(std::move(order));
  TaskResult result = result_of(std::move(verdict));
  if (has_time && result.code == Code::command_timeout)
    result.value["hint"] = fmt::format("give it longer with the task's {}", async > 0 ? "async" : "timeout");
  // What a module had changed before it failed is told by few; a command that fails has changed something.
  if (result.failed && !module->free_form) result.changed = result.value.value("changed", false);
  if (async > 0) {
    result.value["started"] = result.value["finished"] = 1;
    if (!id.empty()) result.value["ansible_job_id"] = id;
  }
  if (fetches && !result.failed) keep_fetched(result, given, host_.name, shop_.state.play->folder);
  co_return result;
}

}  // namespace cef::playbook
