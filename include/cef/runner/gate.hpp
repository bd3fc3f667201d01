// Lets a limited number of hosts pass at once. A place can be lent: a host that is slow to answer keeps others from
// nothing, because its place goes to the next one while it waits.
#pragma once

#include <cef/transport/session.hpp>
#include <cef/transport/stop.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>

#include <cstddef>
#include <deque>
#include <list>
#include <memory>

namespace cef::runner {

namespace asio = boost::asio;
using transport::Clock;
using transport::Deadline;
using transport::no_deadline;
using transport::Stop;

class Gate {
 public:
  /// A place in the gate, given back when this goes, unless the gate has gone before.
  class Place {
   public:
    Place() = default;
    /// Whether the place is still held: entered, and not lent since.
    explicit operator bool() const { return held_ && *held_; }
    /// From now on the place is not lent.
    void keep() {
      if (*this) held_ = std::make_shared<bool>(true);
    }
    ~Place() { release_(); }
    Place(Place&& other) noexcept : gate_(std::move(other.gate_)), held_(std::move(other.held_)) {}
    Place& operator=(Place&& other) noexcept {
      release_();
      gate_ = std::move(other.gate_);
      held_ = std::move(other.held_);
      return *this;
    }

   private:
    friend class Gate;
    Place(std::weak_ptr<Gate> gate, std::shared_ptr<bool> held) : gate_(std::move(gate)), held_(std::move(held)) {}
    void release_();

    std::weak_ptr<Gate> gate_;
    std::shared_ptr<bool> held_;
  };

  Gate(asio::io_context& io, Stop& stop, std::size_t places);

  /// To be called when a holder got on. As long as that happens often, no place is lent: the others then wait for a
  /// server or a machine at its limit, and more at once would only make that longer.
  void note_progress();

  /// Waits for a place, in turn, or before all others that wait if `ahead`. The place is empty when `deadline` passed
  /// or the run stopped first. After `patience` the place may be lent to the next host although it is still held.
  asio::awaitable<Place> enter(Deadline deadline, bool ahead, Milliseconds patience);

  /// Whether who enters now has to wait.
  bool is_full() const { return free_ == 0; }
  /// Whether somebody waits.
  bool is_wanted() const { return !ahead_.empty() || !queue_.empty(); }

 private:
  struct Waiting {
    asio::steady_timer timer;
    bool granted = false;
  };
  struct Loan {
    Deadline due;
    Milliseconds patience;
    std::weak_ptr<bool> held;
  };

  void give_back();
  void watch_loans();
  bool is_brisk(Milliseconds patience) const;

  asio::io_context& io_;
  Stop& stop_;
  std::size_t free_;
  std::list<Waiting*> ahead_, queue_;
  const std::size_t brisk_;  // so much progress within a patience is often
  std::deque<Deadline> progress_;
  std::list<Loan> loans_;  // by due time: every caller of one gate is given the same patience
  asio::steady_timer loan_timer_;
  bool watching_ = false;
  std::shared_ptr<Gate> life_{this, [](Gate*) {}};  // lets places and the timer's handler see that the gate is gone
  Stop::Registration registration_;
};

/// A place that is never lent.
inline constexpr Milliseconds no_patience_limit = Milliseconds::max();

}  // namespace cef::runner
