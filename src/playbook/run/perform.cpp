#include "run/perform.hpp"

#include <fmt/format.h>

namespace cef::playbook {

namespace {

Value lines_of(const std::string& text) {
  Value lines = Value::array();
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return lines;
}

// A connection variable beats the keyword of the same meaning. It is no fact: none is gathered for it.
std::optional<Value> variable(World& world, std::string_view name) {
  try {
    const auto found = world.variable(name);
    world.forget_wish();
    if (found && found->value && !expr::is_omit(*found->value)) return *found->value;
  } catch (const expr::Trouble& trouble) {
    world.forget_wish();
    fail_task(fmt::format("{}: {}", name, trouble.what()));
  }
  return std::nullopt;
}

asio::awaitable<Value> environment_of(Evaluator& evaluator, const Frame& frame) {
  std::vector<const Setting*> settings;
  for (const Frame* at = &frame; at; at = at->parent.get())
    if (at == &frame || at->passes_on)
      for (const Setting& setting : at->settings)
        if (setting.keyword == Keyword::environment) settings.push_back(&setting);
  Value all = Value::object();
  for (auto each = settings.rbegin(); each != settings.rend(); ++each) {
    const Value said = co_await evaluator.value((*each)->value);
    const Value list = said.is_array() ? said : Value::array({said});
    for (const Value& part : list) {
      if (part.is_null() || part == "") continue;
      if (!part.is_object()) fail_task(fmt::format("environment is a mapping ({})", show((*each)->place)));
      // What is written as null is Python's None; what a template comes to is no text then.
      const Value& raw = (*each)->raw;
      for (const auto& [name, value] : part.items())
        all[name] = raw.is_object() && raw.contains(name) && raw[name].is_null() ? "None" : as_text(value);
    }
  }
  co_return all;
}

asio::awaitable<void> find_user(Evaluator& evaluator, const Frame& frame, Order& order) {
  const RunOptions& options = evaluator.world().state().options();
  bool become = co_await evaluator.flag(frame, Keyword::become, options.become.value_or(false));
  std::string user = co_await evaluator.word(frame, Keyword::become_user);
  std::string method = co_await evaluator.word(frame, Keyword::become_method);
  // An inventory may say it by other names than Ansible's.
  World& world = evaluator.world();
  if (const auto* const known = world.state().inventory().host(world.host().name)) {
    become = known->settings.become.value_or(become);
    user = known->settings.become_user.value_or(user);
  }
  if (const auto own = variable(world, "ansible_become")) become = is_true(*own);
  if (const auto own = variable(world, "ansible_become_user")) user = as_text(*own);
  if (const auto own = variable(world, "ansible_become_method")) method = as_text(*own);
  method = method.substr(method.rfind('.') + 1);
  if (!become) co_return;
  if (!method.empty() && method != "sudo")
    fail_task(fmt::format("become_method {} is not supported: only sudo is", method));
  order.arguments.become = user.empty() ? options.become_user.value_or("root") : user;
}

}  // namespace

asio::awaitable<HostState*> place_of(Evaluator& evaluator, const Frame& frame) {
  World& world = evaluator.world();
  State& state = world.state();
  const auto delegate = co_await evaluator.setting(frame, Keyword::delegate_to);
  if (!delegate || as_text(*delegate).empty()) co_return &world.host();
  const std::string name = as_text(*delegate);
  HostState* const other = state.host(name);
  if (other) co_return other;
  if (is_local_name(name)) co_return &state.localhost();
  co_return &state.stranger(name);
}

asio::awaitable<void> address(Evaluator& evaluator, const Frame& frame, Order& order) {
  World& world = evaluator.world();
  State& state = world.state();
  HostState* const where = co_await place_of(evaluator, frame);
  order.host = where->name;
  // The other host is reached in its own way.
  World other(state, *where, state.play ? state.play->frame.get() : nullptr);
  const bool delegated = where != &world.host();
  std::string connection;
  if (!delegated) connection = co_await evaluator.word(frame, Keyword::connection);
  for (const char* name : {"ansible_connection", "ansible_host", "ansible_ssh_host", "ansible_port", "ansible_ssh_port",
                           "ansible_user", "ansible_ssh_user"})
    if (auto value = variable(delegated ? other : world, name)) order.connection[name] = std::move(*value);
  // What the inventory says of logging in its job has heeded; one that was added has but its variables.
  if (!state.inventory().host(where->name))
    for (const char* name : {"ansible_ssh_private_key_file", "ansible_private_key_file", "ansible_password",
                             "ansible_ssh_pass", "ansible_ssh_password"})
      if (auto value = variable(delegated ? other : world, name)) order.connection[name] = std::move(*value);
  if (where->inventory_vars.contains("ansible_connection") || where->set.contains("ansible_connection") ||
      connection.empty())
    connection = as_text(order.connection.value("ansible_connection", Value("ssh")));
  connection = connection.substr(connection.rfind('.') + 1);
  if (connection == "local")
    order.local = true;
  else if (connection != "ssh" && connection != "smart" && connection != "paramiko" && connection != "paramiko_ssh" &&
           !connection.empty())
    fail_task(fmt::format("connection {} is not supported: ssh and local are", connection));
  if (!delegated) {
    const std::string user = co_await evaluator.word(frame, Keyword::remote_user);
    if (!user.empty() && !order.connection.contains("ansible_user")) order.user = user;
  }
  co_await find_user(evaluator, frame, order);
  if (order.arguments.become)
    for (const char* name : {"ansible_become_password", "ansible_become_pass"})
      if (auto value = variable(delegated ? other : world, name)) order.connection[name] = std::move(*value);
  order.arguments.environment = co_await environment_of(evaluator, frame);
  order.arguments.check = co_await evaluator.flag(frame, Keyword::check_mode, state.options().check);
  order.arguments.diff = co_await evaluator.flag(frame, Keyword::diff, state.options().diff);
  const auto time = co_await evaluator.setting(frame, Keyword::timeout);
  if (time && !time->is_null())
    order.time = Milliseconds(static_cast<std::int64_t>(as_number(*time, "timeout") * 1000));
}

void add_lines(Value& value) {
  for (const char* name : {"stdout", "stderr"}) {
    const auto text = value.find(name);
    const std::string lines = std::string(name) + "_lines";
    if (text != value.end() && text->is_string() && !value.contains(lines))
      value[lines] = lines_of(text->get<std::string>());
  }
}

TaskResult result_of(tasks::Verdict verdict) {
  TaskResult result;
  if (verdict.data.is_object()) result.value = std::move(verdict.data);
  result.diff = std::move(verdict.diff);
  result.changed = verdict.status == Status::changed;
  result.skipped = verdict.status == Status::skipped;
  result.failed = verdict.status == Status::failed || verdict.error.has_value();
  if (verdict.error) {
    result.unreachable = is_unreachable(verdict.error->code);
    result.failed = !result.unreachable;
    result.code = verdict.error->code;
    if (!result.value.contains("msg")) result.value["msg"] = verdict.error->message;
    if (const auto hint = hint_of(*verdict.error); !hint.empty()) result.value["hint"] = hint;
  }
  add_lines(result.value);
  return result;
}

}  // namespace cef::playbook
