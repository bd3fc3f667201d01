// Does the same work on the same hosts again and again, in rounds that begin at regular times. A host that is slow or
// dead delays no other: the rounds go on without it until it is done.
#pragma once

#include <cef/runner/runner.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <vector>

namespace cef::runner {

/// How often, and who is told.
struct Schedule {
  Milliseconds interval{5000};  // from the beginning of a round to that of the next
  int count = 0;                // rounds; 0: until the run is stopped
  /// A round begins; it has no host in it that is still in a former one, and one without any host is left out.
  std::function<void(int round)> began;
  /// Not called for hosts that had not been started when the run was stopped.
  std::function<void(std::size_t host, int round, HostResult result)> done;
};

class Rounds {
 public:
  /// `limits`: max_fail and serial have no meaning here. Everything is used until this goes.
  Rounds(asio::io_context& io, transport::Stop& stop, Executors executors, std::vector<Job> jobs, Work work,
         const Limits& limits, Schedule schedule);
  ~Rounds();
  Rounds(const Rounds&) = delete;
  Rounds& operator=(const Rounds&) = delete;

  /// Drives the loop until the last round is done, or all that was under way when the run was stopped.
  void run();
  /// While paused no round begins.
  void pause(bool on);
  bool paused() const;
  /// From now on; the next round begins no later than that.
  void set_interval(Milliseconds interval);
  /// When the round began in which the host now is; nothing between rounds.
  std::optional<transport::Clock::time_point> busy_since(std::size_t host) const;

 private:
  class State;
  std::unique_ptr<State> state_;
};

}  // namespace cef::runner
