// Tells a quiet host from a dead one while a command runs: asks for an answer after each interval without progress.
// Only answers and the command's own bytes count: a server may send other packets for ever. What is lost on the way is
// the kernel's to notice (TCP_USER_TIMEOUT); a server that hangs acknowledges every packet, and only this finds it out.
#pragma once

#include <cef/transport/session.hpp>

#include <libssh/libssh.h>

namespace cef::transport {

class Heartbeat {
 public:
  /// Zero for no heartbeat. Must live as long as the session is used.
  Heartbeat(ssh_session session, Milliseconds interval);
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  /// Begins anew: time that nobody listened does not count as silence.
  void restart();
  /// The command's output has come, or its input gone.
  void note_progress() { progress_ = true; }
  /// When to call beat() next; never without a heartbeat.
  Deadline due() const { return due_; }
  /// Asks the server for an answer when there was no progress since the last call. False when it has left several
  /// questions unanswered: it is then dead.
  bool beat();
  bool dead() const { return unanswered_ > most_unanswered; }
  /// So long a dead server has been silent, at least; less than an interval more at most.
  Milliseconds silence() const { return interval_ * (most_unanswered + 1); }

 private:
  static constexpr int most_unanswered = 2;

  /// False when the question before is still open.
  bool ask();

  ssh_session session_;
  Milliseconds interval_;
  ssh_counter_struct counter_{};
  bool progress_ = false;  // since the last beat
  int unanswered_ = 0;
  Deadline due_ = no_deadline;
};

}  // namespace cef::transport
