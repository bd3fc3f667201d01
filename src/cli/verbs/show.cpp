// cef show: the results of a recorded run, as the run itself showed them.
#include "console/error_stream.hpp"
#include "console/output.hpp"
#include "console/view.hpp"
#include "past/find_run.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

#include <map>

namespace cef::cli {

namespace {

// The run's hosts as an inventory, so that selectors and --limit mean here what they mean everywhere.
inventory::Inventory inventory_of(const Report& report) {
  std::vector<inventory::Host> hosts;
  std::vector<inventory::Group> groups{{"all", {}, {}, Value::object()}};
  std::map<std::string, std::size_t> known{{"all", 0}};
  for (const HostResult& result : report.results) {
    inventory::Host host;
    host.name = result.host;
    host.groups = result.groups;
    groups.front().hosts.push_back(result.host);
    for (const std::string& name : result.groups) {
      if (known.try_emplace(name, groups.size()).second) groups.push_back({name, {}, {}, Value::object()});
      groups[known[name]].hosts.push_back(result.host);
    }
    hosts.push_back(std::move(host));
  }
  return {std::move(hosts), std::move(groups)};
}

// What a selection says of the inventory is here true of the run's own hosts.
std::string of_run(std::string message) {
  constexpr std::string_view place = "not in the inventory";
  if (const auto at = message.find(place); at != std::string::npos)
    message.replace(at, place.size(), "not in that run");
  return message;
}

Result<void> narrow(Report& report, const std::vector<std::string>& words, const Options& options) {
  if (!chooses_any(words, options) && options.values("exclude").empty()) return {};
  const auto inventory = inventory_of(report);
  const auto chosen = select_hosts_or_all(inventory, words, options);
  if (!chosen)
    return Unexpected(Error{chosen.error().code, fmt::format("run {}: {}", report.run, of_run(chosen.error().message)),
                            chosen.error().hint});
  std::vector<HostResult> results;
  for (const std::size_t index : *chosen) results.push_back(std::move(report.results[index]));
  report.results = std::move(results);
  return {};
}

// What `cef play` recorded of each host's tasks.
int print_tasks(const Context& context, const Report& report) {
  Output output(context.options.text("output"));
  bool any = false;
  for (const HostResult& result : report.results) {
    const Value tasks = result.data.is_object() ? result.data.value("tasks", Value()) : Value();
    if (!tasks.is_array()) continue;
    any = true;
    std::string text = fmt::format("{}: {}\n", result.host, name_of(result.status));
    for (const Value& task : tasks)
      text += fmt::format("  {:<12} {:>8.1f} s  {}  {}\n", task.value("status", ""),
                          task.value("duration_ms", 0.0) / 1000, task.value("task", ""), task.value("place", ""));
    output.write_text(text);
  }
  if (!any) return complain({Code::usage, fmt::format("run {} was no play: it has no tasks", report.run), ""});
  if (const auto written = output.finish(); !written) return complain(written.error());
  return exit_ok;
}

int run(const Verb&, Context& context) {
  if (context.selectors.empty()) return complain({Code::usage, "which run?", "cef show last, or an id from cef runs"});
  const std::string word = context.selectors.front();
  const auto journal = open_journal(context.options, store::Journal::Access::read);
  if (!journal) return complain(journal.error());
  const auto found = find_ended_run(*journal, word);
  if (!found) return complain(found.error());
  auto report = journal->report(*found);
  if (!report) return complain(report.error());
  if (const auto done = narrow(*report, {context.selectors.begin() + 1, context.selectors.end()}, context.options);
      !done)
    return complain(done.error());
  if (context.verbosity() > 0)
    write_error(
        fmt::format("run {} by {} on {}: cef {}\n", found->id, found->user, found->machine, command_line(*found)));
  if (context.arguments.has("tasks")) return print_tasks(context, *report);
  const Verb* its = find_verb(found->verb);
  return print_report(its ? *its : Verb{}, context, *report,
                      [&](render::View& view) { view.output_field = found->output_field; });
}

}  // namespace

Verb show_verb() {
  return {
      .name = "show",
      .summary = "show the results of a recorded run again; contacts no host",
      .usage = "RUN [SELECTOR...] [options]",
      .details =
          "RUN is an id, the beginning of one, `last`, or -1, -2, ... counted from the last. Of each text at most 64 "
          "KiB "
          "are kept; `stdout_truncated` says so. The exit code is 0 whatever that of the run was.",
      .examples = {"cef show last", "cef show -2 host=rpi[6401-6403]", "cef show 20261123T101500Z --format json",
                   "cef show last --tasks host=w01"},
      .options = {{.name = "tasks",
                   .help = "of a play: each host's tasks, and how they ended",
                   .kind = Param::Kind::flag}},
      .run = run,
  };
}

}  // namespace cef::cli
