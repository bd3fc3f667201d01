#include "run/run.hpp"
#include "value/python_text.hpp"

#include <cef/expr/expr.hpp>

#include <algorithm>

namespace cef::expr {

namespace {

// Calls `work` and makes a Problem of what it throws.
template <class T, class Work>
Result<T, Problem> caught(Run* run, Work work) {
  try {
    return work();
  } catch (Fault& fault) {
    Problem problem = std::move(fault.problem);
    if (run && problem.line == 0) {
      problem.line = run->place().line;
      problem.column = run->place().column;
    }
    if (run && problem.file.empty()) problem.file = run->file();
    return Unexpected(std::move(problem));
  } catch (const Trouble& trouble) {
    Problem problem;
    problem.message = trouble.what();
    if (run) {
      problem.line = run->place().line;
      problem.column = run->place().column;
      problem.file = run->file();
    }
    return Unexpected(std::move(problem));
  }
}

Result<Value, Problem> value_of(const Parsed& parsed, World& world, const Limits& limits) {
  Run run(world, limits);
  return caught<Value>(&run, [&] { return Result<Value, Problem>(to_value(run.value(parsed), run.budget())); });
}

}  // namespace

std::string show(const Problem& problem) {
  const std::string file = problem.file.empty() ? "" : problem.file + ", ";
  if (problem.line > 1 || !file.empty())
    return fmt::format("{}line {}, column {}: {}", file, problem.line, problem.column, problem.message);
  return problem.column > 0 ? fmt::format("column {}: {}", problem.column, problem.message) : problem.message;
}

std::string python_text(const Value& value) {
  Budget budget{Limits{}};
  const auto text =
      caught<std::string>(nullptr, [&] { return Result<std::string, Problem>(text_of(Any::borrow(value), budget)); });
  return text ? *text : value.dump();
}

bool has_marks(std::string_view text) {
  for (std::size_t i = 0; (i = text.find('{', i)) != std::string_view::npos; ++i)
    if (i + 1 < text.size() && (text[i + 1] == '{' || text[i + 1] == '%' || text[i + 1] == '#')) return true;
  return false;
}

Result<Template, Problem> Template::parse(std::string text, const Syntax& syntax) {
  static const Syntax usual;
  const bool other_marks = syntax.variable_start != usual.variable_start || syntax.block_start != usual.block_start ||
                           syntax.comment_start != usual.comment_start;
  // A file's line ends and its header count even where nothing else is to be done.
  const bool as_it_is =
      syntax.literal_backslashes || (!text.starts_with("#jinja2:") && text.find('\r') == std::string::npos);
  Template made;
  if (!other_marks && !has_marks(text) && as_it_is) {
    made.text_ = std::make_shared<const std::string>(std::move(text));
    return made;
  }
  return caught<Template>(nullptr, [&]() -> Result<Template, Problem> {
    made.parsed_ = parse_template(std::move(text), syntax);
    return made;
  });
}

Result<Value, Problem> Template::evaluate(World& world, const Limits& limits) const {
  if (!parsed_) return Value(text_ ? *text_ : std::string());
  return value_of(*parsed_, world, limits);
}

Result<std::string, Problem> Template::render(World& world, const Limits& limits) const {
  if (!parsed_) return text_ ? *text_ : std::string();
  Run run(world, limits);
  return caught<std::string>(&run, [&] { return Result<std::string, Problem>(run.render(*parsed_)); });
}

std::vector<Use> Template::uses() const { return parsed_ ? uses_of(*parsed_) : std::vector<Use>{}; }

Result<Condition, Problem> Condition::parse(std::string text) {
  Condition made;
  if (has_marks(text)) {
    auto braces = Template::parse(std::move(text));
    if (!braces) return Unexpected(braces.error());
    made.braces_ = std::make_shared<const Template>(*braces);
    return made;
  }
  return caught<Condition>(nullptr, [&]() -> Result<Condition, Problem> {
    made.parsed_ = parse_condition(text);
    return made;
  });
}

Result<Value, Problem> Condition::evaluate(World& world, const Limits& limits) const {
  if (!braces_) return value_of(*parsed_, world, limits);
  auto value = braces_->evaluate(world, limits);
  if (!value || !value->is_string()) return value;
  // What the braces gave is the condition: `"{{ a }} == 1"`.
  const std::string& text = value->get_ref<const std::string&>();
  if (text.empty()) return value;
  if (has_marks(text))
    return Unexpected(Problem{Problem::Kind::evaluation, "a condition's braces gave more braces", {}, 0, 0});
  const auto again = parse(text);
  if (!again) return Unexpected(again.error());
  return again->evaluate(world, limits);
}

Result<bool, Problem> Condition::holds(World& world, const Limits& limits) const {
  const auto value = evaluate(world, limits);
  if (!value) return Unexpected(value.error());
  return truth(Any::borrow(*value));
}

std::vector<Use> Condition::uses() const {
  return braces_ ? braces_->uses() : parsed_ ? uses_of(*parsed_) : std::vector<Use>{};
}

}  // namespace cef::expr
