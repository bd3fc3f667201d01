// The dialogue of a relay with both of its ends: the one that lets a key in for a file, and the one that makes the key
// and fetches the file with it. Knows no network.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>
#include <cef/transport/session.hpp>

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cef::remote {

class RelayTalk {
 public:
  using Clock = transport::Clock;

  /// `key`: the serving host's, by which the other one will know it.
  RelayTalk(std::size_t size, Milliseconds stall, transport::HostKey key, std::function<void(std::int64_t)> progress)
      : size_(size), stall_(stall), key_(std::move(key)), progress_(std::move(progress)) {}

  /// Of the one that fetches, and of the one that serves: as of a command's streams.
  void hear_fetching(std::string_view bytes) { hear(bytes, fetching_); }
  void hear_serving(std::string_view bytes) { hear(bytes, serving_); }
  std::optional<std::string_view> give_fetching(std::size_t most) { return give(most, fetching_); }
  std::optional<std::string_view> give_serving(std::size_t most) { return give(most, serving_); }
  /// Errors: transfer_stalled.
  Result<Clock::time_point> tick(Clock::time_point now);

  /// One of them is no more there.
  void end_fetching();
  void end_serving();

  bool has_all() const { return got_ == size_; }
  /// Why it has not; what either of them said.
  const std::string& why() const { return why_; }

 private:
  struct End {
    std::string line, answer;
    std::size_t answered = 0;
    bool begun = false, over = false;
  };

  void hear(std::string_view bytes, End& end);
  void hear_line(std::string_view line, End& end);
  void hear_of_fetching(char kind, std::string_view rest);
  void hear_of_serving(char kind, std::string_view rest);
  static std::optional<std::string_view> give(std::size_t most, End& end);
  void fail(std::string why);

  const std::size_t size_;
  const Milliseconds stall_;
  const transport::HostKey key_;
  const std::function<void(std::int64_t)> progress_;
  End fetching_, serving_;
  std::string public_key_, way_;  // to be told to the other one
  std::size_t got_ = 0, at_ = 0;
  std::optional<Clock::time_point> moved_at_;
  std::string why_;
};

}  // namespace cef::remote
