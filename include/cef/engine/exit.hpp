// The exit codes, and which one a run or a watch ends with.
#pragma once

#include <cef/core/report.hpp>

namespace cef::engine {

/// Exit codes; see README. Remote exit codes never become cef's own.
enum Exit : int {
  exit_ok = 0,
  exit_internal = 1,
  exit_failed = 2,
  exit_nothing_matched = 3,
  exit_unreachable = 4,
  exit_usage = 5,
  exit_failed_and_unreachable = 6,
  exit_stopped_early = 8,
  exit_threshold = 10,
  exit_locked = 75,
  exit_deadline = 124,
  exit_interrupted = 130,
  exit_broken_pipe = 141,  // of a process that SIGPIPE ended
  exit_terminated = 143,
};

/// How it ended, whatever its hosts did.
struct Ending {
  Summary summary;
  int signal = 0;  // the one that ended it, or 0
  bool reader_gone = false;
  bool shown = true;      // the results reached whom they were for
  bool deadline = false;  // it passed, and something was left undone
  bool stopped_early = false;
  bool kept = true;  // what else was to be written has been: host keys, the store of metrics, files of hosts
};

/// Of several reasons the one counts that says most about how far the results can be relied on.
int exit_code(const Ending& ending);

}  // namespace cef::engine
