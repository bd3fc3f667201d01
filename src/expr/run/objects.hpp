// What templates can hold that is no plain value.
#pragma once

#include "run/run.hpp"

namespace cef::expr {

/// A function of the language, and one bound to what it is a method of.
Any function_object(const Function& function);
Any bound_method(Run& run, const Any& value, const Function& method);

/// namespace(a=1): its attributes can be set from within loops.
class Namespace : public Object {
 public:
  explicit Namespace(std::shared_ptr<Dict> attributes) : attributes_(std::move(attributes)) {}
  std::string_view type() const override { return "Namespace"; }
  std::optional<Any> attribute(std::string_view name) override {
    const Any* found = attributes_->find(name);
    return found ? std::optional<Any>(*found) : std::nullopt;
  }
  void set(std::string_view name, Any value) override { attributes_->set(name, std::move(value)); }
  void clear() override { attributes_->clear(); }

 private:
  std::shared_ptr<Dict> attributes_;
};

class Macro : public Object {
 public:
  Macro(std::shared_ptr<const MacroBody> body, ScopePtr scope) : body_(std::move(body)), scope_(std::move(scope)) {}
  std::string_view type() const override { return "Macro"; }
  bool callable() const override { return true; }
  Any call(Call& call) override;
  void clear() override { scope_.reset(); }
  std::optional<Any> attribute(std::string_view name) override;

 private:
  std::shared_ptr<const MacroBody> body_;
  ScopePtr scope_;
};

/// What `import` gives: the names that a template set.
class Module : public Object {
 public:
  Module(ScopePtr scope, std::string text) : scope_(std::move(scope)), text_(std::move(text)) {}
  std::string_view type() const override { return "TemplateModule"; }
  std::optional<Any> attribute(std::string_view name) override;
  std::string text() const override { return text_; }
  void clear() override { scope_.reset(); }

 private:
  ScopePtr scope_;
  std::string text_;
};

/// `loop`, within a loop.
class Loop : public Object, public std::enable_shared_from_this<Loop> {
 public:
  Loop(Items items, int depth) : items_(std::move(items)), depth_(depth) {}
  std::string_view type() const override { return "LoopContext"; }
  std::optional<Any> attribute(std::string_view name) override;
  bool callable() const override { return static_cast<bool>(again); }
  Any call(Call& call) override;

  void clear() override { items_.clear(); }

  const Items& items() const { return items_; }
  void go_to(std::size_t i) { at_ = i; }
  /// Whether the value is another one than at the last call.
  bool changed(const Items& values, Budget& budget);

  std::function<Any(const Any&)> again;  // of a recursive loop, as long as it goes on: goes over something else

 private:
  Items items_;
  std::size_t at_ = 0;
  int depth_ = 0;
  std::optional<std::string> last_;  // as text: a value could hold this loop
};

/// A function with a state of its own.
class Closure : public Object {
 public:
  Closure(std::string_view type, std::function<Any(Call&)> run) : type_(type), run_(std::move(run)) {}
  std::string_view type() const override { return type_; }
  bool callable() const override { return true; }
  Any call(Call& call) override { return run_(call); }
  void clear() override { run_ = nullptr; }

 private:
  std::string_view type_;
  std::function<Any(Call&)> run_;
};

}  // namespace cef::expr
