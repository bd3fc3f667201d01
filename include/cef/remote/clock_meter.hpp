// How far a host's clock is from this machine's, by NTP's four time stamps: when a question left here, when it was
// there and its answer left, when that was here. The exchange that took the shortest counts; what it took bounds the
// error.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace cef::remote {

struct ClockOffset {
  double offset_s = 0;  // positive: the host's clock is ahead of this machine's
  double error_s = 0;   // it is right within this
};

class ClockMeter {
 public:
  using Clock = std::chrono::system_clock;

  explicit ClockMeter(std::size_t exchanges) : exchanges_(exchanges) {}

  /// For /bin/sh. It ends with its input.
  static const char* script();
  /// The script's input: bytes that stay until the next call, nothing while an answer is on its way, nullopt at the
  /// end.
  std::optional<std::string_view> give(Clock::time_point now);
  /// The script's output.
  void hear(std::string_view bytes, Clock::time_point now);
  /// Nothing when there was no answer.
  std::optional<ClockOffset> best() const { return best_; }

 private:
  void answer(std::string_view line, Clock::time_point now);

  std::size_t exchanges_, done_ = 0;
  bool waits_ = false;
  Clock::time_point asked_;
  std::string line_;
  std::optional<ClockOffset> best_;
};

}  // namespace cef::remote
