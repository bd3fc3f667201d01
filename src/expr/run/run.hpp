// One evaluation of a parsed text: its variables, its scopes, what is left of its limits.
#pragma once

#include "budget.hpp"
#include "run/function.hpp"
#include "syntax/tree.hpp"
#include "value/operators.hpp"

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace cef::expr {

/// Names that a template has set. What is not found in a scope is looked for in those around it, then in the World.
struct Scope {
  explicit Scope(std::shared_ptr<Scope> around) : parent(std::move(around)) {}

  std::vector<std::pair<std::string, Any>> names;
  std::shared_ptr<Scope> parent;
  bool sees_world = true;  // false in a template that is imported without context

  void set(std::string_view name, Any value);
  const Any* find(std::string_view name) const;
};
using ScopePtr = std::shared_ptr<Scope>;

/// What a template writes: a text, or the value of its only expression.
class Sink {
 public:
  explicit Sink(Budget& budget) : budget_(budget) {}
  void put_text(std::string_view text);
  void put(const Any& value);
  std::string text();
  Any value();

 private:
  void settle();

  Budget& budget_;
  std::string text_;
  Any only_;  // the first piece, as long as it is the only one
  std::size_t pieces_ = 0;
};

class Run {
 public:
  Run(World& world, const Limits& limits) : world_(world), budget_(limits), top_(std::make_shared<Scope>(nullptr)) {}
  ~Run();
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;

  Any value(const Parsed& parsed);
  std::string render(const Parsed& parsed);

  World& world() { return world_; }
  Budget& budget() { return budget_; }
  Place place() const { return here_; }
  const std::string& file() const { return file_; }

  Any evaluate(const Expression& expression, const ScopePtr& scope);

  /// By their names, as `map('upper')` and `select('match', '^a')` do.
  Any filter(std::string_view name, Items positional, Named named = {});
  bool test(std::string_view name, Items positional, Named named = {});
  Any call(const Any& callee, Items positional, Named named = {});
  /// `value.name`, methods first; undefined when there is none.
  Any attribute(const Any& value, std::string_view name);
  Any variable(std::string_view name);

  /// A value of the World's, kept as long as the evaluation lasts.
  Any keep(Value value);
  /// An object that may hold itself, or a long chain of others: kept, and cleared at the end.
  Any keep(const std::shared_ptr<Object>& object);
  /// Called at the end, once for each `what`, which `action` holds: what may refer to itself, and would never be freed.
  void untie(const void* what, std::function<void()> action) {
    if (tied_.insert(what).second) knots_.push_back(std::move(action));
  }
  void keep_quietly(const std::shared_ptr<Object>& object) {
    untie(object.get(), [object] { object->clear(); });
  }

  Any call_macro(const MacroBody& macro, const ScopePtr& scope, Items positional, Named named);

 private:
  /// An expression within an expression, a statement within a statement: what bounds the stack, macros within each
  /// other included.
  class Level {
   public:
    explicit Level(Run& run);
    ~Level() { --run_.levels_; }
    Level(const Level&) = delete;
    Level& operator=(const Level&) = delete;

   private:
    Run& run_;
  };

  enum class Flow { on, leave, next };
  friend class LoopStatement;

  Any name(const Expression& expression, const ScopePtr& scope);
  Any arithmetic(const Expression& expression, const ScopePtr& scope);
  Any comparison(const Expression& expression, const ScopePtr& scope);
  Any call_expression(const Expression& expression, const ScopePtr& scope, Any caller = {});
  Any dict(const Expression& expression, const ScopePtr& scope);
  void arguments(const Arguments& given, const ScopePtr& scope, Items& positional, Named& named);
  Any filter_expression(const Expression& expression, const ScopePtr& scope, const Any* operand = nullptr);
  bool test_expression(const Expression& expression, const ScopePtr& scope);
  Any missing_here(Any value, Place place);

  Flow execute(const Body& body, const ScopePtr& scope, Sink& sink);
  Flow execute(const Statement& statement, const ScopePtr& scope, Sink& sink);
  Flow loop(const Statement& statement, const ScopePtr& scope, Sink& sink, const Any* over = nullptr, int depth = 0);
  void assign(const Target& target, Any value, const ScopePtr& scope);
  Any macro(const std::shared_ptr<const MacroBody>& body, const ScopePtr& scope);
  void include(const Statement& statement, const ScopePtr& scope, Sink& sink);
  Any import(const Statement& statement, const ScopePtr& scope);
  std::shared_ptr<const Parsed> included(const Any& names, bool ignore_missing, std::string& name);

  World& world_;
  Budget budget_;
  int levels_ = 0;
  ScopePtr top_;
  Place here_;
  std::string file_;
  Syntax syntax_ = Syntax::file();
  std::unordered_map<std::string, Any> variables_;
  std::deque<Value> kept_;
  std::unordered_map<std::string, std::shared_ptr<const Parsed>> sources_;
  std::unordered_set<const void*> tied_;
  std::vector<std::function<void()>> knots_;
};

}  // namespace cef::expr
