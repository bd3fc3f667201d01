// URLs.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <algorithm>

namespace cef::expr {

namespace url_filters_parts {
namespace {

std::string encoded(std::string_view text, std::string_view safe) {
  std::string result;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("_.-~").find(c) != std::string_view::npos ||
                       safe.find(c) != std::string_view::npos;
    if (plain)
      result += c;
    else
      result += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

// A text, or the names and values of a form.
Any urlencode(Call& call) {
  if (!call[0].is_dict() && !call[0].is_list()) {
    const std::string text = encoded(call.any_text(0), "/");
    call.budget.bytes(text.size());
    return text;
  }
  Items pairs;
  if (call[0].is_dict())
    for (const auto& [key, value] : call[0].dict().entries()) pairs.push_back(Any::tuple({key, value}));
  else
    pairs = call[0].list().items();
  std::string result;
  for (const Any& pair : pairs) {
    const Items both = iterate(pair, call.budget);
    if (both.size() != 2) fail("urlencode expects pairs of a name and a value");
    const auto part = [&](const Any& any) {
      require_defined(any);
      return replace_all(encoded(text_of(any, call.budget), ""), "%20", "+");
    };
    if (!result.empty()) result += '&';
    result += part(both[0]) + '=' + part(both[1]);
    call.budget.bytes(result.size());
  }
  return result;
}

Any urldecode(Call& call) {
  const std::string text = replace_all(call.any_text(0), "+", " ");
  std::string result;
  const auto digit = [&](std::size_t i) {
    if (i >= text.size()) return -1;
    const std::size_t at =
        std::string_view("0123456789abcdef").find(static_cast<char>(to_lower(static_cast<unsigned char>(text[i]))));
    return at == std::string_view::npos ? -1 : static_cast<int>(at);
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && digit(i + 1) >= 0 && digit(i + 2) >= 0) {
      result += static_cast<char>(static_cast<unsigned char>(digit(i + 1) * 16 + digit(i + 2)));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

Any text_or_none(std::string_view text, bool there) { return there ? Any(text) : Any(nullptr); }

/// Source: Python's urllib.parse.urlsplit.
Any urlsplit(Call& call) {
  const std::string url = call.text(0);
  std::string_view rest = url;
  std::string scheme;
  if (const std::size_t colon = rest.find(':');
      colon != std::string_view::npos && colon > 0 && is_letter(static_cast<unsigned char>(rest[0]))) {
    const bool valid = std::all_of(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(colon), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' ||
             c == '.';
    });
    if (valid) scheme = lower_case(rest.substr(0, colon)), rest.remove_prefix(colon + 1);
  }
  std::string_view netloc;
  if (rest.starts_with("//")) {
    const std::size_t end = std::min(rest.find_first_of("/?#", 2), rest.size());
    netloc = rest.substr(2, end - 2);
    rest.remove_prefix(end);
  }
  const auto cut = [&](char at) {
    const std::size_t place = rest.find(at);
    if (place == std::string_view::npos) return std::string_view();
    const std::string_view after = rest.substr(place + 1);
    rest = rest.substr(0, place);
    return after;
  };
  const std::string_view fragment = cut('#'), query = cut('?');
  const std::size_t at = netloc.rfind('@');
  const bool has_user = at != std::string_view::npos;
  const std::string_view user_part = has_user ? netloc.substr(0, at) : "";
  const std::size_t user_colon = user_part.find(':');
  std::string_view host = has_user ? netloc.substr(at + 1) : netloc;
  std::string_view port;
  if (host.starts_with('[')) {
    const std::size_t close = std::min(host.find(']'), host.size());
    port = close < host.size() && host.substr(close + 1).starts_with(':') ? host.substr(close + 2) : "";
    host = host.substr(1, close - 1);
  } else if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
  }
  Any port_number = nullptr;
  if (!port.empty()) {
    if (port.size() > 5 || port.find_first_not_of("0123456789") != std::string_view::npos ||
        std::stoi(std::string(port)) > 65535)
      fail("urlsplit: '{}' is no port", port);
    port_number = std::stoi(std::string(port));
  }
  auto parts = std::make_shared<Dict>();
  parts->set("fragment", fragment);
  parts->set("hostname", host.empty() ? Any(nullptr) : Any(lower_case(host)));
  parts->set("netloc", netloc);
  parts->set("password", text_or_none(user_colon == std::string_view::npos ? "" : user_part.substr(user_colon + 1),
                                      user_colon != std::string_view::npos));
  parts->set("path", rest);
  parts->set("port", port_number);
  parts->set("query", query);
  parts->set("scheme", scheme);
  parts->set("username", text_or_none(user_part.substr(0, user_colon), has_user));
  if (call.empty(1) || !truth(call[1])) return parts;
  const Any* found = parts->find(call[1]);
  if (!found) fail("urlsplit: unknown URL component: {}", call.any_text(1));
  return *found;
}

constexpr Function table[] = {
    {"urlencode", urlencode, "value"},
    {"urldecode", urldecode, "value"},
    {"urlsplit", urlsplit, "value query? alias?"},
};

}  // namespace
}  // namespace url_filters_parts

const Functions url_filters = url_filters_parts::table;

}  // namespace cef::expr
