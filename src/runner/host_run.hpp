// One host from its place in the queue to its result: the login, more of them after a passing failure, and the work.
#pragma once

#include "pace.hpp"

#include <cef/runner/gate.hpp>
#include <cef/runner/runner.hpp>

#include <exception>
#include <map>
#include <random>
#include <string>
#include <unordered_set>
#include <vector>

namespace cef::runner {

/// Hosts that do not answer must not keep others waiting: a login that is not done after this may lend its places.
inline constexpr Milliseconds login_patience{500};

/// What a host holds while it is worked on.
struct Places {
  Gate::Place session, fork, turn, login, at_site, burst;
  Gate* site = nullptr;
};

/// Hosts of sites that have more of them than may log in there at once, site by site; and all others.
struct BySite {
  std::vector<std::vector<std::size_t>> apart;
  std::vector<std::size_t> others;
};
BySite by_site(const std::vector<Job>& jobs, const std::vector<std::size_t>& hosts, const Limits& limits);

/// What becomes of a coroutine that nobody waits for.
inline void rethrow(const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

class HostRun {
 public:
  HostRun(asio::io_context& io, transport::Stop& stop, Executors executors, Work work, const Limits& limits);

  /// Waits until a host may start, in turn. `site`: the gate of its site, or null. The run may have stopped meanwhile.
  asio::awaitable<Places> enter(Gate* site);
  /// Never throws; what a verb throws is an internal error of that host.
  asio::awaitable<HostResult> run(const Job& job, Places places);
  /// A host that was not started.
  static HostResult skipped(const Job& job, Error why);

  std::function<void(const Job& job, std::string_view text)> noted{};  // may be empty

 private:
  class HostLink;
  using Login = Result<std::unique_ptr<transport::Session>>;

  asio::awaitable<Gate::Place> session_place(Deadline deadline, bool ahead);
  asio::awaitable<Result<void>> take_turn(const Job& job, Deadline deadline, Places& places);
  asio::awaitable<void> attempt(const Job& job, Clock::time_point start, Places& places, HostResult& result);
  asio::awaitable<Login> log_in(transport::Executor& executor, const transport::Target& target, Deadline deadline,
                                transport::LoginTimes& times, int& attempts);
  asio::awaitable<Login> first_login(const Job& job, Clock::time_point start, Places& places,
                                     transport::LoginTimes& times, int& attempts);
  asio::awaitable<bool> back_off(int attempt, int doublings, Deadline deadline);
  transport::Executor& executor_of(const Job& job) const;
  Error no_place() const;
  static HostResult named(const Job& job, HostResult result);

  asio::io_context& io_;
  transport::Stop& stop_;
  Executors executors_;
  Work work_;
  int retries_;
  std::size_t works_per_site_;
  std::minstd_rand random_{std::random_device{}()};
  Gate logins_, forks_, sessions_, burst_;
  std::map<std::string, Gate> turns_;   // by site
  std::unordered_set<HostLink*> idle_;  // those that wait for other hosts, and need no session meanwhile
  Pace pace_;
};

}  // namespace cef::runner
