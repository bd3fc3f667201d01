#include <cef/engine/exit.hpp>

#include <csignal>

namespace cef::engine {

namespace {

int exit_code(const Summary& summary) {
  if (summary.failed > 0) return summary.unreachable > 0 ? exit_failed_and_unreachable : exit_failed;
  if (summary.unreachable > 0) return exit_unreachable;
  return summary.violated > 0 ? exit_threshold : exit_ok;
}

}  // namespace

int exit_code(const Ending& ending) {
  if (ending.reader_gone) return exit_broken_pipe;
  // A terminal that hung up ends cef as whoever asks it to end does.
  if (ending.signal != 0) return ending.signal == SIGINT ? exit_interrupted : exit_terminated;
  if (!ending.shown) return exit_internal;
  if (ending.deadline) return exit_deadline;
  if (!ending.kept) return exit_internal;
  return ending.stopped_early ? exit_stopped_early : exit_code(ending.summary);
}

}  // namespace cef::engine
