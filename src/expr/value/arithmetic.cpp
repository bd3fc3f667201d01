#include "value/chars.hpp"
#include "value/operators.hpp"
#include "value/python_text.hpp"

#include <algorithm>
#include <cmath>

namespace cef::expr {

namespace {

[[noreturn]] void no_operation(std::string_view operation, const Any& a, const Any& b, Budget* budget = nullptr) {
  require_defined(a);
  require_defined(b);
  if (operation == "+" && budget && (a.is_text() || b.is_text()))
    fail("{} ('{}') and {} ('{}') cannot be added; `~` joins texts", shown(a, *budget), type_name(a), shown(b, *budget),
         type_name(b));
  fail("unsupported operand type(s) for {}: '{}' and '{}'", operation, type_name(a), type_name(b));
}

[[noreturn]] void too_large() { fail("the number does not fit in 64 bits"); }

Any repeated(const Any& sequence, std::int64_t times, Budget& budget) {
  const std::size_t size = sequence.is_text() ? sequence.text().size() : sequence.list().size() * sizeof(Any);
  const std::size_t count = times > 0 ? static_cast<std::size_t>(times) : 0;
  if (size > 0 && count > (std::size_t{1} << 62u) / size) budget.bytes(SIZE_MAX);
  budget.bytes(size * count);
  if (sequence.is_text()) {
    std::string text;
    text.reserve(size * count);
    for (std::size_t i = 0; i < count && size > 0; ++i) text += sequence.text();
    return text;
  }
  Items items;
  const Items& once = sequence.list().items();
  for (std::size_t i = 0; i < count && size > 0; ++i) items.insert(items.end(), once.begin(), once.end());
  return sequence.list().tuple() ? Any::tuple(std::move(items)) : Any(std::move(items));
}

std::int64_t whole_power(std::int64_t base, std::int64_t exponent) {
  std::int64_t result = 1;
  for (;;) {
    if ((exponent & 1) != 0 && __builtin_mul_overflow(result, base, &result)) too_large();
    exponent >>= 1;
    if (exponent == 0) return result;
    if (__builtin_mul_overflow(base, base, &base)) too_large();
  }
}

}  // namespace

Any add(const Any& a, const Any& b, Budget& budget) {
  if (a.number() && b.number()) {
    if (!a.whole() || !b.whole()) return a.real_number() + b.real_number();
    std::int64_t sum = 0;
    if (__builtin_add_overflow(a.whole_number(), b.whole_number(), &sum)) too_large();
    return sum;
  }
  if ((a.is_text() || a.soft()) && (b.is_text() || b.soft())) {
    std::string text = text_of(a, budget) + text_of(b, budget);
    budget.bytes(text.size());
    return text;
  }
  if (a.is_list() && b.is_list() && a.list().tuple() == b.list().tuple()) {
    Items items = a.list().items();
    budget.bytes((items.size() + b.list().size()) * sizeof(Any));
    items.insert(items.end(), b.list().items().begin(), b.list().items().end());
    return a.list().tuple() ? Any::tuple(std::move(items)) : Any(std::move(items));
  }
  if (a.is(Any::Kind::object))
    if (const auto sum = a.object()->combined('+', b)) return *sum;
  no_operation("+", a, b, &budget);
}

Any subtract(const Any& a, const Any& b) {
  if (a.number() && b.number()) {
    if (!a.whole() || !b.whole()) return a.real_number() - b.real_number();
    std::int64_t difference = 0;
    if (__builtin_sub_overflow(a.whole_number(), b.whole_number(), &difference)) too_large();
    return difference;
  }
  if (a.is(Any::Kind::object))
    if (const auto difference = a.object()->combined('-', b)) return *difference;
  no_operation("-", a, b);
}

Any multiply(const Any& a, const Any& b, Budget& budget) {
  if (a.number() && b.number()) {
    if (!a.whole() || !b.whole()) return a.real_number() * b.real_number();
    std::int64_t product = 0;
    if (__builtin_mul_overflow(a.whole_number(), b.whole_number(), &product)) too_large();
    return product;
  }
  if ((a.is_text() || a.is_list()) && b.whole()) return repeated(a, b.whole_number(), budget);
  if ((b.is_text() || b.is_list()) && a.whole()) return repeated(b, a.whole_number(), budget);
  no_operation("*", a, b);
}

Any divide(const Any& a, const Any& b) {
  if (!a.number() || !b.number()) no_operation("/", a, b);
  if (b.real_number() == 0) fail("division by zero");
  return a.real_number() / b.real_number();
}

Any floor_divide(const Any& a, const Any& b) {
  if (!a.number() || !b.number()) no_operation("//", a, b);
  if (b.real_number() == 0) fail("division by zero");
  if (!a.whole() || !b.whole()) return std::floor(a.real_number() / b.real_number());
  const std::int64_t x = a.whole_number(), y = b.whole_number();
  if (y == -1) return negate(x);
  return x / y - ((x % y != 0 && (x < 0) != (y < 0)) ? 1 : 0);
}

Any modulo(const Any& a, const Any& b, Budget& budget) {
  if (a.is_text()) return format_percent(a.text(), b, budget);
  if (!a.number() || !b.number()) no_operation("%", a, b);
  if (b.real_number() == 0) fail("division by zero");
  if (a.whole() && b.whole()) {
    const std::int64_t y = b.whole_number();
    if (y == -1) return 0;
    const std::int64_t rest = a.whole_number() % y;
    return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
  }
  const double y = b.real_number();
  const double rest = std::fmod(a.real_number(), y);
  return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest;
}

Any power(const Any& a, const Any& b) {
  if (!a.number() || !b.number()) no_operation("**", a, b);
  if (a.whole() && b.whole() && b.whole_number() >= 0) return whole_power(a.whole_number(), b.whole_number());
  if (a.real_number() == 0 && b.real_number() < 0) fail("0.0 cannot be raised to a negative power");
  const double result = std::pow(a.real_number(), b.real_number());
  if (std::isnan(result) && !std::isnan(a.real_number()) && !std::isnan(b.real_number()))
    fail("a negative number has no such power");
  return result;
}

Any negate(const Any& a) {
  require_defined(a);
  if (a.real()) return -a.real_number();
  if (!a.whole()) fail("bad operand type for unary -: '{}'", type_name(a));
  if (a.whole_number() == INT64_MIN) too_large();
  return -a.whole_number();
}

Any plus(const Any& a) {
  require_defined(a);
  if (a.real()) return a.real_number();
  if (!a.whole()) fail("bad operand type for unary +: '{}'", type_name(a));
  return a.whole_number();
}

Any item(const Any& value, const Any& index, Budget& budget) {
  if (value.undefined()) return value;
  require_defined(index);
  if (value.is_dict()) {
    if (const Any* found = value.dict().find(index)) return *found;
    if (index.soft())
      if (const Any* found = value.dict().find(text_of(index, budget))) return *found;
    return Any::missing(fmt::format("'dict object' has no attribute {}", repr(index, budget)));
  }
  if ((value.is_list() || value.is_text()) && index.whole()) {
    const auto size = static_cast<std::int64_t>(length(value));
    std::int64_t i = index.whole_number();
    if (i < 0) i += size;
    if (i < 0 || i >= size)
      return Any::missing(fmt::format("{} object has no element {}", type_name(value), index.whole_number()));
    if (value.is_list()) return value.list().items()[static_cast<std::size_t>(i)];
    if (ascii(value.text())) return std::string(1, value.text()[static_cast<std::size_t>(i)]);
    return chars(value.text())[static_cast<std::size_t>(i)];
  }
  if (value.is(Any::Kind::object) && index.is_text())
    if (auto found = value.object()->attribute(index.text())) return *found;
  return Any::missing(fmt::format("'{} object' has no attribute {}", type_name(value), repr(index, budget)));
}

Any slice(const Any& value, const Any& from, const Any& to, const Any& step, Budget& budget) {
  require_defined(value);
  if (!value.is_text() && !value.is_list()) fail("'{}' object cannot be sliced", type_name(value));
  const auto size = static_cast<std::int64_t>(length(value));
  const auto bound = [&](const Any& any, std::int64_t otherwise) {
    if (any.none()) return otherwise;
    require_defined(any);
    if (!any.whole()) fail("slice indices must be integers or None, not '{}'", type_name(any));
    return any.whole_number();
  };
  const std::int64_t stride = bound(step, 1);
  if (stride == 0) fail("slice step cannot be zero");
  if (stride == INT64_MIN) too_large();
  const auto clamp = [&](std::int64_t i) {
    if (i < 0) i = std::max(i + size, stride < 0 ? std::int64_t{-1} : std::int64_t{0});
    return std::min(i, stride < 0 ? size - 1 : size);
  };
  const std::int64_t first = from.none() ? (stride < 0 ? size - 1 : 0) : clamp(bound(from, 0));
  const std::int64_t last = to.none() ? (stride < 0 ? -1 : size) : clamp(bound(to, 0));
  std::vector<std::size_t> wanted;
  // Counted beforehand, so that no step leaves the range of 64 bits.
  const std::int64_t span = stride > 0 ? last - first : first - last;
  const std::int64_t width = stride > 0 ? stride : -stride;
  for (std::int64_t i = 0; span > 0 && i <= (span - 1) / width; ++i)
    wanted.push_back(static_cast<std::size_t>(first + i * stride));
  budget.bytes(wanted.size() * 8);
  if (value.is_list()) {
    Items items;
    for (const std::size_t i : wanted) items.push_back(value.list().items()[i]);
    return value.list().tuple() ? Any::tuple(std::move(items)) : Any(std::move(items));
  }
  const std::string& text = value.text();
  std::string result;
  if (ascii(text)) {
    for (const std::size_t i : wanted) result += text[i];
    return result;
  }
  const auto all = chars(text);
  for (const std::size_t i : wanted) result += all[i];
  return result;
}

}  // namespace cef::expr
