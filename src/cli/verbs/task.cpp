// cef task: one playbook module on its own.
#include "console/view.hpp"
#include "play/task_text.hpp"
#include "run/on_interrupt.hpp"
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/core/text.hpp>
#include <cef/playbook/arguments.hpp>
#include <cef/remote/perform.hpp>
#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>

namespace cef::cli {

namespace {

using Kind = Param::Kind;
constexpr Param options[] = {
    {.name = "args", .value = "ARGS", .help = "the module's arguments: 'k=v k=v', or a command", .shorthand = "a"},
    {.name = "check",
     .help = "say what would change; change nothing on any host",
     .kind = Kind::flag,
     .shorthand = "C"},
    {.name = "diff", .help = "tell how texts change", .kind = Kind::flag, .shorthand = "D"}};

// As a playbook's: `k=v` words, a command line; or JSON.
Result<Value> parse(const tasks::Task& module, std::string_view text) {
  const std::string_view trimmed = trim(text);
  if (trimmed.starts_with('{') && !trimmed.starts_with("{{")) {
    Value read = Value::parse(trimmed, nullptr, false);
    if (read.is_object()) return read;
    return Unexpected(Error{Code::usage, "--args: this is no JSON", ""});
  }
  auto given = playbook::parse_arguments(trimmed, module.name);
  if (!given) return Unexpected(Error{Code::usage, fmt::format("--args: {}", given.error()), ""});
  return std::move(*given);
}

// Files of this machine are named from where cef is called.
void make_absolute(const tasks::Task& module, Value& params) {
  const auto absolute = [](const std::string& path) { return std::filesystem::absolute(path).string(); };
  const bool remote = params.value("remote_src", false);
  if ((module.name == "copy" || module.name == "unarchive") && !remote && params.contains("src"))
    if (const auto src = params["src"].get<std::string>(); src.find("://") == std::string::npos)
      params["src"] = absolute(src);
  if (module.name != "script") return;
  std::string& line = params[params.contains("cmd") ? "cmd" : "_raw_params"].get_ref<std::string&>();
  const auto end = std::min(line.find(' '), line.size());
  line = absolute(line.substr(0, end)) + line.substr(end);
}

class Perform {
 public:
  // `shows_diff`: as a unified diff, for people.
  Perform(const tasks::Task& module, tasks::Arguments arguments, bool shows_diff, remote::OnInterrupt on_interrupt)
      : module_(module), arguments_(std::move(arguments)), shows_diff_(shows_diff), on_interrupt_(on_interrupt) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    tasks::Arguments arguments = arguments_;
    auto verdict = co_await remote::perform(module_, std::move(arguments), link, on_interrupt_, remote::Live());
    if (shows_diff_ && !verdict.diff.is_null()) verdict.diff = diff_text(verdict.diff, false);
    co_return remote::outcome_of(std::move(verdict));
  }

 private:
  const tasks::Task& module_;
  tasks::Arguments arguments_;
  bool shows_diff_;
  remote::OnInterrupt on_interrupt_;
};

Error usage(std::string message, std::string hint) { return {Code::usage, std::move(message), std::move(hint)}; }

int run(const Verb& verb, Context& context) {
  if (context.operands.empty())
    return complain(usage("which module is to be run?", "cef task MODULE -a 'k=v ...' SELECTOR..."));
  if (context.operands.size() > 1)
    return complain(
        usage(fmt::format("'{}' does not choose hosts: a plain word is the module", context.operands[1]),
              fmt::format("cef task {} -l {}, or group=NAME, host=NAME", context.operands[0], context.operands[1])));
  const auto module = playbook::module_of(context.operands.front());
  if (!module) return complain(usage(module.error(), "docs/modules.md lists what there is"));
  if ((*module)->name == std::string_view("template"))
    return complain(usage("template needs a play: only that knows the variables of hosts",
                          "cef play renders it; cef task copy sends a file as it is"));
  auto given = parse(**module, context.arguments.text("args").value_or(""));
  if (!given) return complain(given.error());
  auto params = tasks::read_params(**module, *given);
  if (!params) return complain(params.error());
  // A literal of other programs, or a slip: ansible would put the host's value there.
  if (const std::string all = params->dump();
      all.find("{{") != std::string::npos || all.find("{%") != std::string::npos)
    warn("the arguments are sent as they are: cef task renders no templates, cef play does");
  make_absolute(**module, *params);
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return complain(on_interrupt.error());
  tasks::Arguments arguments;
  arguments.params = std::move(*params);
  arguments.check = context.arguments.has("check");
  arguments.diff = context.arguments.has("diff");
  const bool check = arguments.check, diff = arguments.diff;
  const auto format = format_of(context.options);
  if (!format) return complain(format.error());
  const Perform perform(**module, std::move(arguments), diff && *format == render::Format::table, *on_interrupt);
  Verb own = verb;
  own.columns = (*module)->columns();
  return execute(own, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.work = [&perform](runner::Link& link, transport::Session&) { return perform(link); };
    orders.dry_run = check;
    orders.default_timeout = Milliseconds(3'600'000);
    orders.needs_root = (*module)->needs_root;
    if (diff)
      orders.output_field = "diff";
    else if ((*module)->free_form)
      orders.output_field = "stdout";
    return orders;
  });
}

}  // namespace

Verb task_verb() {
  return {
      .name = "task",
      .summary = "run one playbook module on each host",
      .usage = "MODULE [-a 'k=v ...'] SELECTOR... [options]",
      .details =
          "Modules are those of Ansible, by their names and with their arguments; docs/modules.md lists them. "
          "Arguments "
          "may be JSON too. What takes root (packages, services, users) is done by sudo, unless root logs in; all else "
          "as "
          "the user who logs in, or with -b. Default --timeout: 1h.",
      .examples = {"cef task copy -a 'content=hello dest=/etc/motd' group=rpi -b -C -D",
                   "cef task apt -a 'name=chrony state=present' group=rpi",
                   "cef task stat -a 'path=/etc/machine-id' group=all --format json"},
      .options = {std::begin(options), std::end(options)},
      .columns = {},
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
