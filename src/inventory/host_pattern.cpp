#include "host_pattern.hpp"

#include <cef/inventory/host_set.hpp>

#include <cctype>
#include <regex>

namespace cef::inventory {

namespace {

bool is_digits(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

struct Split {
  std::string_view host;
  std::optional<std::string_view> port;
};

// `[anything]:22`, then `name:22` where the name has no colon outside brackets; both are tried, one after the other.
Split split_port(std::string_view text) {
  Split split{text, std::nullopt};
  if (const std::size_t end = text.rfind("]:");
      text.starts_with('[') && end != std::string_view::npos && end > 1 && is_digits(text.substr(end + 2)))
    split = {text.substr(1, end - 1), text.substr(end + 2)};
  const std::size_t colon = split.host.rfind(':');
  if (colon == std::string_view::npos || !is_digits(split.host.substr(colon + 1))) return split;
  bool inside = false;
  for (const char c : split.host.substr(0, colon)) {
    if ((c == ':' && !inside) || (c == '[' && inside) || (c == ']' && !inside)) return split;
    if (c == '[') inside = true;
    if (c == ']') inside = false;
  }
  if (inside) return split;
  return {split.host.substr(0, colon), split.host.substr(colon + 1)};
}

// Without ranges, which is how nearly all are written; groups of hex digits, one `::` at most, perhaps an IPv4 tail.
bool is_ipv6(std::string_view text) {
  constexpr std::size_t longest = 45;  // with an IPv4 tail
  if (text.size() > longest || text.find(':') == std::string_view::npos)
    return false;  // before the pattern, which takes a millisecond to make
  static const std::regex pattern(
      R"(([0-9a-f]{1,4}:){7}[0-9a-f]{1,4}|([0-9a-f]{1,4}:){1,6}:|([0-9a-f]{1,4}:)(:[0-9a-f]{1,4}){1,6})"
      R"(|([0-9a-f]{1,4}:){2}(:[0-9a-f]{1,4}){1,5}|([0-9a-f]{1,4}:){3}(:[0-9a-f]{1,4}){1,4})"
      R"(|([0-9a-f]{1,4}:){4}(:[0-9a-f]{1,4}){1,3}|([0-9a-f]{1,4}:){5}(:[0-9a-f]{1,4}){1,2})"
      R"(|([0-9a-f]{1,4}:){6}(:[0-9a-f]{1,4})|:(:[0-9a-f]{1,4}){1,6}|[0-9a-f]{0,4}::)"
      R"(|::(ffff:)?([0-9]{1,3}\.){3}[0-9]{1,3})",
      std::regex::icase);
  return std::regex_match(text.begin(), text.end(), pattern);
}

// A range as Ansible knows it: `[01:20]`, `[a:f]`, `[0:10:2]`. Returns the position after it, 0 when it is none.
std::size_t skip_range(std::string_view text, std::size_t at) {
  const std::size_t close = text.find(']', at);
  if (close == std::string_view::npos) return 0;
  const std::string_view body = text.substr(at + 1, close - at - 1);
  const std::size_t first = body.find(':');
  if (first == std::string_view::npos) return 0;
  const std::size_t second = body.find(':', first + 1);
  const std::string_view begin = body.substr(0, first), end = body.substr(first + 1, second - first - 1);
  if (second != std::string_view::npos && !is_digits(body.substr(second + 1))) return 0;
  const auto letter = [](std::string_view t) {
    return t.size() == 1 && std::isalpha(static_cast<unsigned char>(t[0]));
  };
  return (is_digits(begin) && is_digits(end)) || (letter(begin) && letter(end)) ? close + 1 : 0;
}

// Labels of letters, digits, `_`, `-` and ranges, joined by dots; `-` not first, `-` and `_` not last. Bytes beyond
// ASCII count as letters.
bool is_hostname(std::string_view text) {
  bool label_start = true;
  bool may_end = false;
  for (std::size_t at = 0; at < text.size();) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c == '[') {
      at = skip_range(text, at);
      if (!at) return false;
      label_start = false, may_end = true;
      continue;
    }
    if (c == '.') {
      if (!may_end) return false;
      label_start = true, may_end = false;
    } else if (std::isalnum(c) || c >= 0x80) {
      label_start = false, may_end = true;
    } else if (c == '_' || (c == '-' && !label_start)) {
      label_start = false, may_end = false;
    } else {
      return false;
    }
    ++at;
  }
  return may_end;
}

}  // namespace

bool is_address(std::string_view text) {
  const std::string_view host = split_port(text).host;
  return is_ipv6(host) || is_hostname(host);
}

Result<HostPattern> parse_host_pattern(std::string_view text) {
  Split split = split_port(text);
  const bool has_range = split.host.find('[') != std::string_view::npos;
  if (!is_ipv6(split.host) && !is_hostname(split.host)) {
    // A range in a spelling that Ansible lacks still has its port split off; anything else is a name as it stands.
    if (!has_range || !expand(split.host)) split = {text, std::nullopt};
  }
  HostPattern pattern;
  if (split.port) pattern.port = std::stoll(std::string(split.port->substr(0, 18)));
  if (split.host.find('[') == std::string_view::npos) {
    pattern.names = {std::string(split.host)};
    return pattern;
  }
  auto names = expand(split.host);
  if (!names) return Unexpected(names.error());
  pattern.names = std::move(*names);
  return pattern;
}

}  // namespace cef::inventory
