#include "certificate.hpp"

#include "base64.hpp"
#include "wire.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

namespace cef::transport {

namespace {

using Time = std::chrono::system_clock::time_point;

// Seconds since 1970, of which certificates have more than clocks.
Time to_time(std::uint64_t seconds) {
  const auto most = std::chrono::duration_cast<std::chrono::seconds>(Time::max().time_since_epoch()).count();
  return Time(std::chrono::seconds(std::min(seconds, static_cast<std::uint64_t>(most))));
}

// The second word of a line.
std::string_view middle(std::string_view line) {
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return {};
  line.remove_prefix(space + 1);
  return line.substr(0, line.find_first_of(" \r\n"));
}

}  // namespace

std::optional<Validity> validity_of(std::string_view line) {
  const auto bytes = from_base64(middle(line));
  if (!bytes) return std::nullopt;
  std::string_view rest = *bytes;
  const auto type = wire::take_string(rest);
  if (!type) return std::nullopt;
  const int parts = type->starts_with("ssh-ed25519") ? 1 : 2;  // of the public key, after the nonce
  for (int i = 0; i < 1 + parts; ++i)
    if (!wire::take_string(rest)) return std::nullopt;
  const auto serial = wire::take_number<std::uint64_t>(rest);
  const auto kind = wire::take_number<std::uint32_t>(rest);
  const auto id = wire::take_string(rest), principals = wire::take_string(rest);
  const auto after = wire::take_number<std::uint64_t>(rest), before = wire::take_number<std::uint64_t>(rest);
  if (!serial || !kind || !id || !principals || !after || !before) return std::nullopt;
  return Validity{to_time(*after), to_time(*before)};
}

// Both hold the same parts of the key, the one after its type, the other after type and nonce.
bool certifies(std::string_view line, std::string_view key_base64) {
  const auto certificate = from_base64(middle(line)), key = from_base64(key_base64);
  if (!certificate || !key) return false;
  std::string_view rest = *certificate, parts = *key;
  if (!wire::take_string(rest) || !wire::take_string(rest) || !wire::take_string(parts)) return false;
  return !parts.empty() && rest.starts_with(parts);
}

std::string lapse(const std::string& path, const Validity& validity, Time now) {
  const auto day = [](Time time) { return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(time)); };
  if (now >= validity.until) return fmt::format("{} expired on {}", path, day(validity.until));
  if (now < validity.from) return fmt::format("{} is not valid before {}", path, day(validity.from));
  return {};
}

}  // namespace cef::transport
