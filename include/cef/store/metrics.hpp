// The store of metrics: what was measured on every host, and whether it was up, over months in one SQLite file that any
// number of runs may write at the same time. Every value is kept for some days, then what was least, mean, greatest and
// last of each hour, then of each day.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/error.hpp>
#include <cef/core/result.hpp>
#include <cef/store/file.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::store {

/// What one round found on a host.
struct Reading {
  std::string host;
  std::optional<Code> error;                           // why there are no values; a host is down by is_unreachable()
  std::vector<std::pair<std::string, double>> values;  // by Sample::name(); of equal names the highest
};

/// One value, or what an hour or a day of them was like.
struct Point {
  Time time;  // of the value, or the beginning of its hour or day (UTC)
  double min = 0, mean = 0, max = 0, last = 0;
  std::int64_t count = 1;
};

/// Whether a host was up, in one round or those of an hour or a day.
struct Presence {
  Time time;
  std::int64_t rounds = 1, up = 1;
  std::optional<Code> error;  // of one round
};

struct StoredHost {
  std::string name;
  Time first, last;             // when something was stored of it
  std::optional<Time> last_up;  // and when it was last up
  std::optional<Code> error;    // of `last`
};

struct Kept {
  std::chrono::days values{7}, hours{90};  // days are kept for ever
};
struct Tidied {
  std::int64_t hours = 0, days = 0, removed = 0;  // rows of hours and days made, rows removed
};

/// Errors of all calls: io_failed, naming the file and what SQLite or the system says.
class MetricStore {
 public:
  /// Each later call waits up to `patience` for other processes. A file of a newer cef is not touched.
  static Result<MetricStore> open(const std::filesystem::path& file, Access access, Milliseconds patience);
  ~MetricStore();
  MetricStore(MetricStore&&) noexcept;
  MetricStore& operator=(MetricStore&&) noexcept;

  /// Adds a round, all of it or nothing.
  Result<void> append(Time time, const std::vector<Reading>& round);

  /// Those that were ever stored, in the order in which they came.
  Result<std::vector<StoredHost>> hosts() const;
  /// Names of all series: `disk.used_pct[/boot]`.
  Result<std::vector<std::string>> series() const;

  struct Selection {
    std::vector<std::string> hosts, series;  // those that are not stored have no points
    Time since, until;
  };
  /// Gets the points of a selection, of a host's series by rising time.
  class Reader {
   public:
    virtual ~Reader() = default;
    virtual void value(std::size_t host, std::size_t series, const Point& point) = 0;
    virtual void presence(std::size_t host, const Presence& presence) = 0;
  };
  /// Every value, for two days or less; for more, hours as far as they are made, and days for more than two months.
  /// What is no longer kept as finely as that is read more coarsely.
  Result<void> read(const Selection& selection, Reader& reader) const;

  /// Makes the hours and days that are over, and removes what need not be kept. Does nothing when this was done in the
  /// last hour, and no more than a few seconds' work, unless `now_and_whole`.
  Result<Tidied> tidy(const Kept& kept, Time now, bool now_and_whole);

 private:
  struct State;
  explicit MetricStore(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cef::store
