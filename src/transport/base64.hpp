// Base64 as keys, certificates and known_hosts are written in (RFC 4648, 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace cef::transport {

/// Nothing for what is not base64 to the last byte: another character, missing or too much padding, bits that stand for
/// nothing. Those of `passed_over`, line ends say, may stand anywhere.
std::optional<std::string> from_base64(std::string_view text, const char* passed_over = "");
std::string to_base64(std::string_view bytes);

}  // namespace cef::transport
