// cef exec: one shell command, or one local script, on every host.
#include "past/repeat.hpp"
#include "run/judge.hpp"
#include "run/run_verb.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <cef/core/shell.hpp>
#include <cef/remote/supervisor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <csignal>

namespace cef::cli {

namespace {

// What is the same for all hosts.
struct Plan {
  std::string text, input;
  std::size_t output_limit = 0;
  std::shared_ptr<transport::OutputTotal> total;
};

// Of the output of a command that was ended because it wrote too much, to show what it was.
constexpr std::size_t kept_end = 1024;

std::string joined(const std::vector<std::string>& words, bool quoted) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + (quoted ? shell_quote(word) : word);
  return text;
}

// The program that reads the script from its standard input: that of its first line, or sh.
std::string interpreter(std::string_view script) {
  std::string program = "/bin/sh";
  if (script.starts_with("#!")) {
    std::string_view line = script.substr(2, script.find('\n') - 2);
    while (!line.empty() && (line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
    while (!line.empty() && line.front() == ' ') line.remove_prefix(1);
    if (!line.empty()) program = line;
  }
  const std::string_view name = std::string_view(program).substr(program.find_last_of("/ ") + 1);
  constexpr std::string_view shells[] = {"sh", "bash", "dash", "ash", "ksh", "zsh"};
  const bool shell = std::find(std::begin(shells), std::end(shells), name) != std::end(shells);
  return program + (shell ? " -s --" : " -");
}

// Every host holds its own until it has sent it.
constexpr std::size_t most_input = std::size_t{8} << 20U;
constexpr auto kept_input = "standard input";  // among the files of a recorded run

// For --stdin: all of cef's own standard input, or that of the run that is repeated.
Result<std::string> read_input(Context& context) {
  if (const auto kept = context.files.find(kept_input); kept != context.files.end()) return kept->second;
  const auto reads_it = [](const std::string& word) {
    return word.ends_with("=-") || word.find(",-") != std::string::npos;
  };
  if (std::ranges::any_of(context.selectors, reads_it))
    return Unexpected(Error{Code::usage, "standard input cannot be both the hosts' names and what --stdin gives them",
                            "host=@FILE reads names from a file"});
  auto text = standard_input(most_input)();
  if (!text)
    return Unexpected(
        Error{Code::usage, fmt::format("--stdin: {}", text.error().message), "cef push brings large files to hosts"});
  context.files[kept_input] = *text;
  return text;
}

// The words that name hosts are those; the others were to be the command.
Error no_command(const Context& context) {
  constexpr auto message = "no command";
  const auto inventory = load_inventory(context.options, [](std::string_view) {});
  std::vector<std::string> hosts, command;
  for (const std::string& word : context.selectors) {
    const bool is_host = word.find('=') != std::string::npos || (inventory && inventory::is_known(*inventory, word)) ||
                         (!inventory && hosts.empty());
    (is_host ? hosts : command).push_back(word);
  }
  if (command.empty())
    return {Code::usage, message,
            fmt::format("put it after --, as in: cef exec {} -- uptime", hosts.empty() ? "rpi" : joined(hosts, false))};
  // All that stands from there on, what was taken for options too.
  const std::vector<std::string> typed(std::ranges::find(context.words, command.front()), context.words.end());
  return {Code::usage, message,
          fmt::format("put it after --: cef exec {} -- {}", hosts.empty() ? "HOSTS" : joined(hosts, false),
                      joined(typed.empty() ? command : typed, false))};
}

Result<Plan> make_plan(Context& context) {
  Plan plan;
  const bool has_input = context.arguments.has("stdin");
  if (has_input && context.arguments.has("script"))
    return Unexpected(Error{Code::usage, "--stdin has no meaning with --script, which is sent as standard input", ""});
  if (const auto script = context.arguments.text("script")) {
    auto bytes = read_kept(context, *script);
    if (!bytes) return Unexpected(Error{Code::usage, fmt::format("--script: {}", bytes.error().message), ""});
    if (bytes->empty()) return Unexpected(Error{Code::usage, fmt::format("--script: {} is empty", *script), ""});
    plan.text = interpreter(*bytes);
    if (!context.command.empty()) plan.text += " " + joined(context.command, true);
    plan.input = std::move(*bytes);
  } else {
    plan.text = joined(context.command, false);
    if (plan.text.find_first_not_of(" \t\n") == std::string::npos) return Unexpected(no_command(context));
  }
  if (has_input) {
    auto input = read_input(context);
    if (!input) return Unexpected(input.error());
    plan.input = std::move(*input);
  }
  plan.output_limit = static_cast<std::size_t>(context.arguments.size("output-limit").value());
  plan.total = std::make_shared<transport::OutputTotal>(
      static_cast<std::size_t>(context.arguments.size("total-output-limit").value()));
  return plan;
}

// Starts it and leaves it to the host. Hosts share the first part of its id.
runner::Work start(const Plan& plan, const std::string& shared) {
  return [plan, shared](runner::Link& link, auto&...) -> asio::awaitable<runner::Outcome> {
    const runner::Job& job = link.job();
    const std::string id = remote::job_id_on(shared, job.host);
    remote::Account account{job.become, job.become_password};
    remote::Supervisor supervisor(link, std::move(account));
    remote::Assignment assignment{plan.text, plan.input, "exec", plan.output_limit};
    const auto started = co_await supervisor.start(id, std::move(assignment), link.deadline());
    runner::Outcome outcome;
    if (!started) outcome.error = started.error();
    outcome.data["job"] = id;
    if (started && *started)
      outcome.data["warning"] = "the host may end it with this login (KillUserProcesses in its logind.conf)";
    co_return outcome;
  };
}

// The first and the last of it, and how much there was; the total has room for others again.
void keep_ends(Value& data, const char* name, std::string text, transport::OutputTotal& total) {
  const std::size_t size = text.size();
  if (size > 3 * kept_end) {
    text = fmt::format("{}\n[... {} bytes left out ...]\n{}", std::string_view(text).substr(0, kept_end),
                       size - 2 * kept_end, std::string_view(text).substr(size - kept_end));
    total.used -= size - text.size();
    data[fmt::format("{}_truncated", name)] = true;
    data[fmt::format("{}_bytes", name)] = size;
  }
  data[name] = std::move(text);
}

// `pkill -f x` finds the shell that runs it, whose command line has that x.
std::string hint_of_signal(std::string_view command) {
  const auto at = command.find("pkill");
  if (at == std::string_view::npos || command.find(" -f", at) == std::string_view::npos) return "";
  return "pkill -f matches the shell that runs it, too: write its first letter in brackets, as in pkill -f '[n]ginx'";
}

runner::Work work(const Plan& plan, const LiveSink& sink) {
  return [plan, sink](runner::Link& link, transport::Session& session) -> asio::awaitable<runner::Outcome> {
    const runner::Job& job = link.job();
    runner::Outcome outcome;
    auto command = job.command(plan.text, job.become);
    command.input = plan.input;
    command.streams.output_limit = plan.output_limit;
    command.streams.total = plan.total;
    // Kept here: a command that is given up has no result, but what it said until then counts.
    command.streams.keeps_output = false;
    command.streams.limits_output = true;
    std::string out, err;
    command.streams.on_output = [&](bool is_stderr, std::string_view bytes) {
      (is_stderr ? err : out) += bytes;
      sink(job.host, is_stderr, bytes);
    };
    auto ran = co_await session.exec(std::move(command), link.deadline());
    if (!ran) {
      outcome.error = ran.error();
      outcome.data["rc"] = nullptr;
      if (outcome.error->code == Code::output_limit) {
        outcome.error->hint = out.size() + err.size() < plan.output_limit
                                  ? "write the output to files on the hosts, or raise --total-output-limit"
                                  : "write the output to a file on the host, or raise --output-limit";
        keep_ends(outcome.data, "stdout", std::move(out), *plan.total);
        keep_ends(outcome.data, "stderr", std::move(err), *plan.total);
        co_return outcome;
      }
      outcome.data["stdout"] = std::move(out);
      outcome.data["stderr"] = std::move(err);
      co_return outcome;
    }
    outcome.error = judge(*ran);
    // The login shell may be the one that waits for the killed one.
    if (!ran->signal.empty() || ran->status == 128 + SIGTERM) outcome.error->hint = hint_of_signal(plan.text);
    outcome.data["rc"] = ran->signal.empty() ? Value(ran->status) : Value(nullptr);
    if (!ran->signal.empty()) outcome.data["signal"] = ran->signal;
    outcome.data["stdout"] = std::move(out);
    outcome.data["stderr"] = std::move(err);
    co_return outcome;
  };
}

// Lines as they come are a table's alone. What a recorded run was given is not held against the one that repeats it.
Result<void> check_stream(const Context& context) {
  if (!context.arguments.has("stream") || !context.retry_of.empty()) return {};
  const auto refuse = [](std::string_view other) {
    return Unexpected(Error{Code::usage, fmt::format("--stream has no meaning with {}", other), ""});
  };
  const std::string format = context.options.text("format").value_or("table");
  if (format != "table") return refuse("--format " + format);
  if (context.options.flag("fold")) return refuse("--fold");
  return {};
}

int run(const Verb& verb, Context& context) {
  if (const auto streams = check_stream(context); !streams) return complain(streams.error());
  const auto plan = make_plan(context);
  if (!plan) return complain(plan.error());
  if (context.arguments.has("detach")) {
    if (context.arguments.has("stream"))
      return complain({Code::usage, "--stream has no meaning with --detach", "cef jobs attach shows what it says"});
    Verb detached = verb;
    detached.columns = {{"job", "data.job", Unit::none, Align::left, "its id, for cef jobs"},
                        {"warning", "data.warning", Unit::none, Align::left, "what may end it", false, {}, true}};
    const std::string shared = remote::new_job_id().substr(0, 8);
    return execute(detached, context, [&](const LiveSink&) {
      VerbOrders orders;
      orders.work = start(*plan, shared);
      orders.default_timeout = std::chrono::minutes(1);
      return orders;
    });
  }
  return execute(verb, context, [&](const LiveSink& sink) {
    VerbOrders orders;
    orders.work = work(*plan, sink);
    orders.default_timeout = std::chrono::hours(1);
    orders.output_field = "stdout";
    orders.live = true;
    orders.always_live = context.arguments.has("stream");
    return orders;
  });
}

}  // namespace

Verb exec_verb() {
  return {
      .name = "exec",
      .summary = "run a shell command, or a local script, on each host",
      .usage = "SELECTOR... [options] -- COMMAND...",
      .details =
          "The command runs in the user's login shell, with nothing on its standard input unless --stdin says so. With "
          "one host its output is shown as it "
          "comes. When the time is up or cef is interrupted, the command and everything it started is ended on the "
          "host. "
          "Default --timeout: 1h.",
      .examples = {"cef exec rpi -- uptime", "cef exec all -F -- cat /etc/debian_version",
                   "cef exec w01 --script setup.sh -- first second", "cef exec rpi --stdin -- 'cat >~/motd' <motd",
                   "cef exec group=rpi --stream --timeout 10m -- make -C /srv/app",
                   "cef exec group=rpi --detach -- make -C /srv/app"},
      .options = {{.name = "script",
                   .value = "FILE",
                   .help = "run this local script; words after -- are its arguments",
                   .kind = Param::Kind::path},
                  {.name = "stdin",
                   .help = "cef's standard input, read once, is that of the command on each host; at most 8 MiB",
                   .kind = Param::Kind::flag},
                  {.name = "stream",
                   .help = "show lines as they come, each with its host's name",
                   .kind = Param::Kind::flag},
                  {.name = "detach",
                   .help = "start it and leave it: it goes on by itself; cef jobs tells how it ends",
                   .kind = Param::Kind::flag},
                  {.name = "output-limit",
                   .value = "SIZE",
                   .help = "most output kept of one host; more ends its command",
                   .kind = Param::Kind::size,
                   .otherwise = "8M"},
                  {.name = "total-output-limit",
                   .value = "SIZE",
                   .help = "of all hosts together; beyond it those that wrote more than 64K are ended",
                   .kind = Param::Kind::size,
                   .otherwise = "1G"}},
      .columns = {{"rc", "data.rc", Unit::none, Align::right, "exit status"},
                  {"time", "duration_ms", Unit::milliseconds, Align::right, "login and command"},
                  {"stdout", "data.stdout", Unit::none, Align::left, "standard output", true},
                  {"stderr", "data.stderr", Unit::none, Align::left, "standard error", true}},
      .run = run,
      .hears_command = true,
  };
}

}  // namespace cef::cli
