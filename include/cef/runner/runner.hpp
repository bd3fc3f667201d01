// Does the same work on many hosts at once, on one thread: how many, in what order, how often to try, and when to give
// up. One host's trouble never delays another.
#pragma once

#include <cef/runner/link.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

namespace cef::runner {

/// A number of hosts, or a percentage of them.
struct Share {
  double value = 0;
  bool percent = false;
};

struct Limits {
  std::size_t forks = 256;   // hosts worked on at once; one that is slow to answer while logging in does not count
  std::size_t logins = 100;  // of these, logging in: that keeps the processor busy, so more only make each slower
  std::size_t logins_per_site = 10;  // of these, at one site: more, and an SSH server begins to turn some away
  std::size_t sessions = 4096;       // connections open at once, those of slow hosts included
  std::size_t works_per_site = 0;    // hosts at work at once at one site, once logged in; 0: any number
  int retries = 1;                   // more logins after one that broke off for a passing reason
  /// When more hosts than these have failed or were not reached, no more are started. A number counts in the whole run,
  /// a percentage in each batch.
  std::optional<Share> max_fail{};
  /// Sizes of the batches, the last one for all that remain; a batch starts when the one before is done, unless all of
  /// its hosts failed. Percentages are of all hosts. Empty: one batch.
  std::vector<Share> serial{};
};

/// What the runner tells while it works, and asks. Each may be empty.
struct Events {
  std::function<void(const Job& job, std::size_t running)> started;
  /// Before a failure counts: whether the host is to have another try. It may wait for as long as it likes; the host
  /// holds no place meanwhile.
  std::function<asio::awaitable<bool>(const Job& job, const HostResult& result)> again;
  /// The result may be changed: as it is then, run() returns it.
  std::function<void(HostResult& result, std::size_t running)> done;
  /// How far the work on a host is.
  std::function<void(const Job& job, std::string_view text)> noted{};
};

/// The two ways to a host.
struct Executors {
  transport::Executor& ssh;
  transport::Executor& local;
};

/// Runs `work` on every job and returns the results in the jobs' order. Drives `io` until all are done or given up
/// after `stop`: hosts that were not started are then skipped, those that were not finished failed, both with the
/// stop's reason. Those not started because of max_fail or serial, and those that were to be sent a
/// password that another host refused, are skipped with circuit_open.
std::vector<HostResult> run(asio::io_context& io, transport::Stop& stop, Executors executors,
                            const std::vector<Job>& jobs, Work work, const Limits& limits, Events events);

/// Raises this process's limit on open files to the hard limit, and says how many sessions fit under it.
std::size_t raise_descriptor_limit();
/// Files that may be open at once.
std::size_t descriptor_limit();

}  // namespace cef::runner
