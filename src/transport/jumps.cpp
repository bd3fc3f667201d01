#include "jumps.hpp"

#include <boost/asio/co_spawn.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <utility>

namespace cef::transport {

namespace {

// So long a jump host that failed is not tried again: every host behind it would wait for the same failure.
constexpr std::chrono::seconds failure_stands{60};

// Whatever they are called.
bool same_login(const Target& one, const Target& other) {
  Target renamed = other;
  renamed.name = one.name;
  return one == renamed;
}

// A little before the hosts' own time is up, so that they learn what is wrong with the jump host.
Deadline ahead_of(Deadline deadline) {
  if (deadline == no_deadline) return deadline;
  const auto left = std::chrono::duration_cast<Milliseconds>(deadline - Clock::now());
  return deadline - std::min(Milliseconds(200), left / 10);
}

}  // namespace

void Jumps::forget_failures() {
  for (Entry& entry : entries_) entry.failure.reset();
}

Jumps::Entry& Jumps::entry_of(const std::vector<Target>& jumps) {
  for (Entry& entry : entries_)
    if (std::equal(entry.way.begin(), entry.way.end(), jumps.begin(), jumps.end(), same_login)) return entry;
  entries_.push_back({});
  entries_.back().way = jumps;
  return entries_.back();
}

asio::awaitable<void> Jumps::log_in(Entry& entry, Target target, Deadline deadline) {
  const std::string name = target.name;
  auto session = co_await log_in_(std::move(target), deadline);
  if (session) {
    entry.bastion = std::make_shared<Bastion>(io_, name, std::move(*session));
  } else {
    Error error = std::move(session.error());
    // Of several jump hosts the one that failed is named, not all that lie behind it.
    if (error.code != Code::jump_failed && is_unreachable(error.code)) {
      std::string hint(hint_of(error));
      error = {Code::jump_failed, fmt::format("jump host {}: {}", name, error.message), std::move(hint)};
    }
    entry.failure = std::move(error);
    entry.failed_at = Clock::now();
  }
}

asio::awaitable<Result<std::shared_ptr<Bastion>>> Jumps::open(std::vector<Target> jumps,
                                                              std::shared_ptr<Waiter> waiter) {
  const std::string name = jumps.back().name;
  Entry& entry = entry_of(jumps);
  if (entry.bastion && entry.bastion->lost()) entry.bastion.reset();
  if (entry.failure && Clock::now() - entry.failed_at > failure_stands) entry.failure.reset();
  if (!entry.opening && !entry.bastion && !entry.failure) {
    entry.opening = true;
    Target last = std::move(jumps.back());
    jumps.pop_back();
    last.jumps = std::move(jumps);
    asio::co_spawn(io_, log_in(entry, std::move(last), ahead_of(waiter->deadline())),
                   [&entry](const std::exception_ptr& bug) {
                     if (bug)
                       entry.failure = Error{Code::internal, "the login to a jump host ended in an exception", ""};
                     entry.opening = false;
                     for (const auto& weak : std::exchange(entry.waiting, {}))
                       if (const auto waiting = weak.lock()) waiting->notify();
                   });
  }
  while (entry.opening && waiter->state() == Wake::ready) {
    entry.waiting.push_back(waiter);
    co_await waiter->notified();
  }
  if (entry.bastion) co_return entry.bastion;
  if (entry.failure) co_return Unexpected(*entry.failure);
  co_return Unexpected(
      Error{Code::jump_failed, fmt::format("jump host {}: the login was not finished in time", name), ""});
}

}  // namespace cef::transport
