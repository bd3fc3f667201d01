#include "run/evaluate.hpp"

#include "run/facts.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <charconv>

namespace cef::playbook {

bool is_true(const Value& value) {
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value != 0;
  if (!value.is_string()) return false;
  const std::string word = lower(value.get<std::string>());
  return word == "yes" || word == "true" || word == "on" || word == "1" || word == "y" || word == "t";
}

std::string as_text(const Value& value) { return value.is_null() ? std::string() : expr::python_text(value); }

double as_number(const Value& value, std::string_view what) {
  if (value.is_number()) return value.get<double>();
  const std::string text(trim(as_text(value)));
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size())
    fail_task(fmt::format("{}: '{}' is no number", what, text));
  return number;
}

template <class T, class Work>
asio::awaitable<T> Evaluator::with_facts(Work work) {
  for (;;) {
    auto result = work();
    HostState* const wanted = world_.wants_facts();
    if (!wanted) {
      if (!result) fail_task(expr::show(result.error()));
      co_return std::move(*result);
    }
    world_.forget_wish();
    co_await facts_.gather(*wanted);
    world_.forget();
  }
}

asio::awaitable<Value> Evaluator::value(const expr::Tree& tree) {
  auto work = [this, &tree] { return tree.evaluate(world_); };
  return with_facts<Value>(std::move(work));
}

asio::awaitable<std::string> Evaluator::text(const expr::Template& text) {
  auto work = [this, &text] { return text.render(world_); };
  return with_facts<std::string>(std::move(work));
}

asio::awaitable<bool> Evaluator::holds(const Condition& condition) {
  auto work = [this, &condition]() -> Result<bool, expr::Problem> {
    auto result = condition.test.holds(world_);
    if (!result) {
      expr::Problem problem = result.error();
      problem.message =
          fmt::format("the condition '{}' ({}): {}", condition.text, show(condition.place), problem.message);
      problem.line = problem.column = 0;
      return Unexpected(std::move(problem));
    }
    return result;
  };
  return with_facts<bool>(std::move(work));
}

asio::awaitable<std::optional<std::string>> Evaluator::first_false(const Conditions& conditions) {
  for (const Condition& each : conditions) {
    const bool holds_now = co_await holds(each);
    if (!holds_now) co_return each.text;
  }
  co_return std::nullopt;
}

// Those of what is around come first.
asio::awaitable<std::optional<std::string>> Evaluator::first_false_above(const Frame& frame) {
  std::vector<const Frame*> frames;
  for (const Frame* at = &frame; at; at = at->parent.get())
    if (at == &frame || at->passes_on) frames.push_back(at);
  for (auto at = frames.rbegin(); at != frames.rend(); ++at) {
    auto wrong = co_await first_false((*at)->when);
    if (wrong) co_return wrong;
  }
  co_return std::nullopt;
}

asio::awaitable<std::optional<Value>> Evaluator::setting(const Frame& frame, Keyword keyword) {
  const Setting* const said = find(frame, keyword);
  if (!said) co_return std::nullopt;
  Value result = co_await value(said->value);
  if (expr::is_omit(result)) co_return std::nullopt;
  co_return result;
}

asio::awaitable<bool> Evaluator::flag(const Frame& frame, Keyword keyword, bool otherwise) {
  const auto said = co_await setting(frame, keyword);
  co_return said && !said->is_null() ? is_true(*said) : otherwise;
}

asio::awaitable<std::string> Evaluator::word(const Frame& frame, Keyword keyword) {
  const auto said = co_await setting(frame, keyword);
  co_return said ? as_text(*said) : std::string();
}

}  // namespace cef::playbook
