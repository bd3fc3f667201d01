// Links beside those that the runner gives.
#pragma once

#include <cef/playbook/hosts.hpp>
#include <cef/runner/link.hpp>
#include <cef/transport/ahead.hpp>
#include <cef/transport/kept_shell.hpp>

#include <algorithm>
#include <memory>

namespace cef::playbook {

/// Another link as a task has it: with a job of its own, an earlier deadline unless `time` is zero, its channels opened
/// ahead, and a shell kept for its scripts.
class Hosts::Timed final : public runner::Link {
 public:
  Timed(runner::Link& link, const runner::Job& job, Milliseconds time)
      : Link(job, time.count() > 0 ? std::min(link.deadline(), transport::Clock::now() + time) : link.deadline()),
        link_(link) {}

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds patience) override {
    const auto session = co_await link_.session_within(patience);
    if (session) {
      transport::open_channels_ahead(**session);
      transport::keep_shells(**session);
    }
    co_return session;
  }
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target target) override {
    return link_.another(std::move(target));
  }
  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override { return link_.wait(std::move(until)); }
  void note(std::string_view text) override { link_.note(text); }

 private:
  runner::Link& link_;
};

struct OwnJob {
  runner::Job job;
};

/// The controller itself.
class Hosts::Local final : private OwnJob, public runner::Link {
 public:
  Local(transport::Executor& executor, runner::Job job)
      : OwnJob{std::move(job)}, Link(OwnJob::job, transport::no_deadline), executor_(executor) {}
  using runner::Link::job;

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds) override {
    if (session_ && session_->is_open()) co_return session_.get();
    transport::LoginTimes times;
    auto session = co_await executor_.connect(OwnJob::job.target, transport::no_deadline, times);
    if (!session) co_return Unexpected(session.error());
    session_ = std::move(*session);
    co_return session_.get();
  }
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target) override {
    co_return Unexpected(Error{Code::unsupported_platform, "no other host is reached from a local task", ""});
  }
  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override {
    co_await std::move(until);
    co_return Result<void>{};
  }

 private:
  transport::Executor& executor_;
  std::unique_ptr<transport::Session> session_;
};

/// A host that has no job, or is logged in to as somebody else: by way of a link that has one.
class Hosts::Spare final : private OwnJob, public runner::Link {
 public:
  Spare(runner::Link& base, runner::Job job)
      : OwnJob{std::move(job)}, Link(OwnJob::job, transport::no_deadline), base_(base) {}
  using runner::Link::job;

  asio::awaitable<Result<transport::Session*>> session_within(Milliseconds) override {
    if (session_ && session_->is_open()) co_return session_.get();
    session_.reset();
    auto session = co_await base_.another(OwnJob::job.target);
    if (!session) co_return Unexpected(session.error());
    session_ = std::move(*session);
    co_return session_.get();
  }
  asio::awaitable<Result<std::unique_ptr<transport::Session>>> another(transport::Target target) override {
    return base_.another(std::move(target));
  }
  asio::awaitable<Result<void>> wait(asio::awaitable<void> until) override {
    co_await std::move(until);
    co_return Result<void>{};
  }

 private:
  runner::Link& base_;
  std::unique_ptr<transport::Session> session_;
};

}  // namespace cef::playbook
