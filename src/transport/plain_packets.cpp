#include "plain_packets.hpp"

#include "algorithms.hpp"
#include "wire.hpp"

#include <algorithm>
#include <cstdint>

namespace cef::transport {

namespace {

constexpr unsigned char disconnect = 1, kexinit = 20, newkeys = 21;
constexpr std::size_t cookie = 16, longest_farewell = 300;

std::string printable(std::string_view text) {
  std::string shown(text.substr(0, longest_farewell));
  while (!shown.empty() && static_cast<unsigned char>(shown.back()) <= ' ') shown.pop_back();
  std::replace_if(
      shown.begin(), shown.end(), [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 0x7f; }, '.');
  return shown;
}

}  // namespace

PlainPackets look_at_packets(std::string_view bytes) {
  PlainPackets seen;
  if (bytes.starts_with("SSH-")) {
    const auto end = bytes.find('\n');
    if (end == std::string_view::npos) return seen;
    bytes.remove_prefix(end + 1);
  }
  while (const auto packet = wire::take_string(bytes)) {
    std::string_view payload = *packet;
    const auto padding = wire::take_number<std::uint8_t>(payload);
    if (!padding || *padding > payload.size()) return seen;
    payload.remove_suffix(*padding);
    const auto kind = wire::take_number<std::uint8_t>(payload);
    if (kind == newkeys) return seen;
    if (kind == kexinit && payload.size() > cookie) {
      payload.remove_prefix(cookie);
      if (const auto names = wire::take_string(payload)) seen.key_exchanges = *names;
    }
    if (kind == disconnect && wire::take_number<std::uint32_t>(payload))
      if (const auto words = wire::take_string(payload)) seen.farewell = printable(*words);
  }
  return seen;
}

bool is_costly_exchange(std::string_view ours, std::string_view theirs) {
  while (!ours.empty()) {
    const auto comma = std::min(ours.find(','), ours.size());
    const std::string_view name = ours.substr(0, comma);
    if (holds(theirs, name))
      return name.starts_with("diffie-hellman-group-exchange") || name.starts_with("diffie-hellman-group16") ||
             name.starts_with("diffie-hellman-group18");
    ours.remove_prefix(std::min(comma + 1, ours.size()));
  }
  return false;
}

}  // namespace cef::transport
