#include <cef/transport/gate.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace cef::transport {

Gate::Gate(asio::io_context& io, Stop& stop, std::size_t places)
    : io_(io), stop_(stop), free_(places), loan_timer_(io), registration_(stop, [this] {
        for (const auto* queue : {&ahead_, &queue_})
          for (Waiting* waiting : *queue) waiting->timer.cancel();
      }) {}

void Gate::Place::release_() {
  if (held_ && std::exchange(*held_, false)) gate_->give_back();
  held_.reset();
}

void Gate::give_back() {
  auto& queue = ahead_.empty() ? queue_ : ahead_;
  if (queue.empty()) {
    ++free_;
    return;
  }
  Waiting* next = queue.front();
  queue.pop_front();
  next->granted = true;
  next->timer.cancel();
}

asio::awaitable<Gate::Place> Gate::enter(Deadline deadline, bool ahead, Milliseconds patience) {
  if (stop_.requested()) co_return Place{};
  if (free_ > 0) {
    --free_;
  } else {
    Waiting waiting{asio::steady_timer(io_, deadline)};
    auto& queue = ahead ? ahead_ : queue_;
    const auto place = queue.insert(queue.end(), &waiting);
    boost::system::error_code ignored;
    co_await waiting.timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    if (!waiting.granted) {
      queue.erase(place);
      co_return Place{};
    }
  }
  auto held = std::make_shared<bool>(true);
  if (patience != no_patience_limit) {
    loans_.push_back({Clock::now() + patience, held});
    watch_loans();
  }
  co_return Place(*this, std::move(held));
}

// One timer serves all loans; those that were given back in time are passed over when it fires.
void Gate::watch_loans() {
  while (!loans_.empty()) {
    const auto held = loans_.front().held.lock();
    if (held && *held && loans_.front().due > Clock::now()) break;
    if (held && std::exchange(*held, false)) give_back();
    loans_.pop_front();
  }
  if (loans_.empty() || std::exchange(watching_, true)) return;
  loan_timer_.expires_at(loans_.front().due);
  loan_timer_.async_wait([life = std::weak_ptr(life_)](boost::system::error_code) {
    const auto gate = life.lock();
    if (!gate) return;
    gate->watching_ = false;
    gate->watch_loans();
  });
}

}  // namespace cef::transport
