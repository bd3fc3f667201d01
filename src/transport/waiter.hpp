// One host's waits, on its socket or for an event elsewhere in the process, under one deadline at a time; they end
// early when the run stops. The deadline is one timer per stage rather than the `||` of each wait and a timer: a login
// waits a dozen times, and each `||` costs two coroutines.
#pragma once

#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace cef::transport {

enum class Wake { ready, expired, stopped };

class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  static std::shared_ptr<Waiter> make(asio::io_context& io, Stop& stop);

  asio::ip::tcp::socket& socket() { return socket_; }
  /// From now on waits end at `deadline`; one that had expired may be given a later one.
  void set_deadline(Deadline deadline);
  Deadline deadline() const { return deadline_; }

  /// Until the socket can be read, or written too if `or_written`; errors of the socket count as ready.
  asio::awaitable<Wake> socket_ready(bool or_written);
  /// Until the socket is connected or refused; the reason is left in `error`.
  asio::awaitable<Wake> connected(asio::ip::tcp::endpoint endpoint, boost::system::error_code& error);
  /// Until notify(); a notification that came before is not lost.
  asio::awaitable<Wake> notified();
  void notify();
  /// notified(), but no longer than until `at`, which is then no error: returns ready.
  asio::awaitable<Wake> pause_until(Deadline at);

  /// Why waits end at once, if they do.
  Wake state() const { return state_; }
  /// After a stop: lets waits go on until the next deadline, for cleaning up.
  void forgive_stop();

  Waiter(asio::io_context& io, Stop& stop);

 private:
  void end(Wake why);

  asio::ip::tcp::socket socket_;
  asio::steady_timer deadline_timer_, event_timer_;
  Deadline deadline_ = no_deadline;
  Wake state_ = Wake::ready;
  bool notified_ = false;
  Stop::Registration registration_;
};

}  // namespace cef::transport
