// Measures a link through one command on the host, whose input and output are the link's two directions: the part that
// knows what to send and what the answers mean, and no network. Sizes grow until the time or the bytes are used up, so
// that a slow link is not choked with what a fast one takes at once; TCP's slow start is in the small ones, which do
// not count.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

struct LinkBounds {
  std::int64_t bytes = std::int64_t{8} << 20;  // in each direction
  Milliseconds time{5000};                     // in each direction
  bool down = true, up = true;                 // to the host; from it
};

class LinkTest {
 public:
  using Clock = std::chrono::steady_clock;

  explicit LinkTest(LinkBounds bounds) : bounds_(bounds) {}

  /// For the host's shell, whichever that is. It ends with its input.
  static std::string command_line();
  /// The command's input: at most `most` bytes that stay until the next call, nothing when it is the host's turn to
  /// answer, nullopt when all is measured.
  std::optional<std::string_view> give(std::size_t most, Clock::time_point now);
  /// The command's output.
  void hear(std::string_view bytes, Clock::time_point now);

  bool done() const { return phase_ == Phase::done; }
  /// What was measured until `now`, of a test that was cut short too; null where nothing can be said.
  std::optional<double> latency_ms() const;
  std::optional<double> down_mbit_s() const;
  std::optional<double> up_mbit_s(Clock::time_point now) const;
  std::int64_t bytes() const { return moved_; }
  /// What the host said that could not be understood; empty: nothing.
  const std::string& strange() const { return strange_; }

 private:
  enum class Phase { starting, pinging, down, up, done };
  struct Piece {
    std::int64_t bytes;
    double seconds;
  };

  void ask(std::string request);
  void begin(Phase phase, Clock::time_point now);
  void next_piece(Clock::time_point now);
  void end_piece(Clock::time_point now);
  void hear_line(std::string_view line, Clock::time_point now);
  double seconds_of_piece(Clock::time_point now) const;
  static std::optional<double> rate(const std::vector<Piece>& pieces);

  LinkBounds bounds_;
  Phase phase_ = Phase::starting;
  std::string request_, line_, strange_;
  std::size_t request_sent_ = 0;
  std::int64_t zeros_ = 0;                    // of the piece, left to give
  std::int64_t piece_ = 0, piece_heard_ = 0;  // its size, and what of it the host has sent
  std::int64_t phase_bytes_ = 0, moved_ = 0;
  Clock::time_point asked_, phase_began_;
  std::vector<double> pings_;  // seconds
  std::vector<Piece> down_, up_;
};

}  // namespace cef::remote
