// How far the transfers of a run are: a host's own part and rate, and what all of them together have done.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace cef::cli {

class TransferTally {
 public:
  using Clock = std::chrono::steady_clock;

  /// `as_json`: notes are objects, for --progress json.
  TransferTally(std::size_t hosts, Clock::time_point start, bool as_json);

  /// `34 % 12.3 MB/s; all: 40 % 80.1 MB/s, 2 min left`, a few times a second for each host: so many of its bytes, `of`
  /// all of them, are there. Hosts that have not begun are thought to have as many as the others.
  std::optional<std::string> note(const std::string& host, std::int64_t bytes, std::int64_t of, Clock::time_point now);
  /// It is done, one way or the other.
  void done(const std::string& host);

 private:
  struct Host {
    std::int64_t first = 0, bytes = 0, of = 0;
    Clock::time_point began, told;
  };

  // So much of what there is, how fast, and how long it takes from here on.
  struct Course {
    double bytes, of, rate;
    double percent() const { return of > 0 ? 100 * bytes / of : 100.0; }
    std::string time_left() const;
  };
  std::string told(const Course& own, const Course& all) const;

  std::size_t hosts_, ended_ = 0;
  std::int64_t of_ = 0;     // of one of them
  std::int64_t moved_ = 0;  // of all hosts, in this run
  Clock::time_point start_;
  bool as_json_;
  std::map<std::string, Host> under_way_;
};

/// `12.3 MB/s`
std::string show_rate(double bytes_a_second);

}  // namespace cef::cli
