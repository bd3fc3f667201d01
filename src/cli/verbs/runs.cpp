// cef runs: what the journal has.
#include "console/output.hpp"
#include "console/view.hpp"
#include "past/choose_runs.hpp"
#include "past/find_run.hpp"
#include "past/journal_options.hpp"
#include "past/stored.hpp"
#include "verbs.hpp"

#include <cef/core/moment.hpp>
#include <cef/render/render.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <ctime>
#include <map>
#include <utility>

namespace cef::cli {

namespace {

std::string local_time(store::Time time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm local{};
  localtime_r(&seconds, &local);
  return fmt::format("{:%Y-%m-%d %H:%M:%S}", local);
}

// `3 min ago`
std::string ago(store::Time time, store::Time now) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(now - time).count());
  constexpr std::int64_t minute = 60, hour = 3600, day = 86400;
  if (seconds < 2 * minute) return fmt::format("{} s ago", seconds);
  if (seconds < 2 * hour) return fmt::format("{} min ago", seconds / minute);
  if (seconds < 2 * day) return fmt::format("{} h ago", seconds / hour);
  return fmt::format("{} d ago", seconds / day);
}

// `ok`, or how many were not and why; of one without results, what became of it.
std::string result_of(const store::RunRecord& run) {
  if (!run.exit_code) return store::is_running(run) ? "running" : "killed";
  std::string text;
  for (const auto& [count, word] :
       {std::pair(run.summary.failed, "failed"), std::pair(run.summary.unreachable, "unreach."),
        std::pair(run.exit_code == exit_stopped_early ? run.summary.skipped : 0, "not run"),
        std::pair(run.summary.violated, "crossed")})
    if (count > 0) text += fmt::format("{}{} {}", text.empty() ? "" : " ", count, word);
  return text.empty() ? "ok" : text;
}

std::string short_id(const std::string& id) { return id.substr(id.rfind('-') + 1); }

// Of a retry, what it did again.
std::string command_of(const store::Journal& journal, const store::RunRecord& run) {
  if (run.retry_of.empty()) return command_line(run);
  auto first = journal.run(run.retry_of);
  for (int depth = 0; first && !first->retry_of.empty() && depth < 100; ++depth) first = journal.run(first->retry_of);
  if (!first) return command_line(run);
  return fmt::format("retry of {}: {}", short_id(run.retry_of), command_line(*first));
}

HostResult row_of(const store::Journal& journal, const store::RunRecord& run, store::Time now) {
  const bool running = store::is_running(run);
  const auto text = [](const std::string& value) { return value.empty() ? Value(nullptr) : Value(value); };
  const auto count = [&](std::size_t value) { return run.exit_code ? Value(value) : Value(nullptr); };
  HostResult row;
  row.host = run.id;
  row.duration_ms = run.duration_ms;
  Value& data = row.data;
  data["run"] = run.id;
  data["id"] = short_id(run.id);
  data["ago"] = ago(run.started, now);
  data["result"] = result_of(run);
  data["command"] = command_of(journal, run);
  data["started"] = utc_time(run.started);
  data["started_local"] = local_time(run.started);
  data["verb"] = run.verb;
  data["command_line"] = command_line(run);
  data["words"] = run.words;
  data["selectors"] = run.selectors;
  data["state"] = run.exit_code ? "ended" : running ? "running" : "killed";
  data["exit_code"] = run.exit_code ? Value(*run.exit_code) : Value(nullptr);
  data["exit"] = run.exit_code ? Value(*run.exit_code) : data["state"];
  data["duration_ms"] = run.exit_code ? Value(run.duration_ms) : Value(nullptr);
  data["hosts"] = count(run.summary.hosts);
  data["ok"] = count(run.summary.ok);
  data["changed"] = count(run.summary.changed);
  data["failed"] = count(run.summary.failed);
  data["unreachable"] = count(run.summary.unreachable);
  data["skipped"] = count(run.summary.skipped);
  data["retry_of"] = text(run.retry_of);
  data["inventory"] = run.inventory;
  data["directory"] = run.directory;
  data["user"] = run.user;
  data["machine"] = run.machine;
  data["version"] = run.version;
  return row;
}

store::Journal::Filter filter_of(const Context& context) {
  store::Journal::Filter filter{.last = SIZE_MAX, .since = {}, .verb = {}, .id_prefix = {}};
  const Arguments& given = context.arguments;
  if (const auto since = given.duration("since")) {
    filter.since = std::chrono::system_clock::now() - *since;
  }
  if (!filter.since || given.has("last")) filter.last = static_cast<std::size_t>(given.number("last").value());
  filter.verb = given.text("verb").value_or("");
  return filter;
}

int prune(const Context& context, store::Journal& journal) {
  const auto limits = journal_limits(context.options);
  if (!limits) return complain(limits.error());
  const auto pruned = journal.prune(*limits, std::chrono::system_clock::now(), true);
  if (!pruned) return complain(pruned.error());
  Output output(context.options.text("output"));
  output.write_text(fmt::format("{} run{} removed; {:.1f} MB of {:.1f} MB left\n", pruned->runs,
                                pruned->runs == 1 ? "" : "s", static_cast<double>(pruned->bytes_after) / 1e6,
                                static_cast<double>(pruned->bytes_before) / 1e6));
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

int run(const Verb& verb, Context& context) {
  auto choice = parse_run_choice(context.selectors);
  if (!choice) return complain(choice.error());
  choice->failed = context.arguments.has("failed");
  for (const char* option : {"status", "fold"})
    if (context.options.is_typed(option))
      return complain({Code::usage, fmt::format("--{} has no meaning for runs", option),
                       "--failed lists those that did not end well, --where 'exit==6' those that ended so"});
  auto filter = filter_of(context);
  // Those that are not meant do not count.
  const std::size_t last = filter.last;
  const bool is_filtered = context.options.is_typed("where") && !context.arguments.has("last");
  if (choice->any() || is_filtered)
    filter.last = SIZE_MAX;
  else if (filter.last != SIZE_MAX)
    ++filter.last;
  const bool pruning = context.arguments.has("prune");
  auto journal = open_journal(context.options, pruning ? store::Journal::Access::write : store::Journal::Access::read);
  if (!journal) return complain(journal.error());
  if (pruning) return prune(context, *journal);
  auto runs = journal->runs(filter);
  if (runs && choice->any()) runs = choose_runs(*journal, *std::move(runs), *choice, last);
  if (!runs) return complain(runs.error());
  if (runs->empty())
    return complain({Code::nothing_matched, "no recorded run matches", "cef runs lists the last ones"});
  const bool has_more = !choice->any() && !is_filtered && runs->size() > last;
  if (has_more) runs->pop_back();
  Report report;
  report.verb = verb.name;
  report.started = std::chrono::system_clock::now();
  for (const store::RunRecord& each : *runs) report.results.push_back(row_of(*journal, each, report.started));
  // Two of one short id are told apart by the whole one.
  std::map<std::string, int> same;
  for (const HostResult& row : report.results) ++same[row.data["id"].get<std::string>()];
  for (HostResult& row : report.results)
    if (same[row.data["id"].get<std::string>()] > 1) row.data["id"] = row.host;
  const int code = print_report(verb, context, report, [](render::View& view) {
    view.noun = "run";
    view.kept = "data.command";
  });
  if (has_more && context.terminal.out && !context.options.flag("quiet"))
    note(fmt::format("the last {}: --last N and --since TIME list more, words and host= others", last));
  return code;
}

}  // namespace

Verb runs_verb() {
  const auto number = [](const char* name, const char* field, const char* help, bool extra) {
    return Column{name, field, Unit::none, Align::right, help, extra};
  };
  return {
      .name = "runs",
      .summary = "list the runs of the journal, newest first; contacts no host",
      .usage = "[host=HOST] [WORD...] [options]",
      .details =
          "Every run that contacts hosts is recorded, with what it found on each of them. --since lists all from then "
          "on. host= keeps runs that one of these hosts was in, plain words those with them in their command line. An "
          "id may be shortened elsewhere, to its beginning or to its last four letters.",
      .examples = {"cef runs", "cef runs host=w01 --failed", "cef runs nginx --since 7d",
                   "cef runs --format names --last 1", "cef runs --prune"},
      .options = {{.name = "last",
                   .value = "N",
                   .help = "at most so many",
                   .kind = Param::Kind::number,
                   .otherwise = "20",
                   .least = 1},
                  {.name = "since",
                   .value = "TIME",
                   .help = "those that began in the last 90s, 5m, 2h, 7d",
                   .kind = Param::Kind::duration},
                  {.name = "verb", .value = "NAME", .help = "those of one verb"},
                  {.name = "failed",
                   .help = "those that did not end well: whose exit code was not 0, or that were killed",
                   .kind = Param::Kind::flag},
                  {.name = "prune",
                   .help = "remove what is too old or too much now, and give the space back",
                   .kind = Param::Kind::flag}},
      .columns = {{"id", "data.id", Unit::none, Align::left, "the end of its id"},
                  {"run", "host", Unit::none, Align::left, "its whole id", true},
                  {"when", "data.ago", Unit::none, Align::right, "how long ago it began"},
                  {"started", "data.started_local", Unit::none, Align::left, "when it began, local time", true},
                  number("hosts", "data.hosts", "how many it worked on", false),
                  {"result", "data.result", Unit::none, Align::left, "how many of them did not do well"},
                  number("ok", "data.ok", "how many did well", true),
                  number("changed", "data.changed", "... and were changed", true),
                  number("failed", "data.failed", "failed", true),
                  number("unreachable", "data.unreachable", "could not be logged in to", true),
                  number("exit", "data.exit", "exit code; or `running`, or `killed`", false),
                  {"time", "data.duration_ms", Unit::milliseconds, Align::right, "how long it took"},
                  {"command", "data.command", Unit::none, Align::left, "what was typed; of a retry, what it repeated"},
                  {"verb", "data.verb", Unit::none, Align::left, "what it did", true},
                  {"user", "data.user", Unit::none, Align::left, "who ran it", true},
                  {"directory", "data.directory", Unit::none, Align::left, "and where", true},
                  {"retry_of", "data.retry_of", Unit::none, Align::left, "the run that it repeated", true}},
      .run = run,
  };
}

}  // namespace cef::cli
