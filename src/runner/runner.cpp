#include "batches.hpp"

#include <cef/runner/runner.hpp>
#include <cef/transport/gate.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <map>
#include <random>
#include <string_view>
#include <utility>

namespace cef::runner {

using transport::Clock;
using transport::Deadline;
using transport::Gate;
using transport::no_deadline;
using transport::no_patience_limit;

namespace {

// Hosts that do not answer must not keep others waiting: a login that is not done after this may lend its places.
constexpr Milliseconds login_patience{500};

// Failures that another try soon after may well not meet: the server was busy or the connection was cut. One that
// refuses or stays silent is not asked twice.
bool passing(Code code) { return code == Code::connection_reset || code == Code::throttled; }

Deadline after(Clock::time_point start, Milliseconds time) { return time.count() > 0 ? start + time : no_deadline; }

class Run {
 public:
  Run(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs, Work work,
      const Limits& limits, Events events)
      : io_(io),
        stop_(stop),
        executors_(executors),
        jobs_(std::move(jobs)),
        work_(std::move(work)),
        limits_(limits),
        events_(std::move(events)),
        batches_(jobs_.size(), limits),
        results_(jobs_.size()),
        logins_(io, stop, std::max<std::size_t>(1, limits.logins)),
        forks_(io, stop, std::max<std::size_t>(1, limits.forks)),
        sessions_(io, stop, std::max<std::size_t>(1, limits.sessions)) {}

  std::vector<HostResult> go() {
    if (jobs_.empty()) return {};
    asio::co_spawn(io_, feed_batches(), rethrow);
    io_.restart();
    io_.run();
    return std::move(results_);
  }

 private:
  // What a host holds while it is worked on.
  struct Places {
    Gate::Place session, fork, login, at_site;
    Gate* site = nullptr;
  };

  static void rethrow(const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  }

  // Batch after batch, each when the one before is done.
  asio::awaitable<void> feed_batches() {
    std::size_t begin = 0;
    for (;;) {
      start_feeding(begin, batches_.end());
      begin = batches_.end();
      if (begin == jobs_.size()) co_return;
      co_await finished(begin);
      if (stop_.requested() || batches_.all_failed()) break;
      batches_.next();
    }
    for (std::size_t i = begin; i < jobs_.size(); ++i) skip(i);
  }

  // One feeder for all hosts of a batch, in order; and one for each site of many, so that what a site must wait for
  // keeps no other host waiting.
  void start_feeding(std::size_t begin, std::size_t end) {
    const std::size_t limit = std::max<std::size_t>(1, limits_.logins_per_site);
    std::map<std::string_view, std::vector<std::size_t>> sites;
    for (std::size_t i = begin; i < end; ++i)
      if (!jobs_[i].site.empty()) sites[jobs_[i].site].push_back(i);
    const bool binds = limit < std::min(limits_.logins, limits_.forks);
    std::vector<bool> apart(jobs_.size());
    for (auto& [name, members] : sites) {
      if (!binds || members.size() <= limit) continue;
      for (const std::size_t i : members) apart[i] = true;
      Gate& gate = site_gates_.emplace_back(io_, stop_, limit);
      asio::co_spawn(io_, feed(std::move(members), &gate), rethrow);
    }
    std::vector<std::size_t> others;
    for (std::size_t i = begin; i < end; ++i)
      if (!apart[i]) others.push_back(i);
    asio::co_spawn(io_, feed(std::move(others), nullptr), rethrow);
  }

  // Starts hosts in order as places become free.
  asio::awaitable<void> feed(std::vector<std::size_t> hosts, Gate* site) {
    for (std::size_t n = 0; n < hosts.size(); ++n) {
      const std::size_t i = hosts[n];
      Gate::Place site_place;
      if (site) site_place = co_await site->enter(no_deadline, false, login_patience);
      auto session_place = co_await sessions_.enter(no_deadline, false, no_patience_limit);
      auto fork_place = co_await forks_.enter(no_deadline, false, login_patience);
      auto login_place = co_await logins_.enter(no_deadline, false, login_patience);
      // Not whether the places are still there: one of them may have been lent while another was waited for.
      if (stop_.requested() || batches_.reason()) {
        for (; n < hosts.size(); ++n) skip(hosts[n]);
        co_return;
      }
      ++running_;
      if (events_.started) events_.started(jobs_[i], running_);
      Places places{std::move(session_place), std::move(fork_place), std::move(login_place), std::move(site_place),
                    site};
      asio::co_spawn(io_, host(i, std::move(places)), rethrow);
    }
  }

  void skip(std::size_t index) {
    HostResult result;
    result.status = Status::skipped;
    result.error = batches_.reason() && !stop_.requested()
                       ? Error{Code::circuit_open, fmt::format("not started: {}", *batches_.reason()), ""}
                       : stop_.error();
    finish(index, std::move(result));
  }

  // Until the first `hosts` are done, or the run is stopped.
  asio::awaitable<void> finished(std::size_t hosts) {
    while (finished_ < hosts && !stop_.requested()) {
      asio::steady_timer timer(io_, no_deadline);
      const transport::Stop::Registration wake(stop_, [&timer] { timer.cancel(); });
      batch_timer_ = &timer;
      boost::system::error_code ignored;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      batch_timer_ = nullptr;
    }
  }

  asio::awaitable<void> host(std::size_t index, Places places) {
    const auto start = Clock::now();
    HostResult result;
    try {
      result = co_await attempt(jobs_[index], start, places);
    } catch (const std::exception& bug) {
      result.status = Status::failed;
      result.error = Error{Code::internal, bug.what(), ""};
    }
    result.duration_ms = to_ms(Clock::now() - start);
    // Now, and not with this coroutine's frame, which may outlive the run in the loop's queue.
    places = {};
    --running_;
    finish(index, std::move(result));
  }

  void finish(std::size_t index, HostResult result) {
    result.host = jobs_[index].host;
    result.groups = jobs_[index].groups;
    mask_secrets(result);
    // Nothing was tried there.
    if (result.error && result.error->code == Code::circuit_open) result.status = Status::skipped;
    count(jobs_[index], result);
    results_[index] = std::move(result);
    if (events_.done) events_.done(results_[index], running_);
    // Timers of loans that nobody waits for any more must not keep the loop running.
    if (++finished_ == jobs_.size()) io_.stop();
    if (batch_timer_) batch_timer_->cancel();
  }

  void count(const Job& job, const HostResult& result) {
    // An unknown key that is asked about is no failure yet.
    const bool open =
        job.target.host_key == HostKeyPolicy::ask && result.error && result.error->code == Code::host_key_unknown;
    if (result.status == Status::skipped)
      batches_.note_skipped();
    else if ((result.status == Status::failed || result.status == Status::unreachable) && !open)
      batches_.note_failure();
  }

  asio::awaitable<HostResult> attempt(const Job& job, Clock::time_point start, Places& places) {
    if (job.refused) co_return failure("", {}, *job.refused);
    const Deadline deadline = after(start, job.timeout);
    const Deadline login_deadline = std::min(deadline, after(start, job.connect_timeout));
    transport::LoginTimes times;
    int attempts = 0;
    auto session = co_await log_in(job, login_deadline, times, attempts);
    places.login = {};
    places.at_site = {};
    logins_.note_progress();
    if (places.site) places.site->note_progress();
    forks_.note_progress();

    HostResult result;
    if (session && !places.fork) places.fork = co_await forks_.enter(deadline, true, no_patience_limit);
    places.fork.keep();
    if (!session) {
      result = failure("", {}, session.error());
    } else if (!places.fork) {
      result = failure("", {},
                       stop_.requested()
                           ? stop_.error()
                           : Error{Code::command_timeout, "no place to run the command became free in time", ""});
    } else {
      auto outcome = co_await work_(**session, job, deadline);
      result.status = outcome.status;
      if (outcome.error) result = failure("", {}, std::move(*outcome.error));
      result.data = std::move(outcome.data);
    }
    result.attempts = attempts;
    result.stages = stages(times);
    co_return result;
  }

  asio::awaitable<Result<std::unique_ptr<transport::Session>>> log_in(const Job& job, Deadline deadline,
                                                                      transport::LoginTimes& times, int& attempts) {
    transport::Executor& executor = job.local ? executors_.local : executors_.ssh;
    for (;;) {
      ++attempts;
      times = {};
      auto session = co_await executor.connect(job.target, deadline, times);
      if (session || attempts > limits_.retries || !passing(session.error().code) || stop_.requested())
        co_return session;
      // Half a second, doubled each time, spread so that hosts behind one server do not come back together.
      const auto spread = std::uniform_int_distribution<int>(250, 750)(random_);
      const auto at = Clock::now() + Milliseconds(spread << std::min(attempts - 1, 6));
      if (at >= deadline) co_return session;
      asio::steady_timer pause(io_, at);
      const transport::Stop::Registration wake(stop_, [&pause] { pause.cancel(); });
      boost::system::error_code ignored;
      co_await pause.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
  }

  static Value stages(const transport::LoginTimes& times) {
    Value value;
    const std::pair<const char*, std::optional<double>> all[] = {{"resolve_ms", times.resolve_ms},
                                                                 {"connect_ms", times.connect_ms},
                                                                 {"handshake_ms", times.handshake_ms},
                                                                 {"auth_ms", times.auth_ms}};
    for (const auto& [name, ms] : all)
      if (ms) value[name] = *ms;
    return value;
  }

  asio::io_context& io_;
  transport::Stop& stop_;
  Executors executors_;
  std::vector<Job> jobs_;
  Work work_;
  Limits limits_;
  Events events_;
  Batches batches_;
  asio::steady_timer* batch_timer_ = nullptr;  // of feed(), while it waits for a batch
  std::vector<HostResult> results_;
  std::size_t running_ = 0, finished_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  Gate logins_, forks_, sessions_;
  std::deque<Gate> site_gates_;
};

}  // namespace

std::vector<HostResult> run(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs,
                            Work work, const Limits& limits, Events events) {
  return Run(io, stop, executors, std::move(jobs), std::move(work), limits, std::move(events)).go();
}

}  // namespace cef::runner
