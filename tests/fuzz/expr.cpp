#include "fuzz.hpp"

#include <cef/expr/expr.hpp>

namespace {

using cef::Value;

class FuzzWorld : public cef::expr::World {
 public:
  std::optional<cef::expr::Variable> variable(std::string_view name) override {
    static const Value variables = Value::parse(
        R"({"a": "text", "b": [3, 1, 2], "c": {"k": "v", "n": {"x": [1]}}, "d": 4.5, "e": null, "f": true, "g": "a\nb\u00fc\n",
            "h": [{"n": "x", "v": 1}, {"n": "y", "v": 2}]})");
    const auto found = variables.find(std::string(name));
    if (found == variables.end()) return std::nullopt;
    return cef::expr::Variable{&*found, name == "d"};
  }
  std::optional<Value> call(const cef::expr::Request& request) override {
    if (request.name == "fails") throw cef::expr::Trouble("it fails");
    if (request.name == "echo") return Value(request.positional);
    return std::nullopt;
  }
  std::optional<std::string> source(std::string_view name) override {
    if (name == "a") return "{{ a }}{% macro m(x) %}{{ x }}{% endmacro %}";
    if (name == "b") return "{% include 'b' %}";
    return std::nullopt;
  }
  std::chrono::system_clock::time_point now() override { return {}; }
  std::uint64_t random() override { return 4; }
};

template <class T>
void check(const cef::Result<T, cef::expr::Problem>& result) {
  if (!result) require(!result.error().message.empty());
}

}  // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  cef::expr::Limits limits;
  limits.steps = 20'000;
  limits.bytes = 4u << 20u;
  const std::string text = text_of(data, size);
  FuzzWorld world;
  for (const bool file : {false, true}) {
    const auto parsed = cef::expr::Template::parse(text, file ? cef::expr::Syntax::file() : cef::expr::Syntax());
    check(parsed);
    if (!parsed) continue;
    check(parsed->evaluate(world, limits));
    check(parsed->render(world, limits));
    parsed->uses();
  }
  const auto condition = cef::expr::Condition::parse(text);
  check(condition);
  if (condition) check(condition->holds(world, limits));
  return 0;
}
