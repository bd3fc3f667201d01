// Threads for what blocks and cannot be asked to do otherwise: deriving a key from a passphrase, talking to an agent
// through libssh, a key exchange with long numbers. Started when first needed.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <utility>

namespace cef::transport {

namespace asio = boost::asio;

class Workers {
 public:
  Workers(asio::io_context& io, std::size_t threads) : io_(io), threads_(threads) {}
  /// Waits for what runs; what has not begun is dropped.
  ~Workers() {
    if (!pool_) return;
    pool_->stop();
    pool_->join();
  }
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  /// Runs `work` on a thread, then `done` on the loop. Somebody must keep the loop running by waiting for that.
  template <class Work, class Done>
  void start(Work work, Done done) {
    if (!pool_) pool_.emplace(threads_);
    asio::post(*pool_, [this, work = std::move(work), done = std::move(done)]() mutable {
      work();
      asio::post(io_, std::move(done));
    });
  }

  /// The same for a coroutine, which waits for what `work` returns. What that uses must stay as long as this.
  template <class Work>
  asio::awaitable<int> result_of(Work work) {
    struct Call {
      explicit Call(asio::io_context& io) : wake(io, asio::steady_timer::time_point::max()) {}
      asio::steady_timer wake;
      std::optional<int> result;
    };
    const auto call = std::make_shared<Call>(io_);
    start(
        [call, work = std::move(work)] {
          const int result = work();
          call->result = result;
        },
        [call] { call->wake.cancel(); });
    boost::system::error_code ignored;
    co_await call->wake.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    co_return call->result.value_or(-1);
  }

 private:
  asio::io_context& io_;
  std::size_t threads_;
  std::optional<asio::thread_pool> pool_;
};

}  // namespace cef::transport
