// What evaluating an expression asks of its surroundings: variables, lookups, files. The layer itself opens no file,
// starts no process and reads no clock, so that each of its parts is tested without any.
#pragma once

#include <cef/core/value.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::expr {

/// The value of `omit`: a parameter that has it is left out. Tree::evaluate() does so in mappings.
inline constexpr std::string_view omit = "__omit_place_holder__3f6c1e0b7a9d4c52";
inline bool is_omit(const Value& value) { return value.is_string() && value.get_ref<const std::string&>() == omit; }

class Mapping;

struct Variable {
  const Value* value = nullptr;  // lives at least until the evaluation ends; null: one of those below
  /// Its numbers came out of a template. Ansible up to 2.18 made text of these, later ones keep the number; playbooks
  /// are written for both, so such a number is equal to its text as well.
  bool templated = false;
  std::shared_ptr<Mapping> mapping{};
  /// Why the variable, although there is one of that name, is undefined: another one that it is made of is.
  std::string missing{};
};

/// A mapping whose values are found when they are asked for, and only those: `hostvars`.
class Mapping {
 public:
  virtual ~Mapping() = default;
  virtual std::optional<Variable> entry(std::string_view key) = 0;
  virtual std::vector<std::string> keys() = 0;
};

/// What a World throws where it cannot answer: "file not found", "variable refers to itself". The message becomes that
/// of the evaluation's Problem, with the place in the expression.
class Trouble : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Something with a name that the language itself does not have: a lookup, a filter or test that reads files.
struct Request {
  enum class Kind { lookup, filter, test };
  Kind kind = Kind::lookup;
  std::string_view name;          // without a collection's name: `file` for `ansible.builtin.file`
  std::vector<Value> positional;  // a filter's and a test's first one is what it is applied to
  std::vector<std::pair<std::string, Value>> named;
};

class World {
 public:
  virtual ~World() = default;

  /// Nothing when there is none of that name. Called once a name and evaluation. A World whose variables are templates
  /// themselves sees to it that none refers to itself: it throws Trouble.
  virtual std::optional<Variable> variable(std::string_view name) = 0;

  /// Nothing when nothing has that name. Asked for what the language does not define itself: every lookup (the answer
  /// is a list, as Ansible's plug-ins give it), `realpath`, `expanduser`, `from_yaml`, `is exists`, ...
  virtual std::optional<Value> call(const Request& request) = 0;

  /// The text of a template that another one includes or imports; nothing when it is not found.
  virtual std::optional<std::string> source(std::string_view name) = 0;

  virtual std::chrono::system_clock::time_point now() = 0;

  /// Any number; for `random`, `shuffle` and salts without a seed. Salts are as secret as this is random.
  virtual std::uint64_t random() = 0;
};

}  // namespace cef::expr
