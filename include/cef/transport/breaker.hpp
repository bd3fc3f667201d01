// Proves a password on one host before it is sent to others: a wrong one would lock the account on all of them.
#pragma once

#include <cef/core/secret.hpp>
#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <list>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace cef::transport {

class Breaker {
 public:
  enum class Use { login, sudo };

  /// `patience`: so long a host may take to say whether a secret is right; then the next one proves it, too.
  Breaker(asio::io_context& io, Stop& stop, Milliseconds patience = Milliseconds(2000))
      : io_(io), stop_(stop), patience_(patience) {}
  Breaker(const Breaker&) = delete;
  Breaker& operator=(const Breaker&) = delete;

 private:
  struct Circuit {
    enum class State { unproven, right, wrong } state = State::unproven;
    unsigned trials = 0;        // so far
    unsigned latest = 0;        // the one that was begun last, while it is under way; else 0
    Deadline patience_until{};  // for that one
    bool unneeded = false;      // a host did without it
    std::string wrong_on;       // the host that proved it wrong
    std::list<asio::steady_timer*> waiting;

    bool is_tried() const { return latest != 0 && Clock::now() < patience_until; }
  };

 public:
  /// The right to send the secret to one host. Says how that went; gone without a word (the host was lost, say), the
  /// next host that waits proves it.
  class Trial {
   public:
    void right() { settle(Circuit::State::right, ""); }
    void wrong(std::string_view host) { settle(Circuit::State::wrong, host); }
    /// The host did not ask: it proved nothing, and others may start without waiting for one that does.
    void unneeded();
    ~Trial() { settle(Circuit::State::unproven, ""); }
    Trial(Trial&&) noexcept = default;
    Trial& operator=(Trial&&) = delete;

   private:
    friend class Breaker;
    Trial(std::shared_ptr<Circuit> circuit, Milliseconds patience);
    void settle(Circuit::State state, std::string_view host);

    std::shared_ptr<Circuit> circuit_;
    unsigned number_ = 0;
  };

  /// Waits while another host proves the same secret for the same user, for as long as there is patience with it: one
  /// that hangs takes down no other. Errors: circuit_open when it was proven wrong,
  /// the use's own timeout is the caller's to name when `deadline` passes (auth_timeout, command_timeout), and the
  /// run's reason when it is stopped.
  asio::awaitable<Result<Trial>> enter(Use use, std::string user, Secret secret, Deadline deadline);
  /// For a host that may turn out not to ask for the secret, before it is contacted: as enter(), but nothing at once
  /// when a host has been met that did not ask. enter() then comes when it asks.
  asio::awaitable<Result<std::optional<Trial>>> approach(Use use, std::string user, Secret secret, Deadline deadline);

 private:
  std::shared_ptr<Circuit> circuit_of(Use use, const std::string& user, const Secret& secret);
  asio::awaitable<Result<void>> wait(std::shared_ptr<Circuit> circuit, Use use, std::string user, Deadline deadline,
                                     bool approaching);

  asio::io_context& io_;
  Stop& stop_;
  const Milliseconds patience_;
  std::map<std::pair<Use, std::pair<std::string, std::string>>, std::shared_ptr<Circuit>> circuits_;
};

}  // namespace cef::transport
