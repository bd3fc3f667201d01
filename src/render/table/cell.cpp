#include "cell.hpp"

#include <cef/core/text.hpp>
#include <cef/render/render.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

namespace cef::render {

namespace {

std::string show_bytes(double bytes) {
  constexpr std::string_view units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  std::size_t unit = 0;
  // 1023.95 would be rounded to "1024.0".
  while (std::abs(bytes) >= (unit == 0 ? 1024 : 1023.95) && unit + 1 < std::size(units)) bytes /= 1024, ++unit;
  return unit == 0 ? fmt::format("{:.0f} B", bytes) : fmt::format("{:.1f} {}", bytes, units[unit]);
}

std::string show_seconds(double seconds) {
  const double size = std::abs(seconds);
  if (size == 0) return "0 s";
  if (size < 0.9995e-3) return fmt::format("{:.0f} µs", seconds * 1e6);
  if (size < 0.99995) return fmt::format("{:.1f} ms", seconds * 1e3);
  if (size < 120) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::min(size, 1e15));
  const char* sign = seconds < 0 ? "-" : "";
  constexpr std::int64_t hour = 3600, day = 86400;
  if (whole < 2 * hour) return fmt::format("{}{} min", sign, whole / 60);
  if (whole < day) return fmt::format("{}{} h {:02} min", sign, whole / hour, whole / 60 % 60);
  return fmt::format("{}{} d {:02} h", sign, whole / day, whole / hour % 24);
}

std::string show_number(const Value& value) {
  if (value.is_number_integer()) return value.dump();
  const double number = value.get<double>();
  return number != 0 && std::abs(number) < 0.01 ? fmt::format("{:.2g}", number) : fmt::format("{:.2f}", number);
}

std::string show_number(const Value& value, Unit unit) {
  const double number = value.get<double>();
  switch (unit) {
    case Unit::none:
      return show_number(value);
    case Unit::bytes:
      return show_bytes(number);
    case Unit::milliseconds:
      return std::abs(number) < 999.95 ? fmt::format("{:.1f} ms", number) : show_seconds(number / 1e3);
    case Unit::seconds:
      return show_seconds(number);
    case Unit::percent:
      return fmt::format("{:.1f} %", number);
    case Unit::celsius:
      return fmt::format("{:.1f} °C", number);
    case Unit::mbit_s:
      return fmt::format("{:.1f} Mbit/s", number);
    case Unit::watts:
      return fmt::format("{:.1f} W", number);
  }
  return value.dump();
}

bool is_scalar(const Value& value) { return !value.is_structured(); }

std::string join(const Value& list, std::string_view between) {
  std::string out;
  for (const Value& value : list) out += (out.empty() ? "" : std::string(between)) + plain(value);
  return out;
}

}  // namespace

std::string show(const Value& value, Unit unit) {
  if (value.is_null()) return no_value;
  if (value.is_number()) return show_number(value, unit);
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_array() && std::ranges::all_of(value, is_scalar)) return value.empty() ? no_value : join(value, ", ");
  std::string text = plain(value);
  return text.empty() ? no_value : text;
}

std::string plain(const Value& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return value.get_ref<const std::string&>();
  if (value.is_array() && std::ranges::all_of(value, is_scalar)) return join(value, ",");
  return dump(value);
}

std::string one_line(std::string_view text, bool escape) {
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  std::string out(text);
  for (std::size_t i = 0; i < out.size(); ++i)
    if (out[i] == '\n' || out[i] == '\t' || (out[i] == '\r' && i + 1 < out.size() && out[i + 1] == '\n')) out[i] = ' ';
  return escape ? escape_controls(out) : out;
}

}  // namespace cef::render
