// Shares out a rate: among the pieces of one transfer, or among all that are under way.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>

namespace cef::remote {

class Pacer {
 public:
  using Clock = std::chrono::steady_clock;

  /// Bytes per second; 0: no limit.
  explicit Pacer(std::int64_t rate) : rate_(rate) {}

  bool has_limit() const { return rate_ > 0; }
  /// How many bytes are asked for at once, of at most `most`: some twentieth of a second's.
  std::size_t piece(std::size_t most) const;
  /// When so many bytes may be sent. Whoever asks has its turn after those who asked before, so that each of those who
  /// wait gets the same share.
  Clock::time_point reserve(std::size_t bytes, Clock::time_point now);

 private:
  std::int64_t rate_;
  Clock::time_point free_{};
};

/// One transfer's way through the pacers that it is subject to; null: no limit.
class Turns {
 public:
  using Clock = Pacer::Clock;

  Turns(std::shared_ptr<Pacer> own, std::shared_ptr<Pacer> total);

  bool have_limit() const;
  /// How many bytes may be moved now, of at most `most`; 0: none before due().
  std::size_t next(std::size_t most, Clock::time_point now);
  /// When the turn comes that is waited for; the past when none is.
  Clock::time_point due() const { return due_.value_or(Clock::time_point::min()); }
  /// When next() is to be asked again, where it gave 0. A turn that has come meanwhile is told once: then whoever has
  /// it waits for something else. Nothing: no turn is waited for.
  std::optional<Clock::time_point> wake(Clock::time_point now);

 private:
  std::shared_ptr<Pacer> pacers_[2];
  std::optional<Clock::time_point> due_;
  bool told_ = false;  // that it has come
  std::size_t bytes_ = 0;
};

}  // namespace cef::remote
