// One host's waits, on its socket or for an event elsewhere in the process, under one deadline at a time; they end
// early when the run stops. The deadline is one timer per stage rather than the `||` of each wait and a timer: a login
// waits a dozen times, and each `||` costs two coroutines.
#pragma once

#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>

#include <memory>

namespace cef::transport {

enum class Wake { ready, expired, stopped };

/// TCP to a host, or one end of a pair whose other end a bastion serves.
using Socket = asio::generic::stream_protocol::socket;

class Waiter : public std::enable_shared_from_this<Waiter> {
 public:
  static std::shared_ptr<Waiter> make(asio::io_context& io, Stop& stop);

  Socket& socket() { return socket_; }
  /// Takes one end of a socket pair for the socket, in place of a connection.
  void adopt(int fd);
  bool is_pair() const { return is_pair_; }
  /// Acknowledges what comes next at once. OpenSSH's server leaves Nagle's algorithm on during login: an
  /// acknowledgement that we delay delays its next packet.
  void hurry();
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

  Socket socket_;
  asio::steady_timer deadline_timer_, event_timer_;
  Deadline deadline_ = no_deadline;
  Wake state_ = Wake::ready;
  bool notified_ = false, is_pair_ = false;
  Stop::Registration registration_;
};

}  // namespace cef::transport
