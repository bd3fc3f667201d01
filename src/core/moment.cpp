#include <cef/core/duration.hpp>
#include <cef/core/moment.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <string_view>

namespace cef {

Result<std::chrono::system_clock::time_point> parse_moment(const std::string& text,
                                                           std::chrono::system_clock::time_point now) {
  if (const auto ago = parse_duration(text)) return now - *ago;
  for (const char* format :
       {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"}) {
    std::tm parts{};
    const char* end = ::strptime(text.c_str(), format, &parts);
    const std::string_view rest = end ? end : "?";
    if (!rest.empty() && rest != "Z") continue;
    const std::tm given = parts;
    parts.tm_isdst = -1;
    const std::time_t seconds = rest.empty() ? std::mktime(&parts) : ::timegm(&parts);
    // Neither refuses the 31st of June, which it takes for the 1st of July.
    if (parts.tm_mday == given.tm_mday && parts.tm_mon == given.tm_mon)
      return std::chrono::system_clock::from_time_t(seconds);
  }
  return Unexpected(
      Error{Code::usage, fmt::format("'{}' is no time", text),
            "write how long ago (90s, 24h, 7d) or a date (2026-11-23, 2026-11-23T10:15, with Z for UTC)"});
}

std::string utc_time(std::chrono::system_clock::time_point time) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(time)));
}

}  // namespace cef
