// The data types of SSH's messages. Source: RFC 4251, 5.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace cef::transport::wire {

template <class Number>
std::optional<Number> take_number(std::string_view& from) {
  if (from.size() < sizeof(Number)) return std::nullopt;
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) value = value << 8 | static_cast<unsigned char>(from[i]);
  from.remove_prefix(sizeof(Number));
  return value;
}

inline std::optional<std::string_view> take_string(std::string_view& from) {
  const auto size = take_number<std::uint32_t>(from);
  if (!size || *size > from.size()) return std::nullopt;
  const auto text = from.substr(0, *size);
  from.remove_prefix(*size);
  return text;
}

inline void add_number(std::string& to, std::size_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>((value >> shift) & 0xff);
}

inline void add_string(std::string& to, std::string_view text) {
  add_number(to, text.size());
  to += text;
}

}  // namespace cef::transport::wire
