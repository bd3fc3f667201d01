#include <cef/core/text.hpp>
#include <cef/yaml/yaml.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <regex>

namespace cef::yaml {

namespace {

std::string without_underscores(std::string_view text) {
  std::string digits;
  for (const char c : text)
    if (c != '_') digits += c;
  return digits;
}

// Base 2, 8, 10 or 16. Past 64 bits a float, which is as near as JSON readers come.
std::optional<Value> integer(std::string_view text) {
  std::string_view body = text;
  const bool negative = body.starts_with('-');
  if (negative || body.starts_with('+')) body.remove_prefix(1);
  int base = 10;
  if (body.starts_with("0x")) {
    base = 16, body.remove_prefix(2);
  } else if (body.starts_with("0b")) {
    base = 2, body.remove_prefix(2);
  } else if (body.size() > 1 && body[0] == '0') {
    base = 8, body.remove_prefix(1);
  } else if (body.empty() || !is_digit(body[0])) {
    return std::nullopt;
  }
  const std::string digits = without_underscores(body);
  if (digits.empty()) return std::nullopt;
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
  if (end != digits.data() + digits.size()) return std::nullopt;
  constexpr auto most = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  // As a number it would lose digits; a text keeps them.
  if (error == std::errc::result_out_of_range || (negative && value > most)) return std::nullopt;
  if (negative) return Value(-static_cast<std::int64_t>(value));
  return value <= most ? Value(static_cast<std::int64_t>(value)) : Value(value);
}

// `1:30` is 90 in YAML 1.1: numbers to the base of 60.
std::optional<Value> sexagesimal(std::string_view text) {
  if (text.find(':') == std::string_view::npos) return std::nullopt;  // before the pattern, which is dear to make
  static const std::regex pattern(R"([-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?)");
  if (!std::regex_match(text.begin(), text.end(), pattern)) return std::nullopt;
  const bool is_float = text.find('.') != std::string_view::npos;
  std::string digits = without_underscores(text);
  const double sign = digits[0] == '-' ? -1 : 1;
  if (!is_digit(digits[0])) digits.erase(0, 1);
  if (!is_float && digits[0] == '0') return std::nullopt;
  double value = 0;
  for (const char* at = digits.c_str(); *at;) {
    char* end = nullptr;
    value = value * 60 + std::strtod(at, &end);
    at = *end == ':' ? end + 1 : end;
  }
  constexpr double most = 9.2e18;  // of std::int64_t
  return is_float || value > most ? Value(sign * value) : Value(static_cast<std::int64_t>(sign * value));
}

std::optional<Value> floating(std::string_view text) {
  std::string_view body = text;
  if (body.starts_with('-') || body.starts_with('+')) body.remove_prefix(1);
  if (body == ".inf" || body == ".Inf" || body == ".INF")
    return Value(text[0] == '-' ? -std::numeric_limits<double>::infinity() : std::numeric_limits<double>::infinity());
  if (text == ".nan" || text == ".NaN" || text == ".NAN") return Value(std::numeric_limits<double>::quiet_NaN());
  const auto dot = body.find('.');  // addresses have more than one, and the pattern is dear to make
  if (dot == std::string_view::npos || body.find('.', dot + 1) != std::string_view::npos) return std::nullopt;
  // 1e5 is a string: an exponent needs the dot and a sign. So are +.5 and -.5, which PyYAML has no pattern for.
  static const std::regex pattern(R"([-+]?[0-9][0-9_]*\.[0-9_]*([eE][-+][0-9]+)?|\.[0-9][0-9_]*([eE][-+][0-9]+)?)");
  if (!std::regex_match(text.begin(), text.end(), pattern)) return std::nullopt;
  return Value(std::strtod(without_underscores(text).c_str(), nullptr));
}

// Python's isoformat() of what PyYAML reads; a plain date stays as it is.
std::optional<Value> timestamp(std::string_view text) {
  if (text.size() < 8 || !is_digit(text[3]) || text[4] != '-') return std::nullopt;
  static const std::regex pattern(
      R"(([0-9]{4})-([0-9][0-9]?)-([0-9][0-9]?)(?:[Tt]|[ \t]+)([0-9][0-9]?):([0-9]{2}):([0-9]{2})(?:\.([0-9]*))?)"
      R"((?:[ \t]*(Z|([-+])([0-9][0-9]?)(?::([0-9]{2}))?))?)");
  std::cmatch part;
  if (!std::regex_match(text.data(), text.data() + text.size(), part, pattern)) return std::nullopt;
  const auto number = [&](std::size_t i) { return part[i].length() ? std::atoi(part[i].str().c_str()) : 0; };
  std::string shown = fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", number(1), number(2), number(3), number(4),
                                  number(5), number(6));
  std::string fraction = part[7].str().substr(0, 6);
  fraction.resize(6, '0');
  if (fraction != "000000") shown += '.' + fraction;
  if (part[9].length())
    shown += fmt::format("{}{:02}:{:02}", part[9].str(), number(10), number(11));
  else if (part[8].length())
    shown += "+00:00";
  return Value(shown);
}

}  // namespace

Value plain_scalar(std::string_view text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  for (const std::string_view yes : {"yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"})
    if (text == yes) return true;
  for (const std::string_view no : {"no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"})
    if (text == no) return false;
  if (!is_digit(text[0]) && text[0] != '-' && text[0] != '+' && text[0] != '.') return std::string(text);
  if (auto value = integer(text)) return *value;
  // std::regex takes the stack by the length of the text; no number or time is so long.
  if (text.size() > 1000) return std::string(text);
  if (auto value = sexagesimal(text)) return *value;
  if (auto value = floating(text)) return *value;
  if (auto value = timestamp(text)) return *value;
  return std::string(text);
}

}  // namespace cef::yaml
