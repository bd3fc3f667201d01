// One switch that ends a run: thrown by Ctrl-C, by the run's deadline, or by too many failures. Everything that waits
// registers with it. One thread only.
#pragma once

#include <cef/core/error.hpp>

#include <functional>
#include <list>

namespace cef::transport {

class Stop {
 public:
  using Callback = std::function<void()>;

  /// Calls back once when the run is stopped; unregisters when it goes. Must not outlive the Stop.
  class Registration {
   public:
    Registration(Stop& stop, Callback callback) : stop_(stop), place_(stop.add(std::move(callback))) {}
    ~Registration() { stop_.callbacks_.erase(place_); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Stop& stop_;
    std::list<Callback>::iterator place_;
  };

  /// `reason` is a code of stage `run`: interrupted, deadline or circuit_open. The first call counts.
  void request(Code reason);
  bool requested() const { return requested_; }
  Code reason() const { return reason_; }
  /// The failure of a host that was not done when the run stopped.
  Error error() const;

 private:
  std::list<Callback>::iterator add(Callback callback);

  std::list<Callback> callbacks_;
  bool requested_ = false;
  Code reason_ = Code::interrupted;
};

}  // namespace cef::transport
