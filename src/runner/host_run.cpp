#include "host_run.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

namespace cef::runner {

namespace {

// More logins than these keep the processor busy for so long that each takes its memory for nothing: a further one
// waits for one of them to be done, if that is soon. One that takes much longer than so many need waits for its host.
constexpr std::size_t burst = 24;
constexpr Milliseconds burst_patience{1}, burst_loan{20};

// Failures that another try soon after may well not meet: the server was busy or the connection was cut. One that
// refuses or stays silent is not asked twice.
bool passing(Code code) { return code == Code::connection_reset || code == Code::throttled; }

// The same for a host that was there just before: while it boots it answers in many ways, or not at all.
bool on_its_way(Code code) {
  const Stage stage = stage_of(code);
  return stage == Stage::resolve || stage == Stage::connect || stage == Stage::handshake || code == Code::auth_timeout;
}

// And so is a login by key that is denied: a host that boots lets nobody in at first (pam_nologin), and of a link that
// is cut in mid-login no more is known than that the server broke off. A password is not given twice.
constexpr int most_denials = 8;

// Pauses between logins grow to half a minute; those to a host that is on its way, to some seconds.
constexpr int most_doublings = 6, doublings_on_its_way = 3;

Deadline after(Clock::time_point start, Milliseconds time) { return time.count() > 0 ? start + time : no_deadline; }

Value stages(const transport::LoginTimes& times) {
  Value value;
  const std::pair<const char*, std::optional<double>> all[] = {{"resolve_ms", times.resolve_ms},
                                                               {"connect_ms", times.connect_ms},
                                                               {"handshake_ms", times.handshake_ms},
                                                               {"auth_ms", times.auth_ms}};
  for (const auto& [name, ms] : all)
    if (ms) value[name] = *ms;
  return value;
}

}  // namespace

BySite by_site(const std::vector<Job>& jobs, const std::vector<std::size_t>& hosts, const Limits& limits) {
  const std::size_t limit = std::max<std::size_t>(1, limits.logins_per_site);
  const bool binds = limit < std::min(limits.logins, limits.forks);
  std::map<std::string_view, std::vector<std::size_t>> sites;
  if (binds)
    for (const std::size_t i : hosts)
      if (!jobs[i].site.empty()) sites[jobs[i].site].push_back(i);
  BySite split;
  for (const std::size_t i : hosts) {
    const auto site = sites.find(jobs[i].site);
    if (site == sites.end() || site->second.size() <= limit) split.others.push_back(i);
  }
  for (auto& [name, members] : sites)
    if (members.size() > limit) split.apart.push_back(std::move(members));
  return split;
}

HostRun::HostRun(asio::io_context& io, transport::Stop& stop, Executors executors, Work work, const Limits& limits)
    : io_(io),
      stop_(stop),
      executors_(executors),
      work_(std::move(work)),
      retries_(limits.retries),
      works_per_site_(limits.works_per_site),
      logins_(io, stop, std::max<std::size_t>(1, limits.logins)),
      forks_(io, stop, std::max<std::size_t>(1, limits.forks)),
      sessions_(io, stop, std::max<std::size_t>(1, limits.sessions)),
      burst_(io, stop, burst),
      pace_(logins_, std::max<std::size_t>(1, limits.logins)) {}

asio::awaitable<Places> HostRun::enter(Gate* site) {
  Places places;
  places.site = site;
  if (site) places.at_site = co_await site->enter(no_deadline, false, login_patience);
  places.session = co_await session_place(no_deadline, false);
  places.fork = co_await forks_.enter(no_deadline, false, login_patience);
  places.login = co_await logins_.enter(no_deadline, false, login_patience);
  places.burst = co_await burst_.enter(Clock::now() + burst_patience, false, burst_loan);
  co_return places;
}

HostResult HostRun::named(const Job& job, HostResult result) {
  result.host = job.host;
  result.groups = job.groups;
  // Nothing was tried there.
  if (result.error && result.error->code == Code::circuit_open) result.status = Status::skipped;
  return result;
}

HostResult HostRun::skipped(const Job& job, Error why) {
  HostResult result;
  result.status = Status::skipped;
  result.error = std::move(why);
  return named(job, std::move(result));
}

asio::awaitable<HostResult> HostRun::run(const Job& job, Places places) {
  const auto start = Clock::now();
  HostResult result;
  try {
    co_await attempt(job, start, places, result);
  } catch (const std::exception& bug) {
    result.status = Status::failed;
    result.error = Error{Code::internal, bug.what(), ""};
  }
  result.duration_ms = to_ms(Clock::now() - start);
  // Now, and not with this coroutine's frame, which may outlive the run in the loop's queue.
  places = {};
  co_return named(job, std::move(result));
}

// The place among the forks, and the turn at the site. While a host waits for its turn, hosts of other sites may have
// its place.
asio::awaitable<Result<void>> HostRun::take_turn(const Job& job, Deadline deadline, Places& places) {
  if (works_per_site_ > 0) {
    places.fork = {};
    Gate& gate = turns_.try_emplace(job.site, io_, stop_, works_per_site_).first->second;
    places.turn = co_await gate.enter(deadline, false, no_patience_limit);
  }
  if (!places.fork) places.fork = co_await forks_.enter(deadline, true, no_patience_limit);
  places.fork.keep();
  if (places.fork && (works_per_site_ == 0 || places.turn)) co_return Result<void>{};
  co_return Unexpected(no_place());
}

Error HostRun::no_place() const {
  if (stop_.requested()) return stop_.error();
  return {Code::command_timeout, "no place to run the command became free in time", ""};
}

namespace {

/// In place of the session of a host that logs in later.
class NoSession final : public transport::Session {
 public:
  asio::awaitable<Result<transport::ExecResult>> exec(transport::Command&&, Deadline) override {
    co_return Unexpected(Error{Code::internal, "a command before the login", ""});
  }
  const transport::LoginTimes& times() const override { return times_; }
  bool is_open() override { return false; }

 private:
  transport::LoginTimes times_;
};

}  // namespace

class HostRun::HostLink final : public Link {
 public:
  HostLink(HostRun& run, const Job& job, Deadline deadline, Places& places, int& attempts, transport::LoginTimes& times,
           std::unique_ptr<transport::Session> session)
      : Link(job, deadline),
        run_(run),
        places_(places),
        attempts_(attempts),
        times_(times),
        session_(std::move(session)) {}

  /// What the work is given: for one that logs in later, what says that there is no session yet.
  transport::Session& first() { return session_ ? *session_ : none_yet_; }

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds patience) override {
    if (session_ && session_->is_open()) co_return session_.get();
    if (!session_ && attempts_ == 0) co_return co_await log_in_now();
    session_.reset();
    give_turn();
    if (!places_.session) places_.session = co_await run_.session_place(deadline(), true);
    if (!places_.session) co_return Unexpected(run_.no_place());
    auto again = co_await log_in_again(std::min(deadline(), Clock::now() + patience));
    const auto turn = co_await run_.take_turn(job(), deadline(), places_);
    if (!again) co_return Unexpected(again.error());
    if (!turn) co_return Unexpected(turn.error());
    session_ = std::move(*again);
    co_return session_.get();
  }

  asio::awaitable<Login> another(transport::Target target) override {
    const Deadline until = login_deadline(deadline());
    const Places entered = co_await enter(until);
    transport::LoginTimes times;
    int attempts = 0;
    co_return co_await run_.log_in(run_.executors_.ssh, target, until, times, attempts);
  }

  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override {
    give_turn();
    if (places_.session && run_.sessions_.is_wanted())
      hang_up();
    else if (places_.session)
      run_.idle_.insert(this);
    // No guard does this: the run may be gone before this coroutine's frame is.
    std::exception_ptr bug;
    try {
      co_await std::move(until);
    } catch (...) {
      bug = std::current_exception();
    }
    run_.idle_.erase(this);
    if (bug) std::rethrow_exception(bug);
    co_return co_await run_.take_turn(job(), deadline(), places_);
  }

  // For a host that needs the place, of those that this one may wait for.
  void hang_up() {
    run_.idle_.erase(this);
    session_.reset();
    places_.session = {};
  }

  void note(std::string_view text) override {
    if (run_.noted) run_.noted(job(), text);
  }

 private:
  void give_turn() {
    places_.turn = {};
    places_.fork = {};
  }

  Deadline login_deadline(Deadline most) const { return std::min(most, after(Clock::now(), job().connect_timeout)); }

  // Before hosts that have not been started.
  asio::awaitable<Places> enter(Deadline until) {
    Places entered;
    if (places_.site) entered.at_site = co_await places_.site->enter(until, true, login_patience);
    entered.login = co_await run_.logins_.enter(until, true, login_patience);
    co_return entered;
  }

  // The first login of a host that logs in later: with the same places, and as often tried, as that of any other.
  asio::awaitable<Result<transport::Session*>> log_in_now() {
    Places entered = co_await enter(deadline());
    entered.burst = co_await run_.burst_.enter(Clock::now() + burst_patience, false, burst_loan);
    if (!places_.session) places_.session = co_await run_.session_place(deadline(), true);
    auto session = co_await run_.first_login(job(), Clock::now(), entered, times_, attempts_);
    run_.logins_.note_progress();
    if (places_.site) places_.site->note_progress();
    run_.forks_.note_progress();
    if (!session) co_return Unexpected(session.error());
    session_ = std::move(*session);
    co_return session_.get();
  }

  asio::awaitable<Login> log_in_again(Deadline until) {
    int denials = 0;
    for (int attempt = 1;; ++attempt) {
      Places entered = co_await enter(until);
      transport::LoginTimes times;
      ++attempts_;
      auto session = co_await run_.executor_of(job()).connect(job().target, login_deadline(until), times);
      entered = {};
      if (session || run_.stop_.requested()) co_return session;
      const Code code = session.error().code;
      const bool denied = code == Code::auth_denied && !job().target.password && ++denials < most_denials;
      if (!denied && !on_its_way(code)) co_return session;
      if (!co_await run_.back_off(attempt, doublings_on_its_way, until)) co_return session;
    }
  }

  HostRun& run_;
  Places& places_;
  int& attempts_;
  transport::LoginTimes& times_;
  std::unique_ptr<transport::Session> session_;
  NoSession none_yet_;
};

// Of hosts that wait for each other some keep the places that the others need: one of them gives its own up. Whoever
// waits here finds no such host, and one that begins to wait for others looks whether somebody is here.
asio::awaitable<Gate::Place> HostRun::session_place(Deadline deadline, bool ahead) {
  if (sessions_.is_full() && !idle_.empty()) (*idle_.begin())->hang_up();
  return sessions_.enter(deadline, ahead, no_patience_limit);
}

// The result is the caller's: one of its own would be in each session's memory twice more.
asio::awaitable<void> HostRun::attempt(const Job& job, Clock::time_point start, Places& places, HostResult& result) {
  if (job.refused) {
    result = failure("", {}, *job.refused);
    co_return;
  }
  const Deadline deadline = after(start, job.timeout);
  transport::LoginTimes times;
  int attempts = 0;
  Login session = std::unique_ptr<transport::Session>();
  if (!job.logs_in_later) session = co_await first_login(job, start, places, times, attempts);
  places.burst = {};
  places.login = {};
  places.at_site = {};
  if (job.logs_in_later) {
    places.session = {};
  } else {
    logins_.note_progress();
    if (places.site) places.site->note_progress();
    forks_.note_progress();
  }

  std::optional<Error> error;
  if (!session)
    error = std::move(session.error());
  else if (auto turn = co_await take_turn(job, deadline, places); !turn)
    error = std::move(turn.error());
  if (error) {
    result = failure("", {}, std::move(*error));
  } else {
    HostLink link(*this, job, deadline, places, attempts, times, std::move(*session));
    auto outcome = co_await work_(link, link.first());
    result.status = outcome.status;
    if (outcome.error) result = failure("", {}, std::move(*outcome.error));
    result.data = std::move(outcome.data);
    if (!outcome.diff.is_null()) result.data["diff"] = std::move(outcome.diff);
    result.checks = std::move(outcome.checks);
  }
  result.attempts = attempts;
  result.stages = stages(times);
}

transport::Executor& HostRun::executor_of(const Job& job) const {
  return job.local ? executors_.local : executors_.ssh;
}

asio::awaitable<HostRun::Login> HostRun::log_in(transport::Executor& executor, const transport::Target& target,
                                                Deadline deadline, transport::LoginTimes& times, int& attempts) {
  for (;;) {
    ++attempts;
    times = {};
    auto session = co_await executor.connect(target, deadline, times);
    if (session || attempts > retries_ || !passing(session.error().code) || stop_.requested()) co_return session;
    if (!co_await back_off(attempts, most_doublings, deadline)) co_return session;
  }
}

// One that was silent while the others strained its server has another try when that is done with some of them.
asio::awaitable<HostRun::Login> HostRun::first_login(const Job& job, Clock::time_point start, Places& places,
                                                     transport::LoginTimes& times, int& attempts) {
  const Deadline deadline = after(start, job.timeout);
  const auto log_in_from = [&](Clock::time_point begin) {
    return log_in(executor_of(job), job.target, std::min(deadline, after(begin, job.connect_timeout)), times, attempts);
  };
  auto begin = start;
  auto session = co_await log_in_from(begin);
  if (session || pace_.is_of_slowness(session.error().code))
    pace_.note(begin, times, job.connect_timeout, session.has_value());
  if (!session && attempts <= retries_ && !stop_.requested() && pace_.excuses(session.error().code)) {
    places.burst = {};
    places.login = {};
    places.login = co_await logins_.enter(deadline, true, no_patience_limit);
    begin = Clock::now();
    if (places.login && begin < deadline) session = co_await log_in_from(begin);
    if (session) pace_.note(begin, times, job.connect_timeout, true);
  }
  co_return session;
}

// Half a second, doubled each time, spread so that hosts behind one server do not come back together. False, without a
// pause, when that would be too late.
asio::awaitable<bool> HostRun::back_off(int attempt, int doublings, Deadline deadline) {
  const auto spread = std::uniform_int_distribution<int>(250, 750)(random_);
  const auto at = Clock::now() + Milliseconds(spread << std::min(attempt - 1, doublings));
  if (at >= deadline) co_return false;
  asio::steady_timer pause(io_, at);
  const transport::Stop::Registration wake(stop_, [&pause] { pause.cancel(); });
  boost::system::error_code ignored;
  co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  co_return true;
}

}  // namespace cef::runner
