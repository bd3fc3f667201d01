// cef watch: a probe's table that renews itself, on a terminal; elsewhere a line for each host and round.
#include "run/watch.hpp"

#include "console/view.hpp"
#include "run/judge.hpp"
#include "verbs.hpp"

#include <cef/core/moment.hpp>
#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>
#include <cef/remote/probe_work.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>
#include <utility>

namespace cef::cli {

namespace {

// A connection that has died shows after three of these.
constexpr Milliseconds watch_keepalive{5000};

constexpr std::size_t watched_output = 65536;  // of a command, in each round

struct Subject {
  std::string name = "snapshot";
  std::optional<Error> slip;  // a word is nearly the name of one; what to say if it names no host either
};

// The word among the selectors that names what is to be watched is taken out. Errors: usage.
Result<Subject> take_subject(Context& context) {
  std::vector<std::string> names{"snapshot"};
  for (const probes::Probe* probe : probes::all()) names.emplace_back(probe->name);
  names.emplace_back("exec");
  Subject subject;
  bool named = false;
  std::vector<std::string> others;
  for (const std::string& word : context.selectors) {
    if (std::ranges::find(names, word) == names.end()) {
      const auto near = word.find('=') == std::string::npos ? nearest(word, names) : std::nullopt;
      if (near && !subject.slip)
        subject.slip = Error{Code::usage, fmt::format("there is no '{}' to watch: did you mean '{}'?", word, *near),
                             fmt::format("what can be watched: {}", fmt::join(names, ", "))};
      others.push_back(word);
      continue;
    }
    if (named)
      return Unexpected(Error{Code::usage,
                              fmt::format("one thing can be watched, not both {} and {}", subject.name, word),
                              "snapshot, the default, shows all; a group of that name is group=NAME"});
    subject.name = word;
    named = true;
  }
  context.selectors = std::move(others);
  const bool has_command = std::ranges::any_of(context.command, [](const std::string& word) { return !word.empty(); });
  if (has_command && !named) subject.name = "exec";
  if (has_command && subject.name != "exec")
    return Unexpected(Error{Code::usage, fmt::format("watch {} takes no command after --", subject.name),
                            "cef watch exec ... -- COMMAND watches one"});
  if (!has_command && subject.name == "exec")
    return Unexpected(
        Error{Code::usage, "no command to watch", "put it after --, as in: cef watch exec rpi -- cat /proc/loadavg"});
  return subject;
}

runner::Work command_work(std::string text) {
  return [text = std::move(text)](runner::Link& link, transport::Session& session) -> asio::awaitable<runner::Outcome> {
    auto command = link.job().command(text, link.job().become);
    command.streams.output_limit = watched_output;
    runner::Outcome outcome;
    auto ran = co_await session.exec(std::move(command), link.deadline());
    if (!ran) {
      outcome.error = ran.error();
      co_return outcome;
    }
    outcome.error = judge(*ran);
    outcome.data["rc"] = ran->signal.empty() ? Value(ran->status) : Value(nullptr);
    const std::string_view said = trim(ran->out);
    outcome.data["output"] = first_line(said);
    outcome.data["stdout"] = std::move(ran->out);
    outcome.data["stderr"] = std::move(ran->err);
    co_return outcome;
  };
}

WatchPlan plan_of(const Context& context, const std::string& subject) {
  WatchPlan plan;
  plan.subject = subject;
  plan.interval = context.arguments.duration("interval").value();
  plan.count = static_cast<int>(context.arguments.number("count").value_or(0));
  if (subject == "exec") {
    std::string text;
    for (const std::string& word : context.command) text += (text.empty() ? "" : " ") + word;
    plan.subject = text;
    std::ranges::replace(plan.subject, '\n', ' ');
    plan.work = command_work(std::move(text));
  } else if (const probes::Probe* probe = probes::find(subject)) {
    plan.work = remote::probe_work(probes::command_line(*probe), probe->parse);
  } else {
    plan.work = remote::probe_work(probes::snapshot_command_line(), probes::parse_snapshot);
  }
  return plan;
}

// What is shown of a command in each round: its first line; all of it with --columns or --format ndjson.
Verb shown_as(const std::string& subject) {
  Verb verb = *find_verb(subject);
  if (subject != "exec") return verb;
  verb.columns = {{"rc", "data.rc", Unit::none, Align::right, "exit status"},
                  {"time", "duration_ms", Unit::milliseconds, Align::right, "login and command"},
                  {"output", "data.output", Unit::none, Align::left, "first line of its output"},
                  {"stdout", "data.stdout", Unit::none, Align::left, "all of it", true},
                  {"stderr", "data.stderr", Unit::none, Align::left, "standard error", true}};
  return verb;
}

// A row as soon as the host has answered, under the columns of those before it.
class Rows {
 public:
  Rows(render::ScreenTable table, bool header, bool bold, render::Writer write)
      : table_(std::move(table)), header_(header), bold_(bold), write_(std::move(write)) {}

  void print(std::size_t host, int round, const HostResult& result) {
    const auto now = transport::Clock::now();
    table_.set(host, result, now);
    std::string text;
    if (std::exchange(header_, false)) {
      const std::string line = fmt::format("TIME      ROUND  {}", table_.draw(0, 0, 0, now).front());
      text = bold_ ? fmt::format("\x1b[1m{}\x1b[0m\n", line) : line + '\n';
    }
    const auto when = fmt::localtime(std::chrono::system_clock::now());
    for (const std::string& line : table_.draw_host(host, now))
      text += fmt::format("{:%H:%M:%S}  {:>5}  {}\n", when, round, line);
    write_(text);
  }

 private:
  render::ScreenTable table_;
  bool header_, bold_;
  render::Writer write_;
};

std::string as_json(int round, const HostResult& result) {
  Value line;
  line["time"] = utc_time(std::chrono::system_clock::now());
  line["round"] = round;
  line.update(render::to_json(result));
  return render::dump(line) + '\n';
}

bool is_smart_terminal(const Terminal& terminal) {
  const char* kind = std::getenv("TERM");
  return terminal.out && kind && *kind && std::string_view(kind) != "dumb" && Screen().keyboard() >= 0;
}

int run(const Verb&, Context& context) {
  const auto subject = take_subject(context);
  if (!subject) return complain(subject.error());
  auto plan = plan_of(context, subject->name);
  const auto format = format_of(context.options);
  if (!format) return complain(format.error());
  const bool at_end = *format != render::Format::table && *format != render::Format::ndjson;
  if (at_end && plan.count == 0)
    return complain(
        {Code::usage,
         fmt::format("watch has no end that --format {} could wait for", context.options.text("format").value_or("")),
         "--count N gives it one; table and ndjson come as the answers do"});

  const probes::Probe* probe = probes::find(subject->name);
  auto prepared = prepare(context, probe ? probe->timeout : remote::snapshot_timeout, false);
  if (!prepared)
    return complain(subject->slip && prepared.error().code == Code::nothing_matched ? *subject->slip
                                                                                    : prepared.error());
  std::vector<std::string> names;
  for (runner::Job& job : prepared->jobs) {
    names.push_back(job.host);
    if (!context.options.is_forced("keepalive")) job.target.keepalive = std::min(job.target.keepalive, watch_keepalive);
  }

  Output output(std::nullopt);
  const auto write = output.writer();
  const bool json = *format == render::Format::ndjson;
  const bool full_screen = !json && !at_end && is_smart_terminal(context.terminal);
  auto view = make_view(shown_as(subject->name), context, false);
  if (!view) return complain(view.error());
  const bool colour = view->colour, header = view->header, only_failures = view->only_failures;
  auto table = render::ScreenTable::make(std::move(*view), names, full_screen);
  if (!table) return complain(table.error());
  if (const auto given = give_passwords(*prepared, context, false); !given) return complain(given.error());
  if (full_screen) {
    plan.screen.emplace(title_of(plan), std::move(*table), colour);
    Watch watch(std::move(*prepared), std::move(plan), output);
    return watch.go(context.options);
  }
  std::unique_ptr<render::Renderer> renderer;  // of the last answers
  if (at_end) {
    auto last = make_view(shown_as(subject->name), context, false);
    auto made = last ? render::make_renderer(*format, std::move(*last), write)
                     : Result<std::unique_ptr<render::Renderer>>(Unexpected(last.error()));
    if (!made) return complain(made.error());
    renderer = std::move(*made);
    plan.finish = [&renderer, verb = subject->name](Report report) {
      report.verb = verb;
      report.started = std::chrono::system_clock::now();
      for (const HostResult& result : report.results) renderer->result(result);
      renderer->finish(report);
    };
    plan.print = [](std::size_t, int, const HostResult&) {};
    Watch watch(std::move(*prepared), std::move(plan), output);
    return watch.go(context.options);
  }
  Rows rows(std::move(*table), header, colour, write);
  plan.print = [&](std::size_t host, int round, const HostResult& result) {
    if (only_failures && !result.error) return;
    if (json)
      write(as_json(round, result));
    else
      rows.print(host, round, result);
  };
  Watch watch(std::move(*prepared), std::move(plan), output);
  return watch.go(context.options);
}

}  // namespace

Verb watch_verb() {
  return {
      .name = "watch",
      .summary = "a live table of a snapshot, or of one probe; sessions stay open between rounds",
      .usage = "[PROBE] SELECTOR... [options], or exec SELECTOR... [options] -- COMMAND...",
      .details =
          "On a terminal the table fills the screen and renews itself until q or Ctrl-C; ? lists the keys. A host that "
          "does "
          "not answer in time shows as late or unreachable, with its former values dimmed, and delays no other. "
          "Elsewhere "
          "each answer is a line as it comes (--format ndjson: an object), and --count ends it. Unknown host keys are "
          "not "
          "asked about. Rounds are not recorded in the journal. The exit code is that of the hosts' last answers; one "
          "that "
          "is late counts as failed.",
      .examples = {"cef watch rpi", "cef watch temp rpi --interval 2s --sort -cpu",
                   "cef watch exec rpi -n 2 -- cat /proc/loadavg", "cef watch all --count 3 --format ndjson"},
      .options = {{.name = "interval",
                   .value = "TIME",
                   .help = "from the beginning of a round to that of the next",
                   .kind = Param::Kind::duration,
                   .otherwise = "5s",
                   .shorthand = "n",
                   .least = 100,
                   .most = 86'400'000},
                  {.name = "count",
                   .value = "N",
                   .help = "stop after N rounds",
                   .kind = Param::Kind::number,
                   .least = 1,
                   .most = 1'000'000'000}},
      .run = run,
      .hears_command = true,
  };
}

}  // namespace cef::cli
