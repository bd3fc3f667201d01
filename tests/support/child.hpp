// A child process: how it is started, ended and waited for. What tests use is process.hpp (pipes) and pty.hpp.
#pragma once

#include <array>
#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace cef::testing {

using Clock = std::chrono::steady_clock;
using Milliseconds = std::chrono::milliseconds;

/// How long tests wait for what comes as soon as it can: far longer than it takes on a slow and busy machine. What must
/// not wait, waits in the test for something that takes longer than this, or never ends.
inline constexpr Milliseconds patience{60'000};

/// How a process ended. `exit_code` is -1 for one that a signal ended, `signal` 0 for one that exited.
struct Ending {
  int exit_code = -1;
  int signal = 0;
  std::chrono::duration<double> wall{};
  std::chrono::duration<double> cpu{};  // user and system
  long max_rss_kib = 0;
};

struct ChildOptions {
  std::map<std::string, std::string> env;  // on top of PATH, LANG, TMPDIR and what sanitizers read
  std::string cwd;                         // the test's own when empty
  bool controlling_terminal = false;       // make standard input the terminal of the child's session
};

/// A process in a session of its own: without a terminal unless it is given one, and signalled as a whole.
class Child {
 public:
  /// `fds` become descriptors 0, 1 and 2; -1 leaves one closed. Throws when the program cannot be started.
  Child(const std::vector<std::string>& argv, std::array<int, 3> fds, const ChildOptions& options);
  /// Kills what still runs.
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  pid_t pid() const { return pid_; }
  /// Readable once the process has ended.
  int pidfd() const { return pidfd_; }
  void signal(int number) const;
  void kill_group() const;
  /// Without waiting: how it ended, or nothing while it runs.
  std::optional<Ending> poll();

 private:
  pid_t pid_ = -1;
  int pidfd_ = -1;
  Clock::time_point started_;
  std::optional<Ending> ending_;
};

}  // namespace cef::testing
