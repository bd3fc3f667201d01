#include "waiter.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace cef::transport {

using asio::ip::tcp;
using boost::system::error_code;

std::shared_ptr<Waiter> Waiter::make(asio::io_context& io, Stop& stop) {
  auto waiter = std::make_shared<Waiter>(io, stop);
  if (stop.requested()) waiter->end(Wake::stopped);
  return waiter;
}

Waiter::Waiter(asio::io_context& io, Stop& stop)
    : socket_(io), deadline_timer_(io), event_timer_(io), registration_(stop, [this] { end(Wake::stopped); }) {}

void Waiter::end(Wake why) {
  state_ = why;
  error_code ignored;
  if (socket_.is_open()) socket_.cancel(ignored);
  event_timer_.cancel();
}

void Waiter::set_deadline(Deadline deadline) {
  if (state_ == Wake::expired) state_ = Wake::ready;
  deadline_ = deadline;
  if (deadline == no_deadline) {
    deadline_timer_.cancel();
    return;
  }
  deadline_timer_.expires_at(deadline);
  // The handler may already be queued when the deadline moves, hence the look at the clock.
  deadline_timer_.async_wait([weak = weak_from_this()](error_code error) {
    const auto self = weak.lock();
    if (!error && self && self->state_ == Wake::ready && Clock::now() >= self->deadline_) self->end(Wake::expired);
  });
}

void Waiter::forgive_stop() {
  if (state_ == Wake::stopped) state_ = Wake::ready;
}

void Waiter::adopt(int fd) {
  error_code ignored;
  socket_.close(ignored);
  socket_.assign(asio::generic::stream_protocol(AF_UNIX, 0), fd);
  is_pair_ = true;
}

void Waiter::hurry() {
  if (is_pair_) return;
  const int on = 1;
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_QUICKACK, &on, sizeof on);
}

asio::awaitable<Wake> Waiter::socket_ready(bool or_written) {
  if (state_ != Wake::ready) co_return state_;
  hurry();
  error_code read_error, write_error;
  if (or_written) {
    using namespace asio::experimental::awaitable_operators;
    co_await (socket_.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, read_error)) ||
              socket_.async_wait(Socket::wait_write, asio::redirect_error(asio::use_awaitable, write_error)));
  } else {
    co_await socket_.async_wait(Socket::wait_read, asio::redirect_error(asio::use_awaitable, read_error));
  }
  co_return state_;
}

asio::awaitable<Wake> Waiter::connected(tcp::endpoint endpoint, error_code& error) {
  if (state_ != Wake::ready) co_return state_;
  co_await socket_.async_connect(endpoint, asio::redirect_error(asio::use_awaitable, error));
  if (!error && state_ == Wake::ready) {
    // Asio goes on asking whether the socket can be written, and each later wait would end at once for that. A socket
    // that is registered anew asks for nothing.
    const int fd = socket_.release(error);
    if (!error) socket_.assign(endpoint.protocol(), fd, error);
  }
  co_return state_;
}

asio::awaitable<Wake> Waiter::notified() { return pause_until(no_deadline); }

void Waiter::notify() {
  notified_ = true;
  event_timer_.cancel();
}

asio::awaitable<Wake> Waiter::pause_until(Deadline at) {
  while (state_ == Wake::ready && !notified_ && Clock::now() < at) {
    event_timer_.expires_at(at);
    error_code ignored;
    co_await event_timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
  notified_ = false;
  co_return state_;
}

}  // namespace cef::transport
