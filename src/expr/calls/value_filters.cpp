// Filters about what a value is.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cef::expr {

namespace value_filters_parts {
namespace {

Any default_value(Call& call) {
  const bool replaced = call[0].undefined() || (call.flag(2) && !truth(call[0]));
  if (!replaced) return call[0];
  return call.has(1) ? call[1] : Any("");
}

Any mandatory(Call& call) {
  if (!call[0].undefined()) return call[0];
  if (!call.empty(1)) fail("{}", call.any_text(1));
  const std::string& name = call[0].why_missing().name;
  fail("Mandatory variable {}not defined.", name.empty() ? "" : "'" + name + "' ");
}

Any ternary(Call& call) {
  if (call[0].none() && !call.empty(3)) return call[3];
  return truth(call[0]) ? call[1] : call[2];
}

Any to_bool(Call& call) {
  if (call[0].none() || call[0].boolean()) return call[0];
  if (call[0].number()) return call[0].real_number() == 1;
  if (!call[0].is_text()) return false;
  const std::string text = lower_case(call[0].text());
  return text == "yes" || text == "on" || text == "1" || text == "true";
}

// Python's int() of a text, with `_` between digits and blanks around.
std::optional<std::int64_t> whole_of(std::string_view text, std::int64_t base) {
  text = strip(text);
  bool negative = false;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) negative = text[0] == '-', text.remove_prefix(1);
  const auto prefixed = [&](char letter, std::int64_t meant) {
    if (text.size() < 2 || text[0] != '0' || (text[1] | 0x20) != letter || (base != meant && base != 0)) return false;
    base = meant;
    text.remove_prefix(text.size() > 2 && text[2] == '_' ? 3 : 2);
    return true;
  };
  if (!prefixed('x', 16) && !prefixed('o', 8) && !prefixed('b', 2) && base == 0) {
    if (text.size() > 1 && text[0] == '0' && text.find_first_not_of("0_") != std::string_view::npos)
      return std::nullopt;
    base = 10;
  }
  if (base < 2 || base > 36) return std::nullopt;
  std::string digits;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] != '_' && text[i + 1] != '_';
    if (!between) digits += text[i];
  }
  if (digits.empty() || digits[0] == '-') return std::nullopt;
  std::int64_t number = 0;
  if (negative) digits.insert(0, 1, '-');
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), number, static_cast<int>(base));
  if (end != digits.data() + digits.size()) return std::nullopt;
  if (error != std::errc()) fail("the number {} does not fit in 64 bits", digits);
  return number;
}

std::optional<double> real_of(std::string_view text) {
  text = strip(text);
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool between = text[i] == '_' && i > 0 && i + 1 < text.size() && text[i - 1] >= '0' && text[i - 1] <= '9';
    if (!between) plain += text[i];
  }
  const std::string word = lower_case(plain);
  const std::string_view bare =
      std::string_view(word).substr(!word.empty() && (word[0] == '-' || word[0] == '+') ? 1 : 0);
  const bool named = bare == "inf" || bare == "infinity" || bare == "nan";
  if (plain.empty() || (!named && plain.find_first_not_of("0123456789.eE+-") != std::string::npos)) return std::nullopt;
  char* end = nullptr;
  const double number = std::strtod(plain.c_str(), &end);
  if (end != plain.c_str() + plain.size()) return std::nullopt;
  return number;
}

Any whole_of_real(double number, const Any& otherwise) {
  if (std::isnan(number)) return otherwise;
  if (std::isinf(number)) fail("cannot convert float infinity to integer");
  if (std::fabs(number) >= 9.2e18) fail("the number {} does not fit in 64 bits", number);
  return static_cast<std::int64_t>(number);
}

Any to_int(Call& call) {
  const Any otherwise = call.has(1) ? call[1] : Any(0);
  if (call[0].whole()) return call[0].whole_number();
  if (call[0].real()) return whole_of_real(call[0].real_number(), otherwise);
  if (!call[0].is_text()) return otherwise;
  if (const auto number = whole_of(call[0].text(), call.whole(2, 10))) return *number;
  const auto number = real_of(call[0].text());
  return number ? whole_of_real(*number, otherwise) : otherwise;
}

Any to_float(Call& call) {
  if (call[0].number()) return call[0].real_number();
  if (call[0].is_text())
    if (const auto number = real_of(call[0].text())) return *number;
  return call.has(1) ? call[1] : Any(0.0);
}

Any to_string(Call& call) { return call.any_text(0); }

Any type_debug(Call& call) { return type_name(call[0]); }

Any length_of(Call& call) { return length(call[0]); }

Any same(Call& call) { return call[0]; }

Any attr(Call& call) { return call.evaluation.attribute(call[0], call.text(1)); }

// value[item], and from there on by `morekeys`.
Any extract(Call& call) {
  Items keys{call[0]};
  if (!call.empty(2)) {
    const Items more = call[2].is_list() ? call[2].list().items() : Items{call[2]};
    keys.insert(keys.end(), more.begin(), more.end());
  }
  Any value = call[1];
  for (const Any& key : keys) {
    Any next = item(value, key, call.budget);
    value = next.undefined() && key.is_text() ? call.evaluation.attribute(value, key.text()) : std::move(next);
  }
  return value;
}

Any format(Call& call) {
  if (!call.named.empty() && !call.rest.empty()) fail("can't handle positional and keyword arguments at the same time");
  if (call.named.empty()) return format_percent(call.text(0), Any::tuple(call.rest), call.budget);
  auto names = std::make_shared<Dict>();
  for (auto& [key, value] : call.named) names->set(key, value);
  return format_percent(call.text(0), names, call.budget);
}

constexpr Function table[] = {
    {"default", default_value, "value~ default_value?~ boolean?"},
    {"d", default_value, "value~ default_value?~ boolean?"},
    {"mandatory", mandatory, "value~ msg?"},
    {"ternary", ternary, "value true_val~ false_val~ none_val?~"},
    {"bool", to_bool, "value"},
    {"int", to_int, "value default? base?"},
    {"float", to_float, "value default?"},
    {"string", to_string, "value"},
    {"type_debug", type_debug, "value~"},
    {"length", length_of, "value"},
    {"count", length_of, "value"},
    {"safe", same, "value"},
    {"attr", attr, "value name"},
    {"extract", extract, "item container~ morekeys?"},
    {"format", format, "value * **"},
};

}  // namespace
}  // namespace value_filters_parts

const Functions value_filters = value_filters_parts::table;

}  // namespace cef::expr
