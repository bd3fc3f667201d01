// Threads for what blocks and cannot be asked to do otherwise: deriving a key from a passphrase, talking to an agent
// through libssh. Started when first needed.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <cstddef>
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

 private:
  asio::io_context& io_;
  std::size_t threads_;
  std::optional<asio::thread_pool> pool_;
};

}  // namespace cef::transport
