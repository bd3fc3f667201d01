#include "questions.hpp"

#include <cef/engine/engine.hpp>

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace cef::engine {

using transport::Clock;

namespace {

// How long the reader of a run that was stopped has for the rest, unless it was by Ctrl-C: whoever pressed that may
// read on, and press it again.
constexpr Milliseconds reader_grace{5000};

bool is_left_out(const HostResult& result) { return result.error && result.error->code == Code::circuit_open; }

// Of this machine's disk, and no host's.
bool is_own_failure(const HostResult& result) { return result.error && result.error->code == Code::io_failed; }

}  // namespace

Engine::Engine(Observer& observer)
    : observer_(observer), ssh_(io_, stop_), local_(io_, stop_, ssh_.breaker()), signals_(io_, SIGINT, SIGTERM) {
  struct sigaction hang_up {};
  if (::sigaction(SIGHUP, nullptr, &hang_up) == 0 && hang_up.sa_handler != SIG_IGN) signals_.add(SIGHUP);
  std::signal(SIGPIPE, SIG_IGN);
}

Engine::~Engine() {
  if (begun_) observer_.end();
}

// An exception in here would pass through the runner, and leave its hosts where they are.
template <class Telling>
void Engine::tell(Telling telling) {
  if (bug_) return;
  try {
    telling();
  } catch (...) {
    bug_ = std::current_exception();
    stop_.request(Code::interrupted);
  }
}

// The first signal stops the run in an orderly way, the second one at once.
void Engine::listen() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    const bool again = signal_ != 0;
    tell([&] { observer_.interrupted(again); });
    if (again && !leaving_) ::_exit(number == SIGINT ? exit_interrupted : exit_terminated);
    hurried_ = leaving_;
    signal_ = number;
    stop_.request(Code::interrupted);
    listen();
  });
}

void Engine::start(std::optional<Milliseconds> deadline) {
  begun_ = true;
  observer_.begin(io_, [this] { asio::post(io_, [this] { look_at_reader(); }); });
  listen();
  if (!deadline) return;
  deadline_.expires_after(*deadline);
  deadline_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    hurried_ = leaving_;
    stop_.request(Code::deadline);
  });
}

void Engine::look_at_reader() {
  const auto reader = observer_.reader();
  if (reader == Observer::Reader::failed || reader == Observer::Reader::gone) stop_.request(Code::interrupted);
  if (reader == Observer::Reader::has_all) tell([&] { observer_.caught_up(); });
}

void Engine::show(const std::string& host, bool is_stderr, std::string_view text) {
  if (!text.empty()) tell([&] { observer_.said(host, is_stderr, text); });
}

void Engine::said(const std::string& host, bool is_stderr, std::string_view bytes) {
  if (secrets_.empty())
    show(host, is_stderr, bytes);
  else
    show(host, is_stderr, saying_.try_emplace({host, is_stderr}, secrets_).first->second.pass(bytes));
  look_at_reader();
}

bool Engine::record_host_keys() {
  const auto failures = ssh_.save_known_hosts();
  for (const Error& error : failures)
    observer_.complain({error.code, fmt::format("host keys are not recorded: {}", error.message),
                        "the next run meets them as unknown ones; fix that, or name another file with --known-hosts"});
  return failures.empty();
}

// Says once for every reason how many hosts were left out.
void Engine::explain_stop(const std::vector<HostResult>& results) {
  std::vector<std::pair<const Error*, std::size_t>> reasons;
  for (const HostResult& result : results) {
    if (!is_left_out(result)) continue;
    const auto same = std::find_if(reasons.begin(), reasons.end(),
                                   [&](const auto& reason) { return reason.first->message == result.error->message; });
    if (same == reasons.end())
      reasons.emplace_back(&*result.error, 1);
    else
      ++same->second;
  }
  for (const auto& [error, hosts] : reasons)
    observer_.complain(
        {Code::circuit_open,
         fmt::format("stopped early, {} {} left out: {}", hosts, hosts == 1 ? "host" : "hosts", error->message),
         error->hint});
}

// The reader of the results may take its time; a signal that comes now ends that, and so does the deadline.
void Engine::wait_for_reader() {
  leaving_ = true;
  asio::steady_timer grace(io_);
  if (stop_.requested() && signal_ != SIGINT) {
    grace.expires_after(reader_grace);
    grace.async_wait([this](boost::system::error_code error) { hurried_ = hurried_ || !error; });
  }
  io_.restart();
  while (!hurried_ && observer_.reader() == Observer::Reader::behind) io_.run_one();
}

int Engine::leave(Ending ending, bool dry_run) {
  ending.kept = (dry_run || record_host_keys()) && ending.kept;
  wait_for_reader();
  const auto reader = observer_.reader();
  observer_.end();
  begun_ = false;
  ending.signal = signal_;
  ending.deadline = ending.deadline || (hurried_ && signal_ == 0);
  ending.reader_gone = reader == Observer::Reader::gone;
  if (reader == Observer::Reader::behind)
    observer_.complain({Code::io_failed, "not all results were read in time; what was not is lost", ""});
  if (!ending.reader_gone && reader != Observer::Reader::behind)
    if (const auto closed = observer_.close(); !closed) {
      ending.shown = false;
      observer_.complain(closed.error());
    }
  return exit_code(ending);
}

int Engine::run(Orders orders, Recorder recorder) {
  std::unique_ptr<transport::Executor> own_ssh, watched;
  transport::Executor* ssh = &ssh_;
  if (orders.executor) ssh = (own_ssh = orders.executor(*ssh)).get();
  recorder.mask(secrets_);
  Questions questions(io_, stop_,
                      {[this] { return ssh_.take_unknown_keys(); },
                       [this](const transport::UnknownKey& key) { return ssh_.accept(key); }},
                      observer_, orders.jobs);
  const bool may_ask = questions.any();
  if (may_ask) ssh = (watched = questions.around(*ssh)).get();

  Report report;
  report.started = std::chrono::system_clock::now();
  report.verb = orders.verb;
  report.run = recorder.begin(report.started);
  start(orders.deadline);
  runner::Events events;
  events.started = [&](const runner::Job& job, std::size_t running) {
    questions.started(job);
    tell([&] { observer_.started(running); });
  };
  const auto over = [&](HostResult& result, std::size_t running) {
    mask(secrets_, result);
    for (const bool is_stderr : {false, true})
      if (auto rest = saying_.extract({result.host, is_stderr})) show(result.host, is_stderr, rest.mapped().end());
    tell([&] { observer_.done(result, running); });
    if (!observer_.needs_records()) store::shorten(result.data, store::Journal::kept_bytes);
    look_at_reader();
  };
  events.done = over;
  events.noted = [&](const runner::Job& job, std::string_view text) {
    tell([&] { observer_.noted(job.host, secrets_.mask(std::string(text))); });
  };
  if (may_ask)
    events.again = [&](const runner::Job& job, const HostResult& result) { return questions.again(job, result); };
  const auto begin = Clock::now();
  report.results = runner::run(io_, stop_, {*ssh, local_}, orders.jobs, orders.thresholds.around(orders.work),
                               orders.limits, std::move(events));
  report.duration_ms = to_ms(Clock::now() - begin);
  if (!orders.places.empty()) {
    std::vector<HostResult> results(report.results.size());
    for (std::size_t i = 0; i < results.size(); ++i) results[orders.places[i]] = std::move(report.results[i]);
    report.results = std::move(results);
  }
  if (orders.joined)
    for (HostResult& result : orders.joined()) {
      over(result, 0);
      report.results.push_back(std::move(result));
    }

  Ending ending;
  ending.summary = summarise(report);
  ending.deadline =
      stop_.requested() && stop_.reason() == Code::deadline && ending.summary.failed + ending.summary.skipped > 0;
  ending.stopped_early = std::any_of(report.results.begin(), report.results.end(), is_left_out);
  tell([&] {
    orders.thresholds.warn_of_missing(report, [this](std::string_view message) { observer_.warn(message); });
    observer_.finish(report);
    ending.kept = (!orders.keep || orders.keep(report)) && std::ranges::none_of(report.results, is_own_failure);
    if (ending.stopped_early && !ending.deadline && signal_ == 0) explain_stop(report.results);
  });
  int code = exit_internal;
  if (!bug_) code = leave(ending, orders.dry_run);
  // The loop has run for the last time: a signal ends the process by itself now, also while another one has the
  // journal.
  signals_.clear();
  if (const auto recorded = recorder.end(report, code); !recorded)
    observer_.warn(fmt::format("{}: the results of this run are not recorded{}{}", recorded.error().message,
                               recorded.error().hint.empty() ? "" : "; ", recorded.error().hint));
  if (bug_) std::rethrow_exception(bug_);
  return code;
}

}  // namespace cef::engine
