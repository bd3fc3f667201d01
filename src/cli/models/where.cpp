// cef model where: which hosts have which version, from the journal; with --verify from the hosts themselves.
#include "console/view.hpp"
#include "models.hpp"
#include "past/delivered.hpp"
#include "past/find_run.hpp"
#include "run/run_verb.hpp"

#include <cef/core/moment.hpp>
#include <cef/remote/perform.hpp>
#include <cef/render/render.hpp>
#include <cef/tasks/model.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>

namespace cef::cli {

namespace {

// What the journal has last of a host.
struct Given {
  Value record;
  std::string run, at;
};
using Known = std::map<std::string, Given>;

Result<Known> look_up(const Options& options, const models::Reference& reference) {
  const auto journal = open_journal(options, store::Journal::Access::read);
  if (!journal) return Unexpected(journal.error());
  const auto runs = journal->runs({.last = SIZE_MAX, .since = {}, .verb = {}, .id_prefix = {}});
  if (!runs) return Unexpected(runs.error());
  Known known;
  for (const store::RunRecord& run : *runs) {
    const bool delivers = run.verb == "model" || run.verb == "rollout";
    if (!delivers || !run.exit_code || was_check(run)) continue;
    const auto report = journal->report(run);
    if (!report) return Unexpected(report.error());
    for (const HostResult& result : report->results) {
      const bool done = result.status == Status::ok || result.status == Status::changed;
      if (result.data.contains("recorded")) continue;  // what --verify was told: nothing was delivered
      if (!done || text_of(result.data, "name") != reference.name || version_in(result.data).empty()) continue;
      // Newest first.
      known.try_emplace(result.host, Given{result.data, run.id, utc_time(run.started)});
    }
  }
  if (reference.version)
    std::erase_if(known, [&](const auto& each) { return version_in(each.second.record) != *reference.version; });
  return known;
}

Value record_of_host(const std::string& name, const Given& given) {
  return {{"name", name},
          {"version", version_in(given.record)},
          {"dest", text_of(given.record, "dest")},
          {"at", given.at},
          {"run", given.run}};
}

Columns columns(bool verifies) {
  Columns all{{"version", "data.version", Unit::none, Align::left, "that serves there"},
              {"dest", "data.dest", Unit::none, Align::left, "the folder"},
              {"at", "data.at", Unit::none, Align::left, "when it was deployed, or gone back to"},
              {"run", "data.run", Unit::none, Align::left, "that did so", true}};
  if (verifies)
    all.insert(all.begin() + 1, {"recorded", "data.recorded", Unit::none, Align::left, "what the journal has"});
  return all;
}

int print(const Verb& verb, const Context& context, const models::Reference& reference, const Known& known) {
  Verb shown = verb;
  shown.columns = columns(false);
  shown.columns.insert(shown.columns.begin(), {"host", "host", Unit::none, Align::left, "its name"});
  Report report;
  report.verb = verb.name;
  report.started = std::chrono::system_clock::now();
  for (const auto& [host, given] : known) {
    HostResult row;
    row.host = host;
    row.data = record_of_host(reference.name, given);
    report.results.push_back(std::move(row));
  }
  return print_report(shown, context, report);
}

Error is_gone(const tasks::Placement& placement, const std::string& version) {
  return {Code::no_such_file,
          fmt::format("{0}:{1} is gone: the link {2}/{0} leads to nothing", placement.name, version, placement.dest),
          fmt::format("cef model deploy {}:{} puts it there again", placement.name, version)};
}

// What the host says itself. The journal knows where to look.
class Look {
 public:
  Look(models::Reference reference, Known known) : reference_(std::move(reference)), known_(std::move(known)) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    runner::Outcome outcome;
    const auto given = known_.find(link.job().host);
    if (given == known_.end()) {
      outcome.status = Status::skipped;
      co_return outcome;
    }
    outcome.data = record_of_host(reference_.name, given->second);
    const std::string recorded = version_in(given->second.record);
    outcome.data["recorded"] = recorded;
    const tasks::Placement placement{text_of(outcome.data, "dest"), reference_.name, recorded, "", true};
    tasks::Step step = tasks::ask_which_serves(placement);
    step.become = link.job().become;
    const auto looked = co_await remote::perform_step(step, link, "model", remote::OnInterrupt::leave);
    const auto serving = tasks::read_which_serves(looked);
    if (!serving) outcome.error = serving.error();
    const bool none = serving && serving->version.empty();
    const bool serves = serving && !none && serving->is_there;
    outcome.data["version"] = serves ? Value(serving->version) : Value(nullptr);
    if (serving && !none && !serves) outcome.error = is_gone(placement, serving->version);
    if (none)
      outcome.error = Error{
          Code::no_such_file,
          fmt::format("no version of {} serves in {}; the journal has {}", reference_.name, placement.dest, recorded),
          "cef model deploy puts one there"};
    co_return outcome;
  }

 private:
  models::Reference reference_;
  Known known_;
};

}  // namespace

int where_model(const Verb& verb, Context& context) {
  const bool verifies = context.arguments.has("verify");
  if (const auto one = check_surplus(context, 2); !one) return complain(one.error());
  if (context.operands.size() != 2)
    return complain({Code::usage, "which model is looked for?", "cef model where NAME[:VERSION] [--verify]"});
  const auto reference = models::parse_reference(context.operands[1]);
  if (!reference) return complain(reference.error());
  if (!verifies && !context.selectors.empty())
    return complain({Code::usage, fmt::format("where has no use for '{}' without --verify", context.selectors.front()),
                     "the journal knows its hosts"});
  auto known = look_up(context.options, *reference);
  if (!known) return complain(known.error());
  if (known->empty())
    return complain(
        {Code::nothing_matched, fmt::format("the journal has no host that was given {}", context.operands[1]), ""});
  if (!verifies) return print(verb, context, *reference, *known);
  if (context.selectors.empty()) {
    std::vector<std::string> hosts;
    for (const auto& [host, given] : *known) hosts.push_back(host);
    context.selectors.push_back(fmt::format("host={}", fmt::join(hosts, ",")));
  }
  Verb shown = verb;
  shown.columns = columns(true);
  const Look look(*reference, std::move(*known));
  return execute(shown, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.default_timeout = Milliseconds(60'000);
    orders.work = [&look](runner::Link& link, transport::Session&) { return look(link); };
    return orders;
  });
}

}  // namespace cef::cli
