#include "host_run.hpp"

#include <cef/runner/rounds.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <deque>
#include <numeric>
#include <utility>

namespace cef::runner {

class Rounds::State {
 public:
  State(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs, Work work,
        const Limits& limits, Schedule schedule)
      : io_(io),
        stop_(stop),
        jobs_(std::move(jobs)),
        schedule_(std::move(schedule)),
        busy_(jobs_.size()),
        hosts_(io, stop, executors, std::move(work), limits) {
    std::vector<std::size_t> all(jobs_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    auto [apart, others] = by_site(jobs_, all, limits);
    for (auto& members : apart)
      groups_.push_back(
          {std::move(members), std::make_unique<Gate>(io, stop, std::max<std::size_t>(1, limits.logins_per_site))});
    groups_.push_back({std::move(others), nullptr});
  }

  void run() {
    asio::co_spawn(io_, go(), rethrow);
    io_.restart();
    io_.run();
  }

  void pause(bool on) {
    paused_ = on;
    wake_.cancel();
  }
  bool paused() const { return paused_; }
  void set_interval(Milliseconds interval) {
    schedule_.interval = interval;
    next_ = std::min(next_, Clock::now() + interval);
    wake_.cancel();
  }
  std::optional<Clock::time_point> busy_since(std::size_t host) const { return busy_[host]; }

 private:
  // Hosts that wait for each other only: those of a site with many, or all others.
  struct Group {
    std::vector<std::size_t> hosts;
    std::unique_ptr<Gate> site;
  };

  asio::awaitable<void> go() {
    const transport::Stop::Registration wake(stop_, [this] { wake_.cancel(); });
    next_ = Clock::now();
    while (!stop_.requested()) {
      if (!paused_ && Clock::now() >= next_) {
        begin();
        if (schedule_.count > 0 && round_ == schedule_.count) break;
        // Rounds that a busy or sleeping machine has missed are not made up for.
        while (next_ <= Clock::now()) next_ += schedule_.interval;
      }
      co_await wait(paused_ ? no_deadline : next_);
    }
    while (under_way_ > 0) co_await wait(no_deadline);
    io_.stop();
  }

  asio::awaitable<void> wait(Deadline until) {
    wake_.expires_at(until);
    boost::system::error_code ignored;
    co_await wake_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }

  void begin() {
    const auto idle = [this](std::size_t host) { return !busy_[host]; };
    bool any = false;
    for (Group& group : groups_) {
      std::vector<std::size_t> members;
      std::copy_if(group.hosts.begin(), group.hosts.end(), std::back_inserter(members), idle);
      if (members.empty()) continue;
      if (!std::exchange(any, true)) {
        ++round_;
        if (schedule_.began) schedule_.began(round_);
      }
      for (const std::size_t host : members) busy_[host] = Clock::now();
      under_way_ += members.size();
      asio::co_spawn(io_, feed(std::move(members), round_, group.site.get()), rethrow);
    }
  }

  asio::awaitable<void> feed(std::vector<std::size_t> members, int round, Gate* site) {
    for (const std::size_t host : members) {
      auto places = co_await hosts_.enter(site);
      if (stop_.requested())
        end(host);
      else
        asio::co_spawn(io_, one(host, round, std::move(places)), rethrow);
    }
  }

  asio::awaitable<void> one(std::size_t host, int round, Places places) {
    auto result = co_await hosts_.run(jobs_[host], std::move(places));
    end(host);
    if (schedule_.done) schedule_.done(host, round, std::move(result));
  }

  void end(std::size_t host) {
    busy_[host].reset();
    if (--under_way_ == 0) wake_.cancel();
  }

  asio::io_context& io_;
  transport::Stop& stop_;
  const std::vector<Job> jobs_;
  Schedule schedule_;
  Deadline next_{};  // the next round
  std::vector<std::optional<Clock::time_point>> busy_;
  int round_ = 0;
  std::size_t under_way_ = 0;
  bool paused_ = false;
  asio::steady_timer wake_{io_};
  HostRun hosts_;
  std::vector<Group> groups_;
};

Rounds::Rounds(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs, Work work,
               const Limits& limits, Schedule schedule)
    : state_(std::make_unique<State>(io, stop, executors, std::move(jobs), std::move(work), limits,
                                     std::move(schedule))) {}
Rounds::~Rounds() = default;
void Rounds::run() { state_->run(); }
void Rounds::pause(bool on) { state_->pause(on); }
bool Rounds::paused() const { return state_->paused(); }
void Rounds::set_interval(Milliseconds interval) { state_->set_interval(interval); }
std::optional<transport::Clock::time_point> Rounds::busy_since(std::size_t host) const {
  return state_->busy_since(host);
}

}  // namespace cef::runner
