#include "batches.hpp"
#include "host_run.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <exception>
#include <numeric>
#include <utility>

namespace cef::runner {

namespace {

class Run {
 public:
  Run(asio::io_context& io, transport::Stop& stop, Executors executors, const std::vector<Job>& jobs, Work work,
      const Limits& limits, Events events)
      : io_(io),
        stop_(stop),
        jobs_(jobs),
        limits_(limits),
        events_(std::move(events)),
        batches_(jobs_.size(), limits),
        results_(jobs_.size()),
        hosts_(io, stop, executors, std::move(work), limits) {
    hosts_.noted = events_.noted;
  }

  std::vector<HostResult> go() {
    if (jobs_.empty()) return {};
    asio::co_spawn(io_, feed_batches(), rethrow);
    io_.restart();
    io_.run();
    return std::move(results_);
  }

 private:
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
    std::vector<std::size_t> all(end - begin);
    std::iota(all.begin(), all.end(), begin);
    auto [apart, others] = by_site(jobs_, all, limits_);
    for (auto& members : apart) {
      Gate& gate = site_gates_.emplace_back(io_, stop_, std::max<std::size_t>(1, limits_.logins_per_site));
      asio::co_spawn(io_, feed(std::move(members), &gate), rethrow);
    }
    asio::co_spawn(io_, feed(std::move(others), nullptr), rethrow);
  }

  // Starts hosts in order as places become free.
  asio::awaitable<void> feed(std::vector<std::size_t> hosts, Gate* site) {
    for (std::size_t n = 0; n < hosts.size(); ++n) {
      const std::size_t i = hosts[n];
      auto places = co_await hosts_.enter(site);
      // Not whether the places are still there: one of them may have been lent while another was waited for.
      if (!may_start()) {
        for (; n < hosts.size(); ++n) skip(hosts[n]);
        co_return;
      }
      ++running_;
      if (events_.started) events_.started(jobs_[i], running_);
      asio::co_spawn(io_, host(i, std::move(places)), rethrow);
    }
  }

  void skip(std::size_t index) {
    finish(index, HostRun::skipped(jobs_[index], batches_.reason() && !stop_.requested()
                                                     ? Error{Code::circuit_open,
                                                             fmt::format("not started: {}", *batches_.reason()), ""}
                                                     : stop_.error()));
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
    Gate* const site = places.site;
    auto result = co_await hosts_.run(jobs_[index], std::move(places));
    --running_;
    while (result.error && events_.again && may_start()) {
      const bool again = co_await events_.again(jobs_[index], result);
      if (!again) break;
      auto anew = co_await hosts_.enter(site);
      if (!may_start()) break;
      ++running_;
      result = co_await hosts_.run(jobs_[index], std::move(anew));
      --running_;
    }
    finish(index, std::move(result));
  }

  bool may_start() const { return !stop_.requested() && !batches_.reason(); }

  void finish(std::size_t index, HostResult result) {
    count(result);
    results_[index] = std::move(result);
    if (events_.done) events_.done(results_[index], running_);
    // Timers of loans that nobody waits for any more must not keep the loop running.
    if (++finished_ == jobs_.size()) io_.stop();
    if (batch_timer_) batch_timer_->cancel();
  }

  void count(const HostResult& result) {
    if (result.status == Status::skipped)
      batches_.note_skipped();
    else if (result.status == Status::failed || result.status == Status::unreachable)
      batches_.note_failure();
  }

  asio::io_context& io_;
  transport::Stop& stop_;
  const std::vector<Job>& jobs_;
  Limits limits_;
  Events events_;
  Batches batches_;
  asio::steady_timer* batch_timer_ = nullptr;  // of feed(), while it waits for a batch
  std::vector<HostResult> results_;
  std::size_t running_ = 0, finished_ = 0;
  HostRun hosts_;
  std::deque<Gate> site_gates_;
};

}  // namespace

std::vector<HostResult> run(asio::io_context& io, transport::Stop& stop, Executors executors,
                            const std::vector<Job>& jobs, Work work, const Limits& limits, Events events) {
  return Run(io, stop, executors, jobs, std::move(work), limits, std::move(events)).go();
}

}  // namespace cef::runner
