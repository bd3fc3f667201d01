#include "heartbeat.hpp"

#include <libssh/server.h>

#include <utility>

namespace cef::transport {

Heartbeat::Heartbeat(ssh_session session, Milliseconds interval) : session_(session), interval_(interval) {
  if (interval_.count() > 0) ssh_set_counters(session_, nullptr, &counter_);
}

void Heartbeat::restart() {
  if (interval_.count() <= 0) return;
  progress_ = false;
  unanswered_ = 0;
  due_ = Clock::now() + interval_;
}

// libssh does not tell of answers, but asks nothing while a question is open.
bool Heartbeat::ask() {
  const auto sent = counter_.out_packets;
  // Twice, because without blocking the first call only collects the answer to the question before.
  ssh_send_keepalive(session_);
  ssh_send_keepalive(session_);
  return counter_.out_packets != sent;
}

bool Heartbeat::beat() {
  due_ = Clock::now() + interval_;
  if (std::exchange(progress_, false)) {
    unanswered_ = 0;
    return true;
  }
  unanswered_ = ask() ? 1 : unanswered_ + 1;
  return !dead();
}

}  // namespace cef::transport
