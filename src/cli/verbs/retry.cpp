// cef retry: a recorded run once more, on the hosts where it did not go well.
#include "past/find_run.hpp"
#include "past/repeat.hpp"
#include "verbs.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>

namespace cef::cli {

namespace {

Result<std::vector<std::string>> hosts_of(const store::Journal& journal, const store::RunRecord& run,
                                          const std::set<Status>& statuses) {
  const auto report = journal.report(run);
  if (!report) return Unexpected(report.error());
  std::vector<std::string> hosts;
  for (const HostResult& result : report->results)
    if (statuses.contains(result.status)) hosts.push_back(result.host);
  if (!hosts.empty()) return hosts;
  std::vector<std::string_view> names;
  names.reserve(statuses.size());
  for (const Status status : statuses) names.push_back(name_of(status));
  return Unexpected(
      Error{Code::nothing_matched, fmt::format("no host of run {} is {}", run.id, fmt::join(names, " or ")), ""});
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
  std::set<Status> statuses;
  if (context.arguments.has("failed")) statuses.insert(Status::failed);
  if (context.arguments.has("unreachable")) statuses.insert(Status::unreachable);
  if (statuses.empty()) statuses = {Status::failed, Status::unreachable};

  const auto journal = open_journal(context.options, store::Journal::Access::read);
  if (!journal) return complain(journal.error());
  const auto found = find_ended_run(*journal, context.selectors.front());
  if (!found) return complain(found.error());
  const Verb* its = find_verb(found->verb);
  if (!its) return complain({Code::usage, fmt::format("run {}: there is no verb '{}'", found->id, found->verb), ""});
  if (!found->unrepeatable.empty())
    return complain(
        {Code::usage, fmt::format("run {} cannot be repeated: {}", found->id, found->unrepeatable), "run it by hand"});
  const auto hosts = hosts_of(*journal, *found, statuses);
  if (!hosts) return complain(hosts.error());
  std::optional<std::string> from;
  if (context.arguments.has("from-failed")) {
    const auto report = journal->report(*found);
    if (report) from = first_failed(*report, *hosts);
    if (found->verb != "play" || !from)
      return complain({Code::usage, fmt::format("run {} has no task that failed", found->id), "only plays have tasks"});
  }

  if (const auto known = check_options(*its, context); !known) return complain(known.error());
  context.options.resolve_paths();
  if (const auto there = go_to(*found); !there) return complain(there.error());
  if (const auto ready = repeat(found->repeat, *its, context); !ready) return complain(ready.error());
  if (from) context.arguments.set("start-at-task", *from);
  context.selectors = {fmt::format("host={}", fmt::join(*hosts, ","))};
  context.files = found->files;
  context.retry_of = found->id;
  return its->run(*its, context);
}

}  // namespace

Verb retry_verb() {
  return {
      .name = "retry",
      .summary = "repeat a recorded run on the hosts that failed or were unreachable",
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
                   .kind = Param::Kind::flag}},
      .run = run,
      .hears_command = true,
  };
}

}  // namespace cef::cli
