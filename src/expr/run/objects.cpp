#include "run/objects.hpp"

namespace cef::expr {

namespace {

class FunctionObject : public Object {
 public:
  explicit FunctionObject(const Function& function) : function_(function) {}
  std::string_view type() const override { return "function"; }
  bool callable() const override { return true; }
  Any call(Call& call) override {
    return apply(call.evaluation, function_, std::move(call.rest), std::move(call.named));
  }
  std::string text() const override { return fmt::format("<function {}>", function_.name); }

 private:
  const Function& function_;
};

class BoundMethod : public Object {
 public:
  BoundMethod(Any value, const Function& method) : value_(std::move(value)), method_(method) {}
  std::string_view type() const override { return "builtin_function_or_method"; }
  bool callable() const override { return true; }
  Any call(Call& call) override {
    call.rest.insert(call.rest.begin(), value_);
    return apply(call.evaluation, method_, std::move(call.rest), std::move(call.named));
  }
  void clear() override { value_ = nullptr; }
  std::string text() const override {
    return fmt::format("<built-in method {} of {} object>", method_.name, type_name(value_));
  }

 private:
  Any value_;
  const Function& method_;
};

}  // namespace

Any function_object(const Function& function) {
  return std::shared_ptr<Object>(std::make_shared<FunctionObject>(function));
}

Any bound_method(Run& run, const Any& value, const Function& method) {
  return run.keep(std::make_shared<BoundMethod>(value, method));
}

Any Macro::call(Call& call) {
  return call.evaluation.call_macro(*body_, scope_, std::move(call.rest), std::move(call.named));
}

std::optional<Any> Macro::attribute(std::string_view name) {
  if (name == "name") return Any(body_->name);
  if (name == "catch_varargs") return Any(body_->takes_rest);
  if (name == "catch_kwargs") return Any(body_->takes_named);
  if (name == "caller") return Any(body_->takes_caller);
  if (name != "arguments") return std::nullopt;
  Items names;
  for (const Parameter& each : body_->parameters) names.emplace_back(each.name);
  return Any::tuple(std::move(names));
}

std::optional<Any> Module::attribute(std::string_view name) {
  if (name.starts_with("_")) return std::nullopt;
  for (const auto& [key, value] : scope_->names)
    if (key == name) return value;
  return std::nullopt;
}

bool Loop::changed(const Items& values, Budget& budget) {
  std::string text = repr(Any(values), budget);
  const bool same = last_ == text;
  last_ = std::move(text);
  return !same;
}

Any Loop::call(Call& call) {
  if (call.rest.size() != 1) fail("loop() goes over one value");
  return again(call.rest[0]);
}

std::optional<Any> Loop::attribute(std::string_view name) {
  const std::size_t count = items_.size();
  if (name == "index") return at_ + 1;
  if (name == "index0") return at_;
  if (name == "revindex") return count - at_;
  if (name == "revindex0") return count - at_ - 1;
  if (name == "first") return at_ == 0;
  if (name == "last") return at_ + 1 == count;
  if (name == "length") return count;
  if (name == "depth") return depth_ + 1;
  if (name == "depth0") return depth_;
  if (name == "previtem") return at_ > 0 ? items_[at_ - 1] : Any::missing("there is no previous item");
  if (name == "nextitem") return at_ + 1 < count ? items_[at_ + 1] : Any::missing("there is no next item");
  if (name == "cycle")
    return std::shared_ptr<Object>(std::make_shared<Closure>("method", [at = at_](Call& call) {
      if (call.rest.empty()) fail("loop.cycle() needs values to go through");
      return call.rest[at % call.rest.size()];
    }));
  if (name == "changed")
    return std::shared_ptr<Object>(std::make_shared<Closure>(
        "method", [self = shared_from_this()](Call& call) { return Any(self->changed(call.rest, call.budget)); }));
  return std::nullopt;
}

}  // namespace cef::expr
