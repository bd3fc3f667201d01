// Expressions.

#include "run/objects.hpp"
#include "run/run.hpp"

namespace cef::expr {

Run::Level::Level(Run& run) : run_(run) {
  constexpr int most = 600;
  if (run_.levels_ >= most)
    throw Fault{Problem{Problem::Kind::limit, "it is nested too deeply: does it call itself?", {}, 0, 0}};
  ++run_.levels_;
}

Any Run::evaluate(const Expression& e, const ScopePtr& scope) {
  budget_.step();
  const Level level(*this);
  using Kind = Expression::Kind;
  const auto operand = [&](std::size_t i) { return evaluate(*e.operands[i], scope); };
  const auto here = [&] { here_ = e.place; };
  switch (e.kind) {
    case Kind::constant:
      return e.constant;
    case Kind::name:
      return name(e, scope);
    case Kind::list:
    case Kind::tuple: {
      Items items;
      budget_.bytes(e.operands.size() * sizeof(Any));
      for (const ExpressionPtr& each : e.operands) items.push_back(evaluate(*each, scope));
      return e.kind == Kind::tuple ? Any::tuple(std::move(items)) : Any(std::move(items));
    }
    case Kind::dict:
      return dict(e, scope);
    case Kind::attribute: {
      const Any value = operand(0);
      here();
      return missing_here(attribute(value, e.text), e.place);
    }
    case Kind::item: {
      const Any value = operand(0);
      const Any index = operand(1);
      here();
      Any found = item(value, index, budget_);
      // `d['keys']` is the method where there is no such key.
      if (found.undefined() && !value.undefined() && index.is_text() && find_method(value, index.text()))
        return attribute(value, index.text());
      return missing_here(std::move(found), e.place);
    }
    case Kind::slice: {
      const Any value = operand(0);
      const auto part = [&](std::size_t i) { return e.operands[i] ? operand(i) : Any(nullptr); };
      const Any from = part(1), to = part(2), step = part(3);
      here();
      return slice(value, from, to, step, budget_);
    }
    case Kind::call:
      return call_expression(e, scope);
    case Kind::filter:
      return filter_expression(e, scope);
    case Kind::test:
      return test_expression(e, scope);
    case Kind::negation: {
      const Any value = operand(0);
      here();
      return !truth(value);
    }
    case Kind::minus: {
      const Any value = operand(0);
      here();
      return negate(value);
    }
    case Kind::plus: {
      const Any value = operand(0);
      here();
      return plus(value);
    }
    case Kind::arithmetic:
      return arithmetic(e, scope);
    case Kind::comparison:
      return comparison(e, scope);
    case Kind::conjunction:
    case Kind::disjunction: {
      Any left = operand(0);
      here();
      if (truth(left) == (e.kind == Kind::disjunction)) return left;
      return operand(1);
    }
    case Kind::concatenation: {
      std::string text;
      for (const ExpressionPtr& each : e.operands) text += text_of(evaluate(*each, scope), budget_);
      budget_.bytes(text.size());
      return text;
    }
    case Kind::choice: {
      const Any condition = operand(0);
      here();
      if (truth(condition)) return operand(1);
      if (e.operands[2]) return operand(2);
      return missing_here(Any::missing("the inline `if` is false, and has no `else`", {}, true), e.place);
    }
  }
  return nullptr;
}

Any Run::missing_here(Any value, Place place) {
  if (!value.undefined() || value.why_missing().line > 0) return value;
  Missing missing = value.why_missing();
  missing.line = place.line;
  missing.column = place.column;
  return std::make_shared<const Missing>(std::move(missing));
}

Any Run::name(const Expression& e, const ScopePtr& scope) {
  if (const Any* found = scope->find(e.text)) return *found;
  here_ = e.place;
  const Scope* top = scope.get();
  while (top->parent) top = top->parent.get();
  if (top->sees_world)
    if (Any found = variable(e.text); found.given()) return found;
  if (const Function* function = find_global(e.text)) return function_object(*function);
  if (e.text == "omit") return omit;
  return missing_here(Any::missing(fmt::format("'{}' is undefined", e.text), e.text), e.place);
}

Any Run::variable(std::string_view name) {
  const auto known = variables_.find(std::string(name));
  if (known != variables_.end()) return known->second;
  const auto found = world_.variable(name);
  Any value;
  if (found) value = Any::of(*found, name);
  variables_.emplace(name, value);
  return value;
}

Any Run::dict(const Expression& e, const ScopePtr& scope) {
  auto made = std::make_shared<Dict>();
  budget_.bytes(e.operands.size() * sizeof(Any) * 2);
  for (std::size_t i = 0; i < e.operands.size(); i += 2) {
    Any key = evaluate(*e.operands[i], scope);
    Any value = evaluate(*e.operands[i + 1], scope);
    here_ = e.operands[i]->place;
    made->set(std::move(key), std::move(value));
  }
  return made;
}

Any Run::arithmetic(const Expression& e, const ScopePtr& scope) {
  const Any a = evaluate(*e.operands[0], scope);
  const Any b = evaluate(*e.operands[1], scope);
  here_ = e.place;
  require_defined(a);
  require_defined(b);
  if (e.text == "+") return add(a, b, budget_);
  if (e.text == "-") return subtract(a, b);
  if (e.text == "*") return multiply(a, b, budget_);
  if (e.text == "/") return divide(a, b);
  if (e.text == "//") return floor_divide(a, b);
  if (e.text == "%") return modulo(a, b, budget_);
  return power(a, b);
}

namespace {

bool compares(std::string_view operation, const Any& a, const Any& b, Budget& budget) {
  if (operation == "==") return equal(a, b, budget);
  if (operation == "!=") return !equal(a, b, budget);
  if (operation == "in") return contains(b, a, budget);
  if (operation == "not in") return !contains(b, a, budget);
  const std::partial_ordering result = order(a, b, budget, operation);
  if (operation == "<") return result < 0;
  if (operation == "<=") return result <= 0;
  if (operation == ">") return result > 0;
  return result >= 0;
}

}  // namespace

Any Run::comparison(const Expression& e, const ScopePtr& scope) {
  Any left = evaluate(*e.operands[0], scope);
  for (std::size_t i = 0; i < e.operators.size(); ++i) {
    Any right = evaluate(*e.operands[i + 1], scope);
    here_ = e.place;
    if (!compares(e.operators[i], left, right, budget_)) return false;
    left = std::move(right);
  }
  return true;
}

void Run::arguments(const Arguments& given, const ScopePtr& scope, Items& positional, Named& named) {
  for (const ExpressionPtr& each : given.positional) positional.push_back(evaluate(*each, scope));
  for (const auto& [key, each] : given.named) named.emplace_back(key, evaluate(*each, scope));
  if (given.rest)
    for (Any& each : iterate(evaluate(*given.rest, scope), budget_)) positional.push_back(std::move(each));
  if (!given.named_rest) return;
  const Any more = evaluate(*given.named_rest, scope);
  require_defined(more);
  if (!more.is_dict()) fail("what follows ** must be a mapping, not '{}'", type_name(more));
  for (const auto& [key, each] : more.dict().entries()) {
    if (!key.is_text()) fail("keywords must be texts");
    named.emplace_back(key.text(), each);
  }
}

Any Run::call_expression(const Expression& e, const ScopePtr& scope, Any caller) {
  const Expression& what = *e.operands[0];
  Items positional;
  Named named;
  const Nested nested(budget_);
  if (what.kind == Expression::Kind::attribute) {
    // A method is called without an object made of it.
    Any value = evaluate(*what.operands[0], scope);
    const Function* method = find_method(value, what.text);
    if (method) {
      positional.push_back(std::move(value));
      arguments(e.arguments, scope, positional, named);
      here_ = e.place;
      return missing_here(apply(*this, *method, std::move(positional), std::move(named)), e.place);
    }
    here_ = what.place;
    const Any callee = missing_here(attribute(value, what.text), what.place);
    arguments(e.arguments, scope, positional, named);
    if (caller.given()) named.emplace_back("caller", std::move(caller));
    here_ = e.place;
    return call(callee, std::move(positional), std::move(named));
  }
  const Any callee = evaluate(what, scope);
  require_defined(callee);
  arguments(e.arguments, scope, positional, named);
  if (caller.given()) named.emplace_back("caller", std::move(caller));
  here_ = e.place;
  return missing_here(call(callee, std::move(positional), std::move(named)), e.place);
}

Any Run::call(const Any& callee, Items positional, Named named) {
  require_defined(callee);
  if (!callee.is(Any::Kind::object) || !callee.object()->callable())
    fail("'{}' object is not callable", type_name(callee));
  static const Function any_function{"the function", nullptr, "* **"};
  const Nested nested(budget_);
  Call made{*this, budget_, any_function, {}, std::move(positional), std::move(named)};
  return callee.object()->call(made);
}

Any Run::attribute(const Any& value, std::string_view name) {
  if (value.undefined()) return value;
  if (const Function* method = find_method(value, name)) return bound_method(*this, value, *method);
  if (value.is(Any::Kind::object)) {
    if (auto found = value.object()->attribute(name)) return *found;
  } else if (value.is_dict()) {
    if (const Any* found = value.dict().find(name)) return *found;
  } else if (value.is_list() && value.list().tuple() && value.list().size() == 2) {
    // What groupby gives.
    if (name == "grouper") return value.list().items()[0];
    if (name == "list") return value.list().items()[1];
  }
  return Any::missing(fmt::format("'{} object' has no attribute '{}'", type_name(value), name));
}

Any Run::filter_expression(const Expression& e, const ScopePtr& scope, const Any* operand) {
  Items positional;
  Named named;
  positional.push_back(operand && !e.operands[0] ? *operand
                       : operand                 ? filter_expression(*e.operands[0], scope, operand)
                                                 : evaluate(*e.operands[0], scope));
  arguments(e.arguments, scope, positional, named);
  here_ = e.place;
  return missing_here(filter(e.text, std::move(positional), std::move(named)), e.place);
}

bool Run::test_expression(const Expression& e, const ScopePtr& scope) {
  Items positional;
  Named named;
  positional.push_back(evaluate(*e.operands[0], scope));
  arguments(e.arguments, scope, positional, named);
  here_ = e.place;
  return test(e.text, std::move(positional), std::move(named));
}

namespace {

std::string_view last_part(std::string_view name) { return name.substr(name.rfind('.') + 1); }

std::optional<Any> ask_world(Run& run, Request::Kind kind, std::string_view name, const Items& positional,
                             const Named& named) {
  Request request;
  request.kind = kind;
  request.name = name;
  for (const Any& each : positional) request.positional.push_back(to_value(each, run.budget()));
  for (const auto& [key, each] : named) request.named.emplace_back(key, to_value(each, run.budget()));
  auto answer = run.world().call(request);
  if (!answer) return std::nullopt;
  return run.keep(std::move(*answer));
}

[[noreturn]] void unknown(std::string_view what, std::string_view name) {
  if (const auto why = why_refused(last_part(name)); !why.empty())
    fail("the {} '{}' is not supported: {}", what, name, why);
  fail("there is no {} '{}'", what, name);
}

}  // namespace

Any Run::filter(std::string_view name, Items positional, Named named) {
  budget_.step();
  const Nested nested(budget_);
  if (const Function* function = find_filter(last_part(name)))
    return apply(*this, *function, std::move(positional), std::move(named));
  if (auto answer = ask_world(*this, Request::Kind::filter, last_part(name), positional, named)) return *answer;
  if (const Function* function = find_result_test(last_part(name)))
    return apply(*this, *function, std::move(positional), std::move(named));
  unknown("filter", name);
}

bool Run::test(std::string_view name, Items positional, Named named) {
  budget_.step();
  const Nested nested(budget_);
  if (const Function* function = find_test(last_part(name)))
    return truth(apply(*this, *function, std::move(positional), std::move(named)));
  if (auto answer = ask_world(*this, Request::Kind::test, last_part(name), positional, named)) return truth(*answer);
  unknown("test", name);
}

Any Run::keep(const std::shared_ptr<Object>& object) {
  budget_.bytes(256);
  keep_quietly(object);
  return object;
}

Any Run::keep(Value value) {
  kept_.push_back(std::move(value));
  return Any::borrow(kept_.back());
}

}  // namespace cef::expr
