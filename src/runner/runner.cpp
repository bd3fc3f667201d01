#include <cef/runner/runner.hpp>
#include <cef/transport/gate.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <exception>
#include <random>
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
  Run(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs, Work work, Limits limits,
      Events events)
      : io_(io),
        stop_(stop),
        executors_(executors),
        jobs_(std::move(jobs)),
        work_(std::move(work)),
        limits_(limits),
        events_(std::move(events)),
        results_(jobs_.size()),
        logins_(io, stop, std::max<std::size_t>(1, limits.logins)),
        forks_(io, stop, std::max<std::size_t>(1, limits.forks)),
        sessions_(io, stop, std::max<std::size_t>(1, limits.sessions)) {}

  std::vector<HostResult> go() {
    if (jobs_.empty()) return {};
    asio::co_spawn(io_, feed(), rethrow);
    io_.restart();
    io_.run();
    return std::move(results_);
  }

 private:
  static void rethrow(const std::exception_ptr& error) {
    if (error) std::rethrow_exception(error);
  }

  // Starts hosts in order as places become free.
  asio::awaitable<void> feed() {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      auto session_place = co_await sessions_.enter(no_deadline, false, no_patience_limit);
      auto fork_place = co_await forks_.enter(no_deadline, false, login_patience);
      auto login_place = co_await logins_.enter(no_deadline, false, login_patience);
      // Not whether the places are still there: one of them may have been lent while another was waited for.
      if (stop_.requested()) {
        skip_from(i);
        co_return;
      }
      ++running_;
      if (events_.started) events_.started(jobs_[i], running_);
      asio::co_spawn(io_, host(i, std::move(login_place), std::move(fork_place), std::move(session_place)), rethrow);
    }
  }

  void skip_from(std::size_t first) {
    for (std::size_t i = first; i < jobs_.size(); ++i) {
      HostResult result;
      result.status = Status::skipped;
      result.error = stop_.error();
      finish(i, std::move(result));
    }
  }

  asio::awaitable<void> host(std::size_t index, Gate::Place login_place, Gate::Place fork_place,
                             Gate::Place session_place) {
    const auto start = Clock::now();
    HostResult result;
    try {
      result = co_await attempt(jobs_[index], start, std::move(login_place), std::move(fork_place));
    } catch (const std::exception& bug) {
      result.status = Status::failed;
      result.error = Error{Code::internal, bug.what(), ""};
    }
    result.duration_ms = to_ms(Clock::now() - start);
    // Now, and not with this coroutine's frame, which may outlive the run in the loop's queue.
    session_place = {};
    --running_;
    finish(index, std::move(result));
  }

  void finish(std::size_t index, HostResult result) {
    result.host = jobs_[index].host;
    result.groups = jobs_[index].groups;
    mask_secrets(result);
    results_[index] = std::move(result);
    if (events_.done) events_.done(results_[index], running_);
    // Timers of loans that nobody waits for any more must not keep the loop running.
    if (++finished_ == jobs_.size()) io_.stop();
  }

  asio::awaitable<HostResult> attempt(const Job& job, Clock::time_point start, Gate::Place login_place,
                                      Gate::Place fork_place) {
    if (job.refused) co_return failure("", {}, *job.refused);
    const Deadline deadline = after(start, job.timeout);
    const Deadline login_deadline = std::min(deadline, after(start, job.connect_timeout));
    transport::LoginTimes times;
    int attempts = 0;
    auto session = co_await log_in(job, login_deadline, times, attempts);
    login_place = {};
    logins_.note_progress();
    forks_.note_progress();

    HostResult result;
    if (session && !fork_place) fork_place = co_await forks_.enter(deadline, true, no_patience_limit);
    fork_place.keep();
    if (!session) {
      result = failure("", {}, session.error());
    } else if (!fork_place) {
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
  std::vector<HostResult> results_;
  std::size_t running_ = 0, finished_ = 0;
  std::minstd_rand random_{std::random_device{}()};
  Gate logins_, forks_, sessions_;
};

}  // namespace

std::vector<HostResult> run(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs,
                            Work work, Limits limits, Events events) {
  return Run(io, stop, executors, std::move(jobs), std::move(work), limits, std::move(events)).go();
}

}  // namespace cef::runner
