// What can be called by name: filters, tests, methods, functions. Each is a line in a table of its file, and gets its
// arguments in the order of its parameters, however they were given.
#pragma once

#include "budget.hpp"
#include "value/any.hpp"
#include "value/python_text.hpp"

#include <span>
#include <string>
#include <string_view>

namespace cef::expr {

class Run;
struct Call;

struct Function {
  std::string_view name;
  Any (*run)(Call&);
  /// `value count? sep?~`: `?` may be left out, `~` may be undefined, `*` and `**` take what is left. A filter's,
  /// test's and method's first one is what it is applied to.
  std::string_view parameters;
};
using Functions = std::span<const Function>;

/// A call on its way: `call[0]` is the argument of the first parameter; absent when it was left out.
struct Call {
  Run& evaluation;
  Budget& budget;
  const Function& function;
  Items slots{};
  Items rest{};
  Named named{};

  const Any& operator[](std::size_t i) const { return slots[i]; }
  bool has(std::size_t i) const { return slots[i].given(); }

  /// Must be a text, or a number that stands for one.
  std::string text(std::size_t i) const;
  std::string text(std::size_t i, std::string_view otherwise) const {
    return has(i) ? text(i) : std::string(otherwise);
  }
  /// Whatever it is, as Python's str() has it.
  std::string any_text(std::size_t i) const { return text_of(slots[i], budget); }
  std::int64_t whole(std::size_t i) const;
  std::int64_t whole(std::size_t i, std::int64_t otherwise) const { return has(i) ? whole(i) : otherwise; }
  double real(std::size_t i) const;
  bool flag(std::size_t i, bool otherwise = false) const;
  /// A list's items, a mapping's keys, a text's characters.
  Items items(std::size_t i) const;
  /// Must be a mapping.
  Dict& dict(std::size_t i) const;
  /// An argument that was left out or is None.
  bool empty(std::size_t i) const { return !has(i) || slots[i].none(); }
};

/// Calls it with these arguments. Fails when some are missing, unknown or undefined.
Any apply(Run& run, const Function& function, Items positional, Named named);

/// Nothing when there is none.
const Function* find_filter(std::string_view name);
const Function* find_test(std::string_view name);
/// Those of what a task registered, which old playbooks spell as filters: `result | changed`.
const Function* find_result_test(std::string_view name);
const Function* find_method(const Any& value, std::string_view name);
const Function* find_global(std::string_view name);

}  // namespace cef::expr
