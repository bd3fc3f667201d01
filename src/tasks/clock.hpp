// What the daemons that keep a host's clock say of it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cef::tasks {

struct ClockState {
  bool synced = false;
  std::optional<double> offset_s;  // of the host's clock: positive when it is fast
  std::optional<int> stratum;
  std::string reference;  // the server that counts, or empty
};

/// `chronyc -c -n tracking`. Nothing for what is none.
std::optional<ClockState> parse_chrony(std::string_view text);
/// `timedatectl show` and `timedatectl timesync-status`, one after the other.
std::optional<ClockState> parse_timesyncd(std::string_view text);
/// `ntpq -n -c rv`.
std::optional<ClockState> parse_ntpq(std::string_view text);

/// As systemd writes it: `-1min 2.5s`, `+350us`.
std::optional<double> parse_timespan(std::string_view text);

}  // namespace cef::tasks
