// A table on a screen that is drawn again and again: each host's last values in a line (one for each element, where a
// column has a `*`), however often they change, and in the order that is asked for at the moment.
#pragma once

#include <cef/render/render.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::render {

class ScreenTable {
 public:
  using Time = std::chrono::steady_clock::time_point;

  /// Everything starts empty: no host has answered. `ages`: how old each host's values are stands beside its status,
  /// and they stay after a failure, with a line below that says why, as it does of what could not be found out;
  /// otherwise the failure is told in their place. Errors: usage, as of make_renderer().
  static Result<ScreenTable> make(View view, const std::vector<std::string>& hosts, bool ages);
  ScreenTable(ScreenTable&& other) noexcept;
  ScreenTable& operator=(ScreenTable&& other) noexcept;
  ~ScreenTable();

  /// What a host answered at `when`. Values that are kept after a failure are dimmed.
  void set(std::size_t host, const HostResult& result, Time when);
  /// The highest values that there are now, of columns that have levels from where on they are to be noticed:
  /// `temp 83.2 °C (3 from 70.0 °C on)`. Nothing of one host alone.
  std::vector<std::string> peaks() const;
  /// A host that has not answered in time shows as `late`, its values dimmed, until the next set().
  void set_late(std::size_t host, bool late);

  /// The column to sort by, as they stand on the screen, the age too; nothing for inventory order. A status is sorted
  /// by how much it needs someone: unreachable, failed, late, waiting, skipped, changed, ok.
  void sort_by(std::optional<std::size_t> column, bool descending);
  std::optional<std::size_t> sorted_by() const;
  bool descending() const;
  std::size_t columns() const;

  /// Only lines that hold the text somewhere, as it is written or in other capitals; empty: all.
  void filter(std::string text);
  /// Only hosts that failed, are late or crossed a threshold.
  void set_only_failures(bool only);
  bool only_failures() const;

  /// Lines there are now, without the header.
  std::size_t size();
  /// The header and then up to `count` lines from `first` on, each of at most `width` cells (0: as wide as it gets).
  /// Widths of columns are those of all lines ever drawn, so that nothing jumps when it scrolls.
  std::vector<std::string> draw(std::size_t first, std::size_t count, std::size_t width, Time now);
  /// All that is known of the host in that line, a field in a line, and why it failed; empty beyond the last line.
  std::vector<std::string> details(std::size_t line, std::size_t width, Time now);
  /// The lines of one host alone, without the header.
  std::vector<std::string> draw_host(std::size_t host, Time now);

 private:
  struct State;
  explicit ScreenTable(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace cef::render
