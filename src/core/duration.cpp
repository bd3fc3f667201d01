#include <cef/core/duration.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

namespace cef {

Result<Milliseconds> parse_duration(std::string_view text) {
  constexpr std::pair<std::string_view, double> units[] = {{"", 1e3},   {"ms", 1},     {"s", 1e3},
                                                           {"m", 60e3}, {"h", 3600e3}, {"d", 86400e3}};
  constexpr double longest = 2e12;  // milliseconds: 63 years; clocks count nanoseconds, and three times this still fits
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, std::chars_format::fixed);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc() && number >= 0)
    for (const auto& [name, factor] : units)
      if (name == unit && number * factor < longest) return Milliseconds(std::llround(number * factor));
  return Unexpected(Error{Code::usage, fmt::format("'{}' is not a duration", text), "write 90, 90s, 5m or 2h"});
}

double to_ms(std::chrono::steady_clock::duration duration) {
  return static_cast<double>(std::chrono::round<std::chrono::microseconds>(duration).count()) / 1e3;
}

std::string show_duration(Milliseconds duration) {
  const auto ms = duration.count();
  if (ms < 1000) return fmt::format("{} ms", ms);
  if (ms < 120'000) return fmt::format("{:g} s", static_cast<double>(ms) / 1e3);
  if (ms < 7200'000) return fmt::format("{:.3g} min", static_cast<double>(ms) / 60e3);
  const double hours = static_cast<double>(ms) / 3600e3;
  return hours < 100 ? fmt::format("{:.3g} h", hours) : fmt::format("{:.0f} h", hours);
}

}  // namespace cef
