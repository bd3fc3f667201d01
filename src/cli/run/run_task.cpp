#include "run_task.hpp"

#include "console/view.hpp"
#include "on_interrupt.hpp"
#include "play/task_text.hpp"

#include <cef/remote/perform.hpp>

#include <algorithm>
#include <utility>

namespace cef::cli {

namespace {

Value value_of(const Arguments& given, const Param& param) {
  using Kind = Param::Kind;
  if (!param.has_value()) return given.has(param.name);
  const auto text = given.text(param.name);
  if (!text) return nullptr;
  if (param.kind == Kind::duration) return given.duration(param.name)->count();
  if (param.kind == Kind::number) return *given.number(param.name);
  if (param.kind == Kind::list) return split_list(*text);
  return *text;
}

class Perform {
 public:
  // `shows_diff`: as a unified diff, for people.
  Perform(const TaskCall& call, tasks::Arguments arguments, bool shows_diff, remote::OnInterrupt on_interrupt,
          LiveSink sink)
      : call_(call),
        arguments_(std::move(arguments)),
        shows_diff_(shows_diff),
        on_interrupt_(on_interrupt),
        sink_(std::move(sink)) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    tasks::Arguments arguments = arguments_;
    if (call_.per_host) call_.per_host(link.job().host, arguments.params);
    remote::Live live;
    if (call_.live)
      live = [this, &link](bool is_stderr, std::string_view bytes) { sink_(link.job().host, is_stderr, bytes); };
    auto verdict = co_await remote::perform(call_.task, std::move(arguments), link, on_interrupt_, std::move(live));
    if (shows_diff_ && !verdict.diff.is_null()) verdict.diff = diff_text(verdict.diff, false);
    co_return remote::outcome_of(std::move(verdict));
  }

 private:
  const TaskCall& call_;
  const tasks::Arguments arguments_;
  bool shows_diff_;
  remote::OnInterrupt on_interrupt_;
  LiveSink sink_;
};

}  // namespace

Value params_of(const Arguments& given, std::span<const Param> params) {
  Value values = Value::object();
  for (const Param& param : params) values[std::string(param.name)] = value_of(given, param);
  return values;
}

std::vector<Param> options_of(const tasks::Task& task) {
  std::vector<Param> options(task.params.begin(), task.params.end());
  options.insert(options.end(), {check_option, diff_option});
  return options;
}

std::vector<Param> options_of(const tasks::Task& task, std::initializer_list<std::string_view> names) {
  std::vector<Param> options;
  for (const Param& param : task.params)
    if (std::ranges::find(names, param.name) != names.end()) options.push_back(param);
  options.insert(options.end(), {check_option, diff_option});
  return options;
}

int execute_task(const Verb& verb, Context& context, TaskCall call) {
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return complain(on_interrupt.error());
  const auto format = format_of(context.options);
  if (!format) return complain(format.error());
  tasks::Arguments arguments;
  arguments.params = call.params;
  arguments.check = context.arguments.has("check");
  arguments.diff = context.arguments.has("diff");
  const bool check = arguments.check, shows_diff = arguments.diff && *format == render::Format::table;
  std::optional<Perform> perform;
  return execute(verb, context, [&](const LiveSink& sink) {
    perform.emplace(call, arguments, shows_diff, *on_interrupt, sink);
    VerbOrders orders;
    orders.work = [&perform](runner::Link& link, transport::Session&) { return (*perform)(link); };
    orders.output_field = shows_diff ? "diff" : call.output_field;
    orders.live = call.live;
    orders.always_live = call.always_live;
    orders.dry_run = check;
    orders.default_timeout = call.timeout;
    orders.arrange = call.arrange;
    orders.keep = call.keep;
    orders.needs_root = call.needs_root;
    return orders;
  });
}

}  // namespace cef::cli
