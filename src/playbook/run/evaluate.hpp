// Evaluates what stands in a playbook for one host. A fact that is asked for is gathered first, and what asked for it
// evaluated again: expressions have no effects.
#pragma once

#include "run/failure.hpp"
#include "vars/world.hpp"

#include <cef/playbook/run.hpp>

#include <optional>
#include <string>

namespace cef::playbook {

class Facts;

class Evaluator {
 public:
  /// Both are used until this goes.
  Evaluator(World& world, Facts& facts) : world_(world), facts_(facts) {}

  World& world() const { return world_; }

  // Each throws Failure, with a message that names the place.
  asio::awaitable<Value> value(const expr::Tree& tree);
  asio::awaitable<std::string> text(const expr::Template& text);
  asio::awaitable<bool> holds(const Condition& condition);
  /// Why it does not hold: the text of the first of them that is false; nothing when all hold.
  asio::awaitable<std::optional<std::string>> first_false(const Conditions& conditions);
  /// Those of the task and of what is around it.
  asio::awaitable<std::optional<std::string>> first_false_above(const Frame& frame);

  /// That of the frame, or of the nearest one above that says it.
  asio::awaitable<bool> flag(const Frame& frame, Keyword keyword, bool otherwise);
  asio::awaitable<std::optional<Value>> setting(const Frame& frame, Keyword keyword);
  /// As above; empty when it is not said.
  asio::awaitable<std::string> word(const Frame& frame, Keyword keyword);

 private:
  template <class T, class Work>
  asio::awaitable<T> with_facts(Work work);

  World& world_;
  Facts& facts_;
};

/// As Ansible reads a keyword: yes, true, on, 1.
bool is_true(const Value& value);
std::string as_text(const Value& value);
/// Errors: throws Failure.
double as_number(const Value& value, std::string_view what);

}  // namespace cef::playbook
