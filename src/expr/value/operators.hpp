// Python's operators, with the rules Ansible's users know: see Variable::templated for numbers that equal their text.
#pragma once

#include "budget.hpp"
#include "value/any.hpp"

#include <compare>

namespace cef::expr {

bool truth(const Any& any);
bool equal(const Any& a, const Any& b, Budget& budget);
/// `a < b` where `operation` is `<`, for the message. Fails where Python has no order: a number and a text.
std::partial_ordering order(const Any& a, const Any& b, Budget& budget, std::string_view operation = "<");
/// `item in container`.
bool contains(const Any& container, const Any& item, Budget& budget);

Any add(const Any& a, const Any& b, Budget& budget);
Any subtract(const Any& a, const Any& b);
Any multiply(const Any& a, const Any& b, Budget& budget);
Any divide(const Any& a, const Any& b);
Any floor_divide(const Any& a, const Any& b);
/// Of a text it is formatting: `'%s' % x`.
Any modulo(const Any& a, const Any& b, Budget& budget);
Any power(const Any& a, const Any& b);
Any negate(const Any& a);
Any plus(const Any& a);

/// `value[index]`, without methods; undefined when there is no such item.
Any item(const Any& value, const Any& index, Budget& budget);
Any slice(const Any& value, const Any& from, const Any& to, const Any& step, Budget& budget);

std::size_t length(const Any& any);
/// What a loop goes over: items, keys of a mapping, characters.
Items iterate(const Any& any, Budget& budget);

/// Python's `%` formatting and str.format().
std::string format_percent(std::string_view format, const Any& arguments, Budget& budget);
std::string format_braces(std::string_view format, const Items& positional, const Named& named, Budget& budget);

}  // namespace cef::expr
