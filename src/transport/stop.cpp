#include <cef/transport/stop.hpp>

namespace cef::transport {

void Stop::request(Code reason) {
  if (requested_) return;
  requested_ = true;
  reason_ = reason;
  // A callback only cancels waits: it neither registers nor unregisters, so the list holds still.
  for (const Callback& callback : callbacks_) callback();
}

Error Stop::error() const {
  switch (reason_) {
    case Code::deadline:
      return {Code::deadline, "not done when the run's deadline passed", ""};
    case Code::circuit_open:
      return {Code::circuit_open, "not done when the run was stopped early", ""};
    default:
      return {Code::interrupted, "not done when the run was interrupted", ""};
  }
}

std::list<Stop::Callback>::iterator Stop::add(Callback callback) {
  return callbacks_.insert(callbacks_.end(), std::move(callback));
}

}  // namespace cef::transport
