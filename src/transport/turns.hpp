// Whose turn it is among sessions that have much to read. One of them has it at a time; while others have something to
// do as well, those that take turns have a sixteenth of the time together. So a host that sends without end costs the
// others little, and when there is nothing else to do there is no pause between turns.
#pragma once

#include <cef/transport/session.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <memory>

namespace cef::transport {

class Turns {
 public:
  explicit Turns(asio::io_context& io) : io_(io), pause_(io) {}
  Turns(const Turns&) = delete;
  Turns& operator=(const Turns&) = delete;

  /// Until it is the caller's turn, which ends with end(), or else with its next wait.
  asio::awaitable<void> next();
  void end();
  /// Somebody who takes no turns has something to do.
  void note_others() { others_ = true; }

 private:
  void pass();
  void pass_soon();

  asio::io_context& io_;
  asio::steady_timer pause_;
  std::deque<asio::steady_timer*> waiting_;
  bool passing_ = false, others_ = false;
  Clock::time_point given_{}, due_{};  // the latest turn, and when there is another one in any case
  Clock::time_point quiet_since_{};
  std::shared_ptr<Turns> life_{this, [](Turns*) {}};  // lets what waits see that this is gone
};

}  // namespace cef::transport
