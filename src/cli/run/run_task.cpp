#include "run_task.hpp"

#include "on_interrupt.hpp"

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
  Perform(const TaskCall& call, bool check, remote::OnInterrupt on_interrupt, LiveSink sink)
      : call_(call), check_(check), on_interrupt_(on_interrupt), sink_(std::move(sink)) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    tasks::Arguments arguments;
    arguments.params = call_.params;
    arguments.check = check_;
    if (call_.per_host) call_.per_host(link.job().host, arguments.params);
    remote::Live live;
    if (call_.live)
      live = [this, &link](bool is_stderr, std::string_view bytes) { sink_(link.job().host, is_stderr, bytes); };
    auto verdict = co_await remote::perform(call_.task, std::move(arguments), link, on_interrupt_, std::move(live));
    co_return remote::outcome_of(std::move(verdict));
  }

 private:
  const TaskCall& call_;
  bool check_;
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
  options.push_back(check_option);
  return options;
}

std::vector<Param> options_of(const tasks::Task& task, std::initializer_list<std::string_view> names) {
  std::vector<Param> options;
  for (const Param& param : task.params)
    if (std::ranges::find(names, param.name) != names.end()) options.push_back(param);
  options.push_back(check_option);
  return options;
}

int execute_task(const Verb& verb, Context& context, TaskCall call) {
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return complain(on_interrupt.error());
  const bool check = context.arguments.has("check");
  std::optional<Perform> perform;
  return execute(verb, context, [&](const LiveSink& sink) {
    perform.emplace(call, check, *on_interrupt, sink);
    VerbOrders orders;
    orders.work = [&perform](runner::Link& link, transport::Session&) { return (*perform)(link); };
    orders.output_field = call.output_field;
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
