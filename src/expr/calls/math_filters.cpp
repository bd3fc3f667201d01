// Numbers, and sizes for people.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <array>
#include <cmath>
#include <cstdlib>

namespace cef::expr {

namespace math_filters_parts {
namespace {

Any absolute(Call& call) {
  require_defined(call[0]);
  if (call[0].whole()) return call[0].whole_number() < 0 ? negate(call[0]) : Any(call[0].whole_number());
  return std::fabs(call.real(0));
}

// As Python rounds: half to the even one, by the decimal text of the number.
double rounded(double number, int digits) {
  if (!std::isfinite(number) || digits > 300) return number;
  if (digits >= 0) return std::strtod(fmt::format("{:.{}f}", number, digits).c_str(), nullptr);
  const double factor = std::pow(10.0, -digits);
  return std::nearbyint(number / factor) * factor;
}

// value precision method
Any round_filter(Call& call) {
  const std::int64_t digits = call.whole(1, 0);
  const std::string method = call.text(2, "common");
  if (digits > 300 || digits < -300) fail("round: a precision from -300 to 300");
  const double number = call.real(0);
  if (method == "common") {
    if (call[0].whole() && digits >= 0) return call[0].whole_number();
    if (call[0].whole()) return static_cast<std::int64_t>(rounded(number, static_cast<int>(digits)));
    return rounded(number, static_cast<int>(digits));
  }
  const double factor = std::pow(10.0, static_cast<double>(digits));
  if (method == "ceil") return std::ceil(number * factor) / factor;
  if (method == "floor") return std::floor(number * factor) / factor;
  fail("method must be common, ceil or floor");
}

Any logarithm(Call& call) {
  const double number = call.real(0);
  if (number <= 0) fail("log() can only be used on numbers above 0, not on {}", number);
  if (!call.has(1)) return std::log(number);
  const double base = call.real(1);
  if (base <= 0 || base == 1) fail("log() has no base {}", base);
  return base == 10 ? std::log10(number) : std::log(number) / std::log(base);
}

Any pow_filter(Call& call) {
  const double result = std::pow(call.real(0), call.real(1));
  if (!std::isfinite(result)) fail("pow() of {} and {} is no number", call.real(0), call.real(1));
  return result;
}

Any root(Call& call) {
  const double number = call.real(0), base = call.has(1) ? call.real(1) : 2;
  if (base == 0) fail("root() has no base 0");
  const double result = base == 2 ? std::sqrt(number) : std::pow(number, 1 / base);
  if (std::isnan(result)) fail("root() can only be used on numbers from 0 on, not on {}", number);
  return result;
}

constexpr Function math_table[] = {
    {"abs", absolute, "x"},        {"round", round_filter, "value precision? method?"},
    {"log", logarithm, "x base?"}, {"pow", pow_filter, "x y"},
    {"root", root, "x base?"},
};

constexpr std::string_view size_letters = "YZEPTGMKB";
double size_of(std::size_t place) { return std::ldexp(1.0, 10 * static_cast<int>(size_letters.size() - 1 - place)); }

// size isbits unit
Any human_readable(Call& call) {
  if (call[0].is_text()) fail("human_readable() can't interpret following string: {}", call[0].text());
  const double size = call.real(0);
  const bool bits = call.flag(1);
  std::size_t place = size_letters.size() - 1;
  const std::string unit = call.empty(2) ? "" : upper_case(call.text(2));
  for (std::size_t i = 0; i < size_letters.size(); ++i)
    if (unit.empty() ? size >= size_of(i) : unit == std::string(1, size_letters[i])) {
      place = i;
      break;
    }
  const std::string base = bits ? "bits" : "Bytes";
  const bool whole = place == size_letters.size() - 1;
  return fmt::format("{:.2f} {}", size / size_of(place), whole ? base : std::string{size_letters[place], base[0]});
}

// size default_unit isbits
Any human_to_bytes(Call& call) {
  const std::string text = call.any_text(0);
  std::string_view rest = strip(text, true, false);
  std::size_t digits = 0;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
  if (digits < rest.size() && rest[digits] == '.') ++digits;
  while (digits < rest.size() && rest[digits] >= '0' && rest[digits] <= '9') ++digits;
  const std::string number(rest.substr(0, digits));
  if (number.empty() || number == ".") fail("human_to_bytes() can't interpret following string: {}", text);
  rest = strip(rest.substr(digits), true, false);
  std::size_t letters = 0;
  while (letters < rest.size() && is_letter(static_cast<unsigned char>(rest[letters])) &&
         static_cast<unsigned char>(rest[letters]) < 0x80)
    ++letters;
  std::string unit(rest.substr(0, letters));
  if (unit.empty() && !call.empty(1)) unit = call.text(1);
  const double amount = std::strtod(number.c_str(), nullptr);
  const auto whole = [&](double bytes) -> Any {
    if (bytes > 9e18) fail("human_to_bytes(): {} is more than fits in 64 bits", text);
    return static_cast<std::int64_t>(std::nearbyint(bytes));
  };
  if (unit.empty()) return whole(amount);
  const std::size_t place = size_letters.find(upper_case(unit)[0]);
  if (place == std::string_view::npos) fail("human_to_bytes() can't interpret following string: {}", text);
  const bool bits = call.flag(2);
  const bool named = lower_case(unit).find(bits ? "bit" : "byte") != std::string::npos;
  if (unit.size() > 1 && !named && unit[1] != (bits ? 'b' : 'B'))
    fail("human_to_bytes() can't interpret following string: {}", text);
  return whole(amount * size_of(place));
}

// Jinja's own: powers of 1000, or of 1024.
Any filesizeformat(Call& call) {
  const double bytes = call[0].is_text() ? std::strtod(call[0].text().c_str(), nullptr) : call.real(0);
  const double base = call.flag(1) ? 1024 : 1000;
  constexpr std::array<char, 8> letters = {'k', 'M', 'G', 'T', 'P', 'E', 'Z', 'Y'};
  if (bytes == 1) return "1 Byte";
  if (bytes < base) return fmt::format("{} Bytes", static_cast<std::int64_t>(bytes));
  double unit = base;
  for (const char letter : letters) {
    if (bytes < unit * base || letter == 'Y')
      return base == 1024 ? fmt::format("{:.1f} {}iB", bytes / unit, letter == 'k' ? 'K' : letter)
                          : fmt::format("{:.1f} {}B", bytes / unit, letter);
    unit *= base;
  }
  return nullptr;
}

constexpr Function size_table[] = {
    {"human_readable", human_readable, "size isbits? unit?"},
    {"human_to_bytes", human_to_bytes, "size default_unit? isbits?"},
    {"filesizeformat", filesizeformat, "value binary?"},
};

}  // namespace
}  // namespace math_filters_parts

const Functions math_filters = math_filters_parts::math_table;
const Functions size_filters = math_filters_parts::size_table;

}  // namespace cef::expr
