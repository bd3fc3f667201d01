#include <cef/runner/gate.hpp>

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace cef::runner {

Gate::Gate(asio::io_context& io, Stop& stop, std::size_t places)
    : io_(io),
      stop_(stop),
      places_(places),
      free_(places),
      brisk_(std::max<std::size_t>(1, places / 32)),
      loan_timer_(io),
      registration_(stop, [this] {
        for (const auto* queue : {&ahead_, &queue_})
          for (Waiting* waiting : *queue) waiting->timer.cancel();
      }) {}

void Gate::Place::release_() {
  // A run that ended by an exception leaves coroutines in the loop, which give back their places when that goes.
  if (held_ && std::exchange(*held_, false))
    if (const auto gate = gate_.lock()) gate->give_back();
  held_.reset();
}

void Gate::set_limit(std::size_t places) {
  const std::size_t held_back = places_ - std::clamp<std::size_t>(places, 1, places_);
  for (; held_back_ < held_back; ++held_back_) {
    if (free_ > 0)
      --free_;
    else
      ++owed_;
  }
  for (; held_back_ > held_back; --held_back_) {
    if (owed_ > 0)
      --owed_;
    else
      give_back();
  }
}

void Gate::give_back() {
  if (owed_ > 0) {
    --owed_;
    return;
  }
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
    loans_.push_back({Clock::now() + patience, patience, held});
    watch_loans();
  }
  co_return Place(life_, std::move(held));
}

void Gate::note_progress() {
  progress_.push_back(Clock::now());
  if (progress_.size() > brisk_) progress_.pop_front();
}

bool Gate::is_brisk(Milliseconds patience) const {
  return progress_.size() == brisk_ && Clock::now() - progress_.front() < patience;
}

// One timer serves all loans; those that were given back in time are passed over when it fires.
void Gate::watch_loans() {
  while (!loans_.empty()) {
    Loan loan = loans_.front();
    const auto held = loan.held.lock();
    const bool still_held = held && *held;
    if (still_held && loan.due > Clock::now()) break;
    loans_.pop_front();
    if (!still_held) continue;
    if (is_brisk(loan.patience)) {
      loan.due += loan.patience;
      loans_.push_back(std::move(loan));
    } else {
      *held = false;
      give_back();
    }
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

}  // namespace cef::runner
