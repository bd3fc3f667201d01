#include "clock.hpp"

#include <cef/core/text.hpp>

#include <algorithm>
#include <charconv>
#include <map>
#include <vector>

namespace cef::tasks {

namespace {

constexpr int unsynchronised_stratum = 16;

std::optional<double> number(std::string_view text) {
  double value = 0;
  if (text.starts_with('+')) text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto end = text.find(separator);
    parts.push_back(trim(text.substr(0, end)));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::optional<double> negative(std::optional<double> value) {
  if (value && *value != 0) value = -*value;
  return value;
}

}  // namespace

// Fields by their place: reference's id, its address, stratum, its time, system time (slow is positive), last offset,
// root mean square, frequency, residual, skew, root delay, root dispersion, interval, leap status.
std::optional<ClockState> parse_chrony(std::string_view text) {
  for (const std::string_view line : split(text, '\n')) {
    const auto fields = split(line, ',');
    if (fields.size() < 14) continue;
    const auto stratum = number(fields[2]);
    if (!stratum) continue;
    ClockState state;
    state.synced = fields[13] != "Not synchronised" && *stratum > 0 && *stratum < unsynchronised_stratum;
    if (!state.synced) return state;  // the other fields are zero then
    state.stratum = static_cast<int>(*stratum);
    state.offset_s = negative(number(fields[4]));
    state.reference = fields[1];
    return state;
  }
  return std::nullopt;
}

std::optional<double> parse_timespan(std::string_view text) {
  static const std::map<std::string_view, double> units{{"us", 1e-6}, {"ms", 1e-3}, {"s", 1},
                                                        {"min", 60},  {"h", 3600},  {"d", 86'400}};
  double sign = 1, sum = 0;
  if (text.starts_with('-')) sign = -1;
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text == "0") return 0.0;
  for (const std::string_view part : split(text, ' ')) {
    const auto digits = part.find_first_not_of("0123456789.");
    if (digits == std::string_view::npos) return std::nullopt;
    const auto value = number(part.substr(0, digits));
    const auto unit = units.find(part.substr(digits));
    if (!value || unit == units.end()) return std::nullopt;
    sum += *value * unit->second;
  }
  return sign * sum;
}

std::optional<ClockState> parse_timesyncd(std::string_view text) {
  ClockState state;
  bool known = false;
  for (const std::string_view line : split(text, '\n')) {
    if (line.starts_with("NTPSynchronized=")) {
      known = true;
      state.synced = line.ends_with("=yes");
    }
    const auto colon = line.find(": ");
    if (colon == std::string_view::npos) continue;
    const std::string_view name = line.substr(0, colon), value = trim(line.substr(colon + 2));
    if (name == "Server") state.reference = value.substr(0, value.find(' '));
    if (name == "Stratum")
      if (const auto stratum = number(value)) state.stratum = static_cast<int>(*stratum);
    // Of the server's clock, seen from the host's.
    if (name == "Offset") state.offset_s = negative(parse_timespan(value));
  }
  if (!known) return std::nullopt;
  if (state.reference == "n/a" || state.reference == "null") state.reference.clear();
  return state;
}

std::optional<ClockState> parse_ntpq(std::string_view text) {
  ClockState state;
  // What it is synchronised by need not be told: ntpsec says `sync_unspec` of servers. That there is a peer is.
  bool known = false, leap = true, peer = true;
  std::string joined(text);
  std::replace(joined.begin(), joined.end(), '\n', ',');
  for (const std::string_view field : split(joined, ',')) {
    if (field.ends_with("leap_alarm")) leap = false;
    const auto equals = field.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = field.substr(0, equals), value = field.substr(equals + 1);
    if (name == "stratum") {
      known = true;
      if (const auto stratum = number(value)) state.stratum = static_cast<int>(*stratum);
    }
    if (name == "peer") peer = value != "0";
    if (name == "refid") state.reference = value;
    if (name == "offset")
      if (const auto ms = number(value)) state.offset_s = negative(*ms / 1e3);
  }
  if (!known) return std::nullopt;
  state.synced = leap && peer && state.stratum.value_or(unsynchronised_stratum) < unsynchronised_stratum;
  if (!state.synced) state.offset_s.reset();
  return state;
}

}  // namespace cef::tasks
