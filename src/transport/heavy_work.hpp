// Computing that takes tens of milliseconds, on one thread and in turn: the loop goes on with other hosts, and who is
// given up while it waits has cost nothing.
#pragma once

#include "waiter.hpp"
#include "workers.hpp"

#include <deque>
#include <memory>
#include <optional>

namespace cef::transport {

class HeavyWork {
 public:
  explicit HeavyWork(asio::io_context& io) : workers_(io, 1) {}

  /// What `work` returns; nothing when the waiter is cut short before its turn. Time spent waiting for the turn is
  /// added to the waiter's deadline. What `work` uses must stay as long as this does.
  template <class Work>
  asio::awaitable<std::optional<int>> run(std::shared_ptr<Waiter> waiter, Work work) {
    const Deadline own = waiter->deadline();
    const auto came = Clock::now();
    waiter->set_deadline(no_deadline);
    bool cut_short = false;
    while (busy_ && !cut_short) {
      waiting_.push_back(waiter);
      cut_short = co_await waiter->notified() != Wake::ready;
    }
    waiter->set_deadline(own == no_deadline ? own : own + (Clock::now() - came));
    if (cut_short) {
      if (!busy_) wake_next();  // the turn was its
      co_return std::nullopt;
    }
    busy_ = true;
    const int result = co_await workers_.result_of(std::move(work));
    busy_ = false;
    wake_next();
    co_return result;
  }

 private:
  void wake_next() {
    while (!waiting_.empty()) {
      const auto next = waiting_.front().lock();
      waiting_.pop_front();
      if (!next) continue;
      next->notify();
      return;
    }
  }

  bool busy_ = false;
  std::deque<std::weak_ptr<Waiter>> waiting_;
  Workers workers_;
};

}  // namespace cef::transport
