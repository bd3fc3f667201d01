// Shares out a rate: among the pieces of one transfer, or among all that are under way.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

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

}  // namespace cef::remote
