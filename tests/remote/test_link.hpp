// A link of tests: to a host of one session at a time, whoever makes it.
#pragma once

#include <cef/runner/link.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace cef::remote {

namespace asio = boost::asio;
using transport::Clock;

class TestLink : public runner::Link {
 public:
  TestLink(const runner::Job& job, transport::Executor& executor, transport::Deadline until)
      : Link(job, until), executor_(executor) {}

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds) override {
    co_return co_await session_until(deadline());
  }
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target target) override {
    transport::LoginTimes times;
    co_return co_await executor_.connect(std::move(target), deadline(), times);
  }
  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override {
    co_await std::move(until);
    co_return Result<void>{};
  }

 protected:
  // The one that is open, or a new login, tried once.
  asio::awaitable<Result<transport::Session*>> session_until(transport::Deadline until) {
    if (session_ && session_->is_open()) co_return session_.get();
    session_.reset();
    transport::LoginTimes times;
    auto made = co_await executor_.connect(job().target, until, times);
    if (!made) co_return Unexpected(made.error());
    session_ = std::move(*made);
    co_return session_.get();
  }

 private:
  transport::Executor& executor_;
  std::unique_ptr<transport::Session> session_;
};

template <class T>
asio::awaitable<void> keep(asio::awaitable<T> work, std::optional<T>& result) {
  result = co_await std::move(work);
}

}  // namespace cef::remote
