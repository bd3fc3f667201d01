#include <cef/core/duration.hpp>
#include <cef/core/moment.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <string_view>

namespace cef {

namespace {

std::chrono::system_clock::time_point local_midnight(std::chrono::system_clock::time_point now, int days_before) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  parts.tm_hour = parts.tm_min = parts.tm_sec = 0;
  parts.tm_mday -= days_before;  // mktime() counts on into the month before
  parts.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(std::mktime(&parts));
}

}  // namespace

Result<std::chrono::system_clock::time_point> parse_moment(const std::string& text,
                                                           std::chrono::system_clock::time_point now) {
  if (text == "now") return now;
  if (text == "today" || text == "yesterday") return local_midnight(now, text == "today" ? 0 : 1);
  if (const auto ago = parse_duration(text)) return now - *ago;
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), format, &parts);
    const std::string_view rest = end ? end : "?";
    if (!rest.empty() && rest != "Z") continue;
    // Clocks count nanoseconds: no other years fit. `26-11-23` is one of them.
    if (parts.tm_year < 1970 - 1900 || parts.tm_year > 2261 - 1900) continue;
    const std::tm given = parts;
    parts.tm_isdst = -1;
    const std::time_t seconds = rest.empty() ? std::mktime(&parts) : ::timegm(&parts);
    // Neither refuses the 31st of June, which it takes for the 1st of July.
    if (parts.tm_mday == given.tm_mday && parts.tm_mon == given.tm_mon)
      return std::chrono::system_clock::from_time_t(seconds);
  }
  return Unexpected(
      Error{Code::usage, fmt::format("'{}' is no time", text),
            "write how long ago (90s, 24h, 7d), now, today, yesterday, or a date (2026-11-23, 2026-11-23T10:15, with Z "
            "for UTC)"});
}

std::string utc_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace cef
