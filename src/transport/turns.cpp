#include "turns.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace cef::transport {

namespace {
constexpr int part_of_time = 16;                      // of the time while others have something to do
constexpr std::chrono::microseconds quiet_time{200};  // without any of that: they wait for their hosts
}  // namespace

asio::awaitable<void> Turns::next() {
  asio::steady_timer turn(io_, asio::steady_timer::time_point::max());
  waiting_.push_back(&turn);
  if (!std::exchange(passing_, true)) pass_soon();
  boost::system::error_code ignored;
  co_await turn.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  waiting_.erase(std::remove(waiting_.begin(), waiting_.end(), &turn), waiting_.end());  // if it is not its turn
}

void Turns::end() {
  const auto now = Clock::now();
  due_ = now + (part_of_time - 1) * (now - given_);
}

// The loop looks at all sockets before it comes to what is posted now.
void Turns::pass_soon() {
  asio::post(io_, [life = std::weak_ptr(life_)] {
    if (const auto turns = life.lock()) turns->pass();
  });
}

void Turns::pass() {
  passing_ = !waiting_.empty();
  if (!passing_) return;
  const auto now = Clock::now();
  if (std::exchange(others_, false)) quiet_since_ = now;
  if (const auto at = std::min(due_, quiet_since_ + quiet_time); now < at) {
    pause_.expires_at(at);
    pause_.async_wait([life = std::weak_ptr(life_)](boost::system::error_code) {
      if (const auto turns = life.lock()) turns->pass();
    });
    return;
  }
  given_ = due_ = now;
  asio::steady_timer* const next = waiting_.front();
  waiting_.pop_front();
  next->cancel();
  pass_soon();
}

}  // namespace cef::transport
