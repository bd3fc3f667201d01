#include "run/nap.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <chrono>

namespace cef::playbook {

namespace asio = boost::asio;

asio::awaitable<void> nap(double seconds, const std::function<bool()>& stopped) {
  using Clock = std::chrono::steady_clock;
  constexpr std::chrono::milliseconds look{250};
  const auto until = Clock::now() + std::chrono::milliseconds(static_cast<std::int64_t>(seconds * 1000));
  asio::steady_timer timer(co_await asio::this_coro::executor);
  boost::system::error_code ignored;
  while (Clock::now() < until && !stopped()) {
    timer.expires_at(std::min(until, Clock::now() + look));
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

}  // namespace cef::playbook
