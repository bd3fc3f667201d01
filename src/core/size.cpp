#include <cef/core/size.hpp>

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <utility>

namespace cef {

Result<std::int64_t> parse_size(std::string_view text) {
  constexpr std::int64_t kibi = 1 << 10, mebi = 1 << 20, gibi = 1 << 30;
  constexpr std::pair<std::string_view, std::int64_t> units[] = {
      {"", 1},       {"B", 1},          {"K", kibi}, {"KiB", kibi}, {"KB", 1'000},        {"M", mebi},
      {"MiB", mebi}, {"MB", 1'000'000}, {"G", gibi}, {"GiB", gibi}, {"GB", 1'000'000'000}};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view unit = text.substr(static_cast<std::size_t>(end - text.data()));
  if (error == std::errc() && number > 0)
    for (const auto& [name, factor] : units)
      if (unit == name && number <= std::numeric_limits<std::int64_t>::max() / factor) return number * factor;
  return Unexpected(Error{Code::usage, fmt::format("'{}' is not a size", text), "write 1000000, 512K, 64MiB or 200MB"});
}

}  // namespace cef
