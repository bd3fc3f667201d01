// cef retry: a recorded run once more, on the hosts where it did not go well.
#include "past/find_run.hpp"
#include "past/repeat.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace cef::cli {

namespace {

enum class Reason { failed, unreachable, not_run };
constexpr std::pair<Reason, const char*> reasons[] = {
    {Reason::failed, "failed"}, {Reason::unreachable, "unreachable"}, {Reason::not_run, "not run"}};

// Why a host is to be tried again; nothing where it went well, or has nothing of the kind.
std::optional<Reason> reason_of(const HostResult& result) {
  if (result.status == Status::failed) return Reason::failed;
  if (result.status == Status::unreachable) return Reason::unreachable;
  // The run stopped before it came to it.
  return result.status == Status::skipped && result.error ? std::optional(Reason::not_run) : std::nullopt;
}

struct Again {
  std::vector<std::string> hosts;
  std::string told;  // `3 of 4 hosts again: 1 unreachable, 2 not run`
};

Result<Again> hosts_of(const store::Journal& journal, const store::RunRecord& run, const std::set<Reason>& wanted) {
  const auto report = journal.report(run);
  if (!report) return Unexpected(report.error());
  Again again;
  std::map<Reason, std::size_t> counts;
  for (const HostResult& result : report->results)
    if (const auto reason = reason_of(result); reason && wanted.contains(*reason)) {
      again.hosts.push_back(result.host);
      ++counts[*reason];
    }
  std::vector<std::string> names, told;
  for (const auto& [reason, name] : reasons) {
    if (wanted.contains(reason)) names.emplace_back(name);
    if (counts.contains(reason)) told.push_back(fmt::format("{} {}", counts[reason], name));
  }
  if (again.hosts.empty())
    return Unexpected(
        Error{Code::nothing_matched, fmt::format("no host of run {} is {}", run.id, fmt::join(names, " or ")), ""});
  again.told = fmt::format("{} of {} host{} again: {}", again.hosts.size(), report->results.size(),
                           report->results.size() == 1 ? "" : "s", fmt::join(told, ", "));
  return again;
}

Result<void> go_to(const store::RunRecord& run) {
  std::error_code error;
  if (std::filesystem::current_path(error) == run.directory && !error) return {};
  std::filesystem::current_path(run.directory, error);
  if (!error) return {};
  return Unexpected(Error{Code::usage,
                          fmt::format("run {} was started in {}: {}", run.id, run.directory, error.message()),
                          "relative paths mean something else here: run it by hand"});
}

// The first task of a play that went wrong on one of these hosts; nothing when none did.
std::optional<std::string> first_failed(const Report& report, const std::vector<std::string>& hosts) {
  std::optional<std::string> name;
  std::size_t first = SIZE_MAX;
  for (const HostResult& result : report.results) {
    if (std::ranges::find(hosts, result.host) == hosts.end() || !result.data.is_object()) continue;
    const Value tasks = result.data.value("tasks", Value::array());
    for (std::size_t i = 0; i < std::min(tasks.size(), first); ++i) {
      const std::string status = tasks[i].value("status", "");
      if (status != "failed" && status != "unreachable") continue;
      name = tasks[i].value("task", "");
      first = i;
    }
  }
  return name;
}

int run(const Verb&, Context& context) {
  if (context.selectors.size() != 1)
    return complain({Code::usage, context.selectors.empty() ? "which run?" : "retry takes one run and no selectors",
                     "cef retry last, or an id from cef runs; --limit narrows its hosts"});
  if (context.has_command)
    return complain({Code::usage, "retry repeats the run's own command", "leave out what comes after --"});
  std::set<Reason> wanted;
  for (const auto& [reason, name] : reasons)
    if (context.arguments.has(reason == Reason::not_run ? "not-run" : name)) wanted.insert(reason);
  if (wanted.empty())
    for (const auto& [reason, name] : reasons) wanted.insert(reason);

  const auto journal = open_journal(context.options, store::Journal::Access::read);
  if (!journal) return complain(journal.error());
  const auto found = find_ended_run(*journal, context.selectors.front());
  if (!found) return complain(found.error());
  const Verb* its = find_verb(found->verb);
  if (!its) return complain({Code::usage, fmt::format("run {}: there is no verb '{}'", found->id, found->verb), ""});
  if (!found->unrepeatable.empty())
    return complain(
        {Code::usage, fmt::format("run {} cannot be repeated: {}", found->id, found->unrepeatable), "run it by hand"});
  const auto again = hosts_of(*journal, *found, wanted);
  if (!again) return complain(again.error());
  std::optional<std::string> from;
  if (context.arguments.has("from-failed")) {
    const auto report = journal->report(*found);
    if (report) from = first_failed(*report, again->hosts);
    if (found->verb != "play" || !from)
      return complain({Code::usage, fmt::format("run {} has no task that failed", found->id), "only plays have tasks"});
  }

  if (const auto known = check_options(*its, context); !known) return complain(known.error());
  context.options.resolve_paths();
  if (const auto there = go_to(*found); !there) return complain(there.error());
  if (const auto ready = repeat(found->repeat, *its, context); !ready) return complain(ready.error());
  if (from) context.arguments.set("start-at-task", *from);
  context.selectors = {fmt::format("host={}", fmt::join(again->hosts, ","))};
  context.files = found->files;
  context.retry_of = found->id;
  if (context.options.text("format").value_or("table") == "table" && !context.options.flag("quiet")) note(again->told);
  return its->run(*its, context);
}

}  // namespace

Verb retry_verb() {
  return {
      .name = "retry",
      .summary = "repeat a recorded run on the hosts that failed, were unreachable or not run",
      .usage = "RUN [--failed] [--unreachable] [options]",
      .details =
          "RUN is an id, the beginning of one, `last`, or -1, -2, ... counted from the last. The verb, its options and "
          "its "
          "command are those of the run, a script is what it was then, and the folder is the same; passwords are asked "
          "anew. Options given here are added and win. The inventory is read anew: a host that is no longer there is "
          "an "
          "error.",
      .examples = {"cef retry last", "cef retry -2 --unreachable --connect-timeout 30",
                   "cef retry 20261123T1015 --failed -f 5"},
      .options = {{.name = "failed", .help = "only hosts that failed", .kind = Param::Kind::flag},
                  {.name = "from-failed",
                   .help = "of a play: begin with the first task that failed",
                   .kind = Param::Kind::flag},
                  {.name = "unreachable",
                   .help = "only hosts that could not be logged in to",
                   .kind = Param::Kind::flag},
                  {.name = "not-run",
                   .help = "only hosts that were left out when the run stopped early",
                   .kind = Param::Kind::flag}},
      .run = run,
      .hears_command = true,
  };
}

}  // namespace cef::cli
