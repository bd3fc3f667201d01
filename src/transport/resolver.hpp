// Names to addresses, off the loop: getaddrinfo blocks, so a few threads call it. An answer serves every host of that
// name for a minute; a failure only those who waited for it, because the next attempt may well find the name.
#pragma once

#include "waiter.hpp"

#include <cef/core/result.hpp>

#include <boost/asio/ip/address.hpp>
#include <boost/asio/steady_timer.hpp>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::transport {

using Addresses = std::vector<asio::ip::address>;

/// The name service's answer, which may take its time. Errors: name_unknown.
Result<Addresses> look_up(const std::string& name);

class Resolver {
 public:
  /// Called on threads of the resolver, several at once, and perhaps still when the resolver has gone.
  using LookUp = std::function<Result<Addresses>(const std::string& name)>;
  struct Limits {
    std::size_t at_once = 8;         // look-ups under way, those that are slow not counted
    std::size_t most = 256;          // with those that are slow
    Milliseconds slow_after{300};    // then a look-up lends its place to a further one
    Milliseconds keeps{60'000};      // an answer
    Milliseconds patience{120'000};  // of a name without a place
  };

  explicit Resolver(asio::io_context& io) : Resolver(io, look_up, Limits{}) {}
  Resolver(asio::io_context& io, LookUp look_up, Limits limits);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  /// In getaddrinfo's order, without repeats; at once for an IP address (with or without brackets). Time spent waiting
  /// for a place among the look-ups is added to the waiter's deadline.
  /// Errors: name_unknown, also when the name service does not answer by that deadline.
  asio::awaitable<Result<Addresses>> resolve(std::string name, std::shared_ptr<Waiter> waiter);

  /// The next one that asks for the name gets a new answer: the addresses of this one do not serve.
  void forget(const std::string& name);

 private:
  struct Pool;
  struct Entry {
    std::optional<Clock::time_point> started;  // its look-up
    std::optional<Result<Addresses>> answer;
    Clock::time_point answered;
    std::vector<std::weak_ptr<Waiter>> waiting;
    void wake();
  };

  asio::awaitable<bool> placed(std::shared_ptr<Entry> entry, std::shared_ptr<Waiter> waiter);
  void start_more();
  void settle(const std::string& name, Result<Addresses> answer);

  Limits limits_;
  std::map<std::string, std::shared_ptr<Entry>> entries_;
  std::deque<std::string> queue_;            // names without a place
  std::deque<Clock::time_point> under_way_;  // when each look-up began, the oldest first
  asio::steady_timer lend_;
  std::shared_ptr<Pool> pool_;
};

}  // namespace cef::transport
