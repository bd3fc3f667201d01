// What a selection of the store was like over time: for each host and series its extremes and mean, and the same for
// equal parts of the time, for charts.
#pragma once

#include <cef/store/metrics.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::store {

/// `disk.used_pct[/boot]` as `disk.used_pct` and `/boot`.
std::pair<std::string_view, std::string_view> split_series(std::string_view name);

struct Part {
  double min = 0, max = 0, sum = 0;
  std::int64_t count = 0;  // 0: no values

  double mean() const { return sum / static_cast<double>(count); }
};

struct Curve {
  std::size_t series = 0;  // place in the selection
  Part whole;
  double last = 0;
  Time last_time;
  std::vector<Part> parts;
};

struct HostCurves {
  std::vector<Curve> curves;  // those that have values, in the selection's order
  std::int64_t rounds = 0, up = 0;
  std::optional<Time> last, last_up;  // when there was a round, and when it was up
  std::optional<Code> error;          // of `last`
};

/// For each host of the selection, in `parts` equal parts of its time. Errors: those of MetricStore::read().
Result<std::vector<HostCurves>> read_curves(const MetricStore& store, const MetricStore::Selection& selection,
                                            std::size_t parts);

}  // namespace cef::store
