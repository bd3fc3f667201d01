#include "heartbeat.hpp"

#include <libssh/server.h>

namespace cef::transport {

Heartbeat::Heartbeat(ssh_session session, Milliseconds interval) : session_(session), interval_(interval) {
  if (interval_.count() > 0) ssh_set_counters(session_, nullptr, &counter_);
}

void Heartbeat::restart() {
  if (interval_.count() <= 0) return;
  heard_ = counter_.in_packets;
  unanswered_ = 0;
  due_ = Clock::now() + interval_;
}

bool Heartbeat::beat() {
  due_ = Clock::now() + interval_;
  if (counter_.in_packets != heard_) {
    heard_ = counter_.in_packets;
    unanswered_ = 0;
    return true;
  }
  ++unanswered_;
  if (dead()) return false;
  // Twice, because without blocking every other call only collects the answer to the one before.
  ssh_send_keepalive(session_);
  ssh_send_keepalive(session_);
  return true;
}

}  // namespace cef::transport
