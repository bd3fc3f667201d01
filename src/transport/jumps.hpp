// The jump hosts of a run: each is logged in to once, when the first host needs it, and shared by all hosts behind it.
#pragma once

#include "bastion.hpp"
#include "waiter.hpp"

#include <cef/core/result.hpp>
#include <cef/transport/session.hpp>

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::transport {

class Jumps {
 public:
  /// Logs in to a host; its own jumps lead there.
  using LogIn = std::function<asio::awaitable<Result<std::unique_ptr<SshSession>>>(Target target, Deadline deadline)>;

  Jumps(asio::io_context& io, LogIn log_in) : io_(io), log_in_(std::move(log_in)) {}
  Jumps(const Jumps&) = delete;
  Jumps& operator=(const Jumps&) = delete;

  /// The last of `jumps`, logged in to through those before it. Two logins are one when all that they go by is the
  /// same: what a lax one took for good is no answer to a strict one. Waits while another host's need opens it. One
  /// that was lost is opened anew; one that cannot be logged in to is not tried again for a while. Errors: jump_failed
  /// with the jump host's own failure; the run's reason when it is stopped.
  asio::awaitable<Result<std::shared_ptr<Bastion>>> open(std::vector<Target> jumps, std::shared_ptr<Waiter> waiter);

  /// What failed may be tried again: a key that was not known has been accepted, say.
  void forget_failures();

 private:
  struct Entry {
    std::vector<Target> way;  // the whole of it
    bool opening = false;
    std::shared_ptr<Bastion> bastion;
    std::optional<Error> failure;
    Clock::time_point failed_at;
    std::vector<std::weak_ptr<Waiter>> waiting;
  };

  asio::awaitable<void> log_in(Entry& entry, Target target, Deadline deadline);

  Entry& entry_of(const std::vector<Target>& jumps);

  asio::io_context& io_;
  LogIn log_in_;
  std::list<Entry> entries_;
};

}  // namespace cef::transport
