#include "value/chars.hpp"
#include "value/operators.hpp"
#include "value/python_text.hpp"

#include <algorithm>

namespace cef::expr {

bool truth(const Any& any) {
  switch (any.kind()) {
    case Any::Kind::absent:
    case Any::Kind::none:
      return false;
    case Any::Kind::undefined:
      require_defined(any);
      return false;
    case Any::Kind::boolean:
      return any.flag();
    case Any::Kind::integer:
      return any.whole_number() != 0;
    case Any::Kind::real:
      return any.real_number() != 0;
    case Any::Kind::text:
      return !any.text().empty();
    case Any::Kind::list:
      return any.list().size() > 0;
    case Any::Kind::dict:
      return any.dict().size() > 0;
    case Any::Kind::object:
      return true;
  }
  return false;
}

namespace {

bool same(const Any& a, const Any& b, Budget& budget, int depth);

bool same_dicts(Dict& a, Dict& b, Budget& budget, int depth) {
  if (a.size() != b.size()) return false;
  for (const auto& [key, value] : a.entries()) {
    const Any* other = b.find(key);
    if (!other || !same(value, *other, budget, depth)) return false;
  }
  return true;
}

// Exact: an integer of 64 bits is no float.
std::partial_ordering compare_numbers(const Any& a, const Any& b) {
  if (a.whole() && b.whole()) return a.whole_number() <=> b.whole_number();
  return a.real_number() <=> b.real_number();
}

bool same(const Any& a, const Any& b, Budget& budget, int depth) {
  budget.step();
  require_defined(a);
  require_defined(b);
  if (depth > Budget::deepest) fail("the value contains itself, or is nested too deeply");
  if (a.number() && b.number()) return compare_numbers(a, b) == 0;
  if (a.soft() && b.is_text()) return text_of(a, budget) == b.text();
  if (b.soft() && a.is_text()) return text_of(b, budget) == a.text();
  if (a.kind() != b.kind()) return false;
  switch (a.kind()) {
    case Any::Kind::absent:
    case Any::Kind::undefined:
    case Any::Kind::none:
      return true;
    case Any::Kind::text:
      return a.text() == b.text();
    case Any::Kind::list: {
      if (&a.list() == &b.list()) return true;
      if (a.list().tuple() != b.list().tuple() || a.list().size() != b.list().size()) return false;
      const auto &x = a.list().items(), &y = b.list().items();
      for (std::size_t i = 0; i < x.size(); ++i)
        if (!same(x[i], y[i], budget, depth + 1)) return false;
      return true;
    }
    case Any::Kind::dict:
      return &a.dict() == &b.dict() || same_dicts(a.dict(), b.dict(), budget, depth + 1);
    default:
      return a.identity() == b.identity();
  }
}

std::partial_ordering ordered(const Any& a, const Any& b, Budget& budget, std::string_view operation, int depth) {
  budget.step();
  require_defined(a);
  require_defined(b);
  if (depth > Budget::deepest) fail("the value contains itself, or is nested too deeply");
  if (a.number() && b.number()) return compare_numbers(a, b);
  if (a.is_text() && b.is_text()) return a.text().compare(b.text()) <=> 0;  // UTF-8 has the order of its characters
  if (a.soft() && b.is_text()) return text_of(a, budget).compare(b.text()) <=> 0;
  if (b.soft() && a.is_text()) return a.text().compare(text_of(b, budget)) <=> 0;
  if (a.is_list() && b.is_list() && a.list().tuple() == b.list().tuple()) {
    const auto &x = a.list().items(), &y = b.list().items();
    for (std::size_t i = 0; i < std::min(x.size(), y.size()); ++i)
      if (!equal(x[i], y[i], budget)) return ordered(x[i], y[i], budget, operation, depth + 1);
    return x.size() <=> y.size();
  }
  if (a.is(Any::Kind::object) && b.is(Any::Kind::object))
    if (const auto x = a.object()->attribute("__order__"), y = b.object()->attribute("__order__"); x && y)
      return compare_numbers(*x, *y);
  fail("'{}' not supported between {} ('{}') and {} ('{}')", operation, shown(a, budget), type_name(a),
       shown(b, budget), type_name(b));
}

}  // namespace

bool equal(const Any& a, const Any& b, Budget& budget) { return same(a, b, budget, 0); }

std::partial_ordering order(const Any& a, const Any& b, Budget& budget, std::string_view operation) {
  return ordered(a, b, budget, operation, 0);
}

bool contains(const Any& container, const Any& item, Budget& budget) {
  require_defined(container);
  require_defined(item);
  if (container.is_text() || container.soft()) {
    const std::string text = text_of(container, budget);
    if (item.soft()) return text.find(text_of(item, budget)) != std::string::npos;
    if (item.is_text()) return text.find(item.text()) != std::string::npos;
    fail("'in <string>' requires string as left operand, not {}", type_name(item));
  }
  if (container.is_dict()) {
    if (container.dict().find(item)) return true;
    return item.soft() && container.dict().find(text_of(item, budget));
  }
  if (container.is_list()) {
    const auto& items = container.list().items();
    return std::any_of(items.begin(), items.end(), [&](const Any& each) { return equal(each, item, budget); });
  }
  fail("argument of type '{}' is not iterable", type_name(container));
}

std::size_t length(const Any& any) {
  require_defined(any);
  if (any.is_text()) return char_count(any.text());
  if (any.is_list()) return any.list().size();
  if (any.is_dict()) return any.dict().size();
  if (any.undefined()) return 0;
  fail("object of type '{}' has no len()", type_name(any));
}

Items iterate(const Any& any, Budget& budget) {
  require_defined(any);
  if (any.is_list()) {
    budget.step(any.list().size());
    return any.list().items();
  }
  Items items;
  if (any.undefined()) return items;
  if (any.is_dict()) {
    budget.step(any.dict().size());
    for (const auto& [key, value] : any.dict().entries()) items.push_back(key);
    return items;
  }
  if (any.is_text()) {
    budget.step(any.text().size());
    budget.bytes(any.text().size() * 8);
    for (const std::string_view c : chars(any.text())) items.emplace_back(c);
    return items;
  }
  fail("'{}' object is not iterable", type_name(any));
}

}  // namespace cef::expr
