#include <cef/transport/breaker.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>

namespace cef::transport {

Breaker::Trial::Trial(std::shared_ptr<Circuit> circuit, Milliseconds patience) : circuit_(std::move(circuit)) {
  if (circuit_->state != Circuit::State::unproven) return;
  number_ = circuit_->latest = ++circuit_->trials;
  circuit_->patience_until = Clock::now() + patience;
}

void Breaker::Trial::settle(Circuit::State state, std::string_view host) {
  if (!circuit_) return;
  const auto circuit = std::move(circuit_);
  if (circuit->latest == number_) circuit->latest = 0;
  // What one host has proven stays, whatever another one that was let in after it says: a single host may well have
  // another password.
  if (circuit->state == Circuit::State::unproven) {
    circuit->state = state;
    circuit->wrong_on = host;
  }
  for (asio::steady_timer* waiting : circuit->waiting) waiting->cancel();
}

void Breaker::Trial::unneeded() {
  if (circuit_) circuit_->unneeded = true;
  settle(Circuit::State::unproven, "");
}

std::shared_ptr<Breaker::Circuit> Breaker::circuit_of(Use use, const std::string& user, const Secret& secret) {
  auto& entry = circuits_[{use, {user, std::string(secret.reveal())}}];
  if (!entry) entry = std::make_shared<Circuit>();
  return entry;
}

asio::awaitable<Result<void>> Breaker::wait(std::shared_ptr<Circuit> circuit, Use use, std::string user,
                                            Deadline deadline, bool approaching) {
  while (!stop_.requested() && circuit->state == Circuit::State::unproven && circuit->is_tried() &&
         !(approaching && circuit->unneeded)) {
    asio::steady_timer timer(io_, std::min(deadline, circuit->patience_until));
    const auto place = circuit->waiting.insert(circuit->waiting.end(), &timer);
    const Stop::Registration wake(stop_, [&timer] { timer.cancel(); });
    boost::system::error_code ignored;
    co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    circuit->waiting.erase(place);
    if (!stop_.requested() && Clock::now() >= deadline)
      co_return Unexpected(Error{use == Use::login ? Code::auth_timeout : Code::command_timeout,
                                 "another host did not tell in time whether the password is right", ""});
  }
  if (stop_.requested()) co_return Unexpected(stop_.error());
  if (circuit->state == Circuit::State::wrong)
    co_return Unexpected(Error{Code::circuit_open,
                               fmt::format("not tried: {} refused the same {} password for {}", circuit->wrong_on,
                                           use == Use::login ? "login" : "sudo", user),
                               "give the right password, so that no account is locked by wrong ones"});
  co_return Result<void>{};
}

asio::awaitable<Result<Breaker::Trial>> Breaker::enter(Use use, std::string user, Secret secret, Deadline deadline) {
  const auto circuit = circuit_of(use, user, secret);
  const auto free = co_await wait(circuit, use, std::move(user), deadline, false);
  if (!free) co_return Unexpected(free.error());
  co_return Trial(circuit, patience_);
}

asio::awaitable<Result<std::optional<Breaker::Trial>>> Breaker::approach(Use use, std::string user, Secret secret,
                                                                         Deadline deadline) {
  const auto circuit = circuit_of(use, user, secret);
  const auto free = co_await wait(circuit, use, std::move(user), deadline, true);
  if (!free) co_return Unexpected(free.error());
  std::optional<Trial> trial;
  if (!circuit->unneeded || circuit->state == Circuit::State::right) {
    trial.emplace(Trial(circuit, patience_));
  }
  co_return trial;
}

}  // namespace cef::transport
