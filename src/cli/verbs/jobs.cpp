// cef jobs: what goes on by itself on hosts, or has ended there and was not collected.
#include "run/judge.hpp"
#include "run/on_interrupt.hpp"
#include "run/run_verb.hpp"
#include "run/task_job.hpp"
#include "verbs.hpp"

#include <cef/core/moment.hpp>
#include <cef/remote/supervisor.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <unistd.h>

namespace cef::cli {

namespace {

using remote::Account;
using remote::JobEntry;
using remote::JobState;
using remote::Supervisor;

// What is to be done, the same for all hosts.
struct Plan {
  std::string what = "list";
  std::string id;
  bool follow = false;
  remote::OnInterrupt on_interrupt = remote::OnInterrupt::leave;
};

Result<Plan> make_plan(const Context& context) {
  constexpr std::string_view with_id[] = {"show", "logs", "attach", "kill"};
  const auto wrong = [](std::string message) {
    return Unexpected(Error{Code::usage, std::move(message), "cef jobs --help lists what there is"});
  };
  Plan plan;
  const std::vector<std::string>& words = context.operands;
  if (!words.empty()) plan.what = words.front();
  const bool has_id = std::ranges::find(with_id, plan.what) != std::end(with_id);
  if (!has_id && plan.what != "list" && plan.what != "clean")
    return wrong(fmt::format("jobs does not know '{}': it has list, show, logs, attach, kill and clean", plan.what));
  if (has_id && words.size() < 2) return wrong(fmt::format("which job? jobs {} wants its id", plan.what));
  if (words.size() > (has_id ? 2u : 1u))
    return wrong(fmt::format("jobs {} has no use for '{}'", plan.what, words[has_id ? 2 : 1]));
  if (has_id) plan.id = words[1];
  if (has_id && !remote::is_job_id(plan.id)) return wrong(fmt::format("'{}' is not the id of a job", plan.id));
  plan.follow = context.arguments.has("follow");
  if (plan.follow && plan.what != "logs") return wrong(fmt::format("--follow has no meaning for jobs {}", plan.what));
  const auto on_interrupt = on_interrupt_of(context.options);
  if (!on_interrupt) return Unexpected(on_interrupt.error());
  plan.on_interrupt = *on_interrupt;
  return plan;
}

// Whose jobs are looked at: those of the user who logs in, and of the one whom sudo makes of that.
std::vector<Account> accounts_of(const runner::Job& job) {
  std::vector<Account> accounts{{}};
  const bool is_the_same =
      job.local ? ::geteuid() == 0 && job.become_user == "root" : job.target.user == job.become_user;
  if (!is_the_same) accounts.push_back({job.become_user, job.become_password});
  return accounts;
}

bool is_no_account(const Error& error) {
  return stage_of(error.code) == Stage::become || error.code == Code::command_not_found ||
         error.code == Code::circuit_open;
}

Value moment(const std::optional<std::int64_t>& seconds) {
  if (!seconds) return nullptr;
  return utc_time(std::chrono::system_clock::time_point(std::chrono::seconds(*seconds)));
}

Value record_of(const JobEntry& entry) {
  return {{"id", entry.id},
          {"label", entry.label},
          {"command", entry.label == "exec" ? Value(entry.command) : Value(nullptr)},  // else a script of cef's own
          {"state", std::string(remote::name_of(entry.state))},
          {"started", moment(entry.started)},
          {"ended", moment(entry.ended)},
          {"rc", entry.rc ? Value(*entry.rc) : Value(nullptr)}};
}

struct Found {
  Account account;
  JobEntry entry;
};

// One host's answer to the verb.
class Work {
 public:
  Work(Plan plan, LiveSink sink) : plan_(std::move(plan)), sink_(std::move(sink)) {}

  asio::awaitable<runner::Outcome> operator()(runner::Link& link) const {
    if (plan_.what == "list") return list(link);
    if (plan_.what == "clean") return clean(link);
    return one(link);
  }

 private:
  // Of all accounts. That there is no sudo for this user is no failure: then it has started nothing by sudo either.
  asio::awaitable<Result<std::vector<Found>>> look(runner::Link& link, std::string id, runner::Outcome& outcome) const {
    std::vector<Found> found;
    bool own = true;
    for (Account& account : accounts_of(link.job())) {
      Supervisor supervisor(link, account);
      const auto entries = co_await supervisor.list(id, link.deadline());
      if (!entries && (own || !is_no_account(entries.error()))) co_return Unexpected(entries.error());
      if (!entries) outcome.data["unseen"] = std::string(name_of(entries.error().code));
      if (entries)
        for (const JobEntry& entry : *entries) found.push_back({account, entry});
      own = false;
    }
    std::ranges::stable_sort(found, {}, [](const Found& one) { return one.entry.started; });
    co_return found;
  }

  asio::awaitable<runner::Outcome> list(runner::Link& link) const {
    runner::Outcome outcome;
    outcome.data["jobs"] = Value::array();
    const auto found = co_await look(link, "", outcome);
    if (!found)
      outcome.error = found.error();
    else
      for (const Found& one : *found) outcome.data["jobs"].push_back(record_of(one.entry));
    co_return outcome;
  }

  asio::awaitable<runner::Outcome> clean(runner::Link& link) const {
    runner::Outcome outcome;
    outcome.data["jobs"] = Value::array();
    bool own = true;
    for (Account& account : accounts_of(link.job())) {
      Supervisor supervisor(link, std::move(account));
      const auto removed = co_await supervisor.clean(link.deadline());
      if (!removed && (own || !is_no_account(removed.error()))) {
        outcome.error = removed.error();
        co_return outcome;
      }
      if (removed)
        for (const JobEntry& entry : *removed) outcome.data["jobs"].push_back(record_of(entry));
      own = false;
    }
    if (!outcome.data["jobs"].empty()) outcome.status = Status::changed;
    co_return outcome;
  }

  asio::awaitable<runner::Outcome> one(runner::Link& link) const {
    runner::Outcome outcome;
    const std::string id = remote::job_id_on(plan_.id, link.job().host);
    auto found = co_await look(link, id, outcome);
    if (!found || found->empty()) {
      outcome.error = found ? Error{Code::job_lost, fmt::format("there is no job {} on the host", id),
                                    "cef jobs lists what there is: of the user who logs in, and what sudo may see"}
                            : found.error();
      co_return outcome;
    }
    Found& its = found->front();
    Supervisor supervisor(link, std::move(its.account));
    if (plan_.what == "kill") {
      const auto ended = co_await supervisor.kill(id, link.deadline());
      if (!ended) outcome.error = ended.error();
      if (ended && *ended) {
        outcome.status = Status::changed;
        its.entry.state = JobState::killed;
      }
    }
    outcome.data["jobs"] = Value::array({record_of(its.entry)});
    if (plan_.what == "show" || plan_.what == "kill") co_return outcome;
    auto task = plan_.what == "attach" ? TaskJob::of(its.entry.label) : std::nullopt;
    if (task)
      co_await follow(link, supervisor, id, std::move(*task), outcome);
    else
      co_await follow(link, supervisor, id, outcome);
    co_return outcome;
  }

  // One whose output is for its task: that tells what the verb would have.
  asio::awaitable<void> follow(runner::Link& link, Supervisor& supervisor, std::string id, TaskJob task,
                               runner::Outcome& outcome) const {
    remote::Watch watch;
    watch.until = link.deadline();
    watch.on_interrupt = plan_.on_interrupt;
    watch.on_output = [&](bool is_stderr, std::string_view bytes) {
      if (is_stderr) return;
      if (const std::string note = task.hear(bytes); !note.empty()) link.note(note);
    };
    auto attached = supervisor.attach(id, std::move(watch));
    const auto ran = co_await std::move(attached);
    outcome.data["rc"] = ran && ran->status >= 0 ? Value(ran->status) : Value(nullptr);
    if (!ran) {
      outcome.error = ran.error();
      co_return;
    }
    tasks::Verdict verdict = task.end(*ran);
    outcome.data.update(verdict.data);
    outcome.status = verdict.status;
    outcome.error = std::move(verdict.error);
    std::string text = tell_packages(verdict.data);
    if (outcome.error) text = verdict.data.value("output", "");
    sink_(link.job().host, false, text);
    outcome.data["stdout"] = std::move(text);
  }

  asio::awaitable<void> follow(runner::Link& link, Supervisor& supervisor, std::string id,
                               runner::Outcome& outcome) const {
    std::string out, err;
    remote::Watch watch;
    watch.until = link.deadline();
    watch.on_interrupt = plan_.on_interrupt;
    watch.on_output = [&](bool is_stderr, std::string_view bytes) {
      (is_stderr ? err : out) += bytes;
      sink_(link.job().host, is_stderr, bytes);
    };
    const bool attaches = plan_.what == "attach";
    auto attached =
        attaches ? supervisor.attach(id, std::move(watch)) : supervisor.read(id, plan_.follow, std::move(watch));
    const auto ran = co_await std::move(attached);
    if (!ran)
      outcome.error = ran.error();
    else if (attaches)
      outcome.error = judge(*ran);
    outcome.data["rc"] = ran && ran->status >= 0 ? Value(ran->status) : Value(nullptr);
    outcome.data["stdout"] = std::move(out);
    outcome.data["stderr"] = std::move(err);
  }

  Plan plan_;
  LiveSink sink_;
};

const Columns& columns() {
  static const Columns list{{"job", "data.jobs.*.id", Unit::none, Align::left, "its id"},
                            {"label", "data.jobs.*.label", Unit::none, Align::left, "the verb that started it"},
                            {"state", "data.jobs.*.state", Unit::none, Align::left, "running, done, killed or lost"},
                            {"started", "data.jobs.*.started", Unit::none, Align::left, "by the host's clock"},
                            {"ended", "data.jobs.*.ended", Unit::none, Align::left, "by the host's clock", true},
                            {"rc", "data.jobs.*.rc", Unit::none, Align::right, "exit status"},
                            {"command", "data.jobs.*.command", Unit::none, Align::left, "what runs", false, {}, true}};
  return list;
}

int run(const Verb& verb, Context& context) {
  const auto plan = make_plan(context);
  if (!plan) return complain(plan.error());
  Verb shown = verb;
  const bool shows_output = plan->what == "attach" || plan->what == "logs";
  if (shows_output)
    shown.columns = {{"rc", "data.rc", Unit::none, Align::right, "exit status"},
                     {"stdout", "data.stdout", Unit::none, Align::left, "standard output", true},
                     {"stderr", "data.stderr", Unit::none, Align::left, "standard error", true}};
  return execute(shown, context, [&](const LiveSink& sink) {
    VerbOrders orders;
    // The engine calls one work for all hosts: what it is made of lives as long as the orders.
    orders.work = [work = std::make_shared<Work>(*plan, sink)](runner::Link& link, auto&...) { return (*work)(link); };
    // Who attaches waits as long as it takes.
    orders.default_timeout = shows_output ? Milliseconds(0) : Milliseconds(60'000);
    orders.becomes = true;
    if (shows_output) {
      orders.output_field = "stdout";
      orders.live = true;
    }
    return orders;
  });
}

}  // namespace

Verb jobs_verb() {
  return {
      .name = "jobs",
      .summary = "work that goes on by itself on hosts: list it, follow it, end it",
      .usage = "[list|show ID|logs ID [--follow]|attach ID|kill ID|clean] SELECTOR... [options]",
      .details =
          "Work that outlives its link (upgrades, exec --detach) runs on under a supervisor on the host when cef is "
          "interrupted, killed or cut off. list shows what runs there and what has ended; show one of it; logs what it "
          "has said; attach waits for its end, tells it as the verb would have, and removes what is left of it on the "
          "host; kill ends it with all its children; clean removes what is left of all that has ended. Jobs of the "
          "user "
          "who logs in are seen, and those of root where sudo lets that user look. Default --timeout: 60s; attach and "
          "logs: none.",
      .examples = {"cef jobs group=rpi", "cef jobs attach 4f2a9c1b03de host=rpi6401",
                   "cef jobs logs 4f2a9c1b03de --follow host=rpi6401", "cef jobs clean group=all"},
      .options = {{.name = "follow", .help = "logs: go on until its end", .kind = Param::Kind::flag}},
      .columns = columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
