// Jinja2 as Ansible uses it: texts with `{{ }}` and `{% %}`, and conditions, which are expressions without braces. A
// text is parsed once and evaluated for any number of hosts: what is parsed never changes, and is cheap to copy.
//
// Types are kept: a text that is one expression gives its value, everything else a string. Mappings keep the order of
// their keys, as core's Value does; keys that are not texts become texts in a result, as in JSON.
// Not everything is Ansible's Python: integers have 64 bits, and only ASCII, Latin, Greek and Cyrillic letters change
// case.
#pragma once

#include <cef/core/result.hpp>
#include <cef/core/value.hpp>
#include <cef/expr/world.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace cef::expr {

/// Why a text could not be parsed or evaluated, and where.
struct Problem {
  enum class Kind { syntax, undefined, evaluation, limit };
  Kind kind = Kind::evaluation;
  std::string message;  // one line: `'user' is undefined`
  std::string file;     // of an included template; empty for the text itself
  int line = 0;         // in the text, from 1
  int column = 0;       // bytes, from 1
};
/// `line 2, column 5: message`; the line only where there are several.
std::string show(const Problem& problem);

/// A template whose author means harm, or errs, ends in a Problem of the kind `limit`.
struct Limits {
  std::size_t steps = 20'000'000;   // operations
  std::size_t bytes = 256u << 20u;  // of all texts and lists made on the way
  int depth = 120;                  // of calls and includes within each other
};

/// How a text is to be read.
struct Syntax {
  /// In the texts of a playbook a backslash inside `{{ }}` is itself; in a template file and in conditions it is
  /// Python's escape.
  bool literal_backslashes = true;
  bool trim_blocks = true;  // the line feed after a block is part of it
  bool lstrip_blocks = false;
  std::string block_start = "{%", block_end = "%}";
  std::string variable_start = "{{", variable_end = "}}";
  std::string comment_start = "{#", comment_end = "#}";
  std::string newline = "\n";  // what line ends become

  static Syntax file() {
    Syntax syntax;
    syntax.literal_backslashes = false;
    return syntax;
  }
};

/// A name that a text calls, for what is to be known before anything runs.
struct Use {
  enum class Kind { filter, test, lookup };
  Kind kind = Kind::filter;
  std::string name;
  int line = 0;
  int column = 0;
};

struct Parsed;

class Template {
 public:
  /// Without any marks the text is a constant. A file's first line `#jinja2: lstrip_blocks: True` changes the syntax.
  static Result<Template, Problem> parse(std::string text, const Syntax& syntax = {});

  /// Whether it says the same for every host.
  bool constant() const { return parsed_ == nullptr; }
  /// The value of the one expression that the text is, or else text.
  Result<Value, Problem> evaluate(World& world, const Limits& limits = {}) const;
  /// What becomes of a template file: text, whatever it is.
  Result<std::string, Problem> render(World& world, const Limits& limits = {}) const;
  std::vector<Use> uses() const;

 private:
  std::shared_ptr<const Parsed> parsed_;
  std::shared_ptr<const std::string> text_;
};

/// What stands in `when`, `until`, `failed_when`, `that`: an expression without braces. One that has braces
/// nevertheless is a template whose result is the condition.
class Condition {
 public:
  static Result<Condition, Problem> parse(std::string text);

  /// By Python's truth: "", 0, none and what is empty are false.
  Result<bool, Problem> holds(World& world, const Limits& limits = {}) const;
  /// The expression's value, for `until` and loops that show it.
  Result<Value, Problem> evaluate(World& world, const Limits& limits = {}) const;
  std::vector<Use> uses() const;

 private:
  std::shared_ptr<const Parsed> parsed_;
  std::shared_ptr<const Template> braces_;
};

/// The only key of a mapping that stands for a text which is no template; see yaml::to_value().
inline constexpr const char* unsafe_mark = "__ansible_unsafe";

/// A value whose texts are templates: a task's arguments, a variable. Keys are templates as well.
class Tree {
 public:
  static Result<Tree, Problem> parse(const Value& value, const Syntax& syntax = {});

  bool constant() const { return root_ == nullptr; }
  /// Entries of mappings whose value is `omit` are left out.
  Result<Value, Problem> evaluate(World& world, const Limits& limits = {}) const;
  std::vector<Use> uses() const;

 private:
  struct Branch;
  static Result<std::shared_ptr<const Branch>, Problem> branch(const Value& value, const Syntax& syntax);
  static Result<Value, Problem> grow(const Branch& branch, World& world, const Limits& limits);
  static void gather(const Branch& branch, std::vector<Use>& uses);

  std::shared_ptr<const Branch> root_;
  std::shared_ptr<const Value> value_;
};

/// As Python's str() has it: a text as it is, `['a', True]`.
std::string python_text(const Value& value);

/// Whether the text has marks of a template at all: most have none.
bool has_marks(std::string_view text);

/// Whether the language has it itself, as opposed to asking the World.
bool knows_filter(std::string_view name);
bool knows_test(std::string_view name);
/// Why a filter, test or lookup that Ansible has is refused; empty for all others.
std::string_view why_refused(std::string_view name);

}  // namespace cef::expr
