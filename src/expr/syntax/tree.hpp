// What a parsed template is made of. Nothing in it changes once it is parsed: any number of evaluations share it.
#pragma once

#include "fault.hpp"
#include "value/any.hpp"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cef::expr {

struct Expression;
using ExpressionPtr = std::unique_ptr<const Expression>;

/// Arguments of a call: positional, named, and `*` and `**` ones.
struct Arguments {
  std::vector<ExpressionPtr> positional;
  std::vector<std::pair<std::string, ExpressionPtr>> named;
  ExpressionPtr rest;
  ExpressionPtr named_rest;
};

struct Expression {
  enum class Kind {
    constant,
    name,
    list,
    tuple,
    dict,       // keys and values in turns
    attribute,  // operands[0].text
    item,       // operands[0][operands[1]]
    slice,      // operands[0][operands[1]:operands[2]:operands[3]], null where left out
    call,       // operands[0](arguments)
    filter,     // operands[0] | text(arguments)
    test,       // operands[0] is text(arguments)
    negation,   // not
    minus,
    plus,
    arithmetic,  // text is the operator
    comparison,  // operands[0] operators[0] operands[1] operators[1] operands[2]
    conjunction,
    disjunction,
    concatenation,
    choice,  // operands[1] if operands[0] else operands[2], which may be null
  };
  Kind kind = Kind::constant;
  Place place;
  std::string text;
  Any constant;
  std::vector<ExpressionPtr> operands;
  std::vector<std::string> operators;
  Arguments arguments;
};

/// What is assigned to: a name, `namespace.attribute`, or several in a tuple.
struct Target {
  std::string name;       // empty for a tuple
  std::string attribute;  // empty without
  std::vector<Target> parts;
  Place place;
};

struct Statement;
using Body = std::vector<Statement>;

struct Parameter {
  std::string name;
  ExpressionPtr otherwise;  // null: must be given, or is undefined
};

/// A macro's or a call block's body.
struct MacroBody {
  std::string name;
  std::vector<Parameter> parameters;
  std::shared_ptr<const Body> body;
  bool takes_rest = false;    // names `varargs`
  bool takes_named = false;   // names `kwargs`
  bool takes_caller = false;  // names `caller`
};

struct Statement {
  enum class Kind {
    text,
    output,
    condition,  // branches; the one without a test is `else`
    loop,
    set,
    set_block,
    macro,
    call_block,
    filter_block,
    with,
    include,
    import,       // text is the name that it gets
    import_from,  // names: of the module, and here
    perform,      // do
    leave,        // break
    next,         // continue
  };
  Kind kind = Kind::text;
  Place place;
  std::string text;
  ExpressionPtr expression;  // of a loop what it goes over, of a filter block the filter with a null operand inside
  ExpressionPtr guard;       // of a loop: `if`
  Target target;
  std::vector<std::pair<ExpressionPtr, Body>> branches;
  Body body;
  Body otherwise;
  std::vector<std::pair<Target, ExpressionPtr>> assignments;
  std::vector<std::pair<std::string, std::string>> names;
  std::shared_ptr<const MacroBody> macro;
  bool with_context = true;
  bool ignore_missing = false;
  bool recursive = false;
};

/// A whole text, or a condition.
struct Parsed {
  Body body;
  ExpressionPtr condition;
  Syntax syntax;
  std::size_t line_feeds = 0;  // at the end of the text, which its result gets back
};

/// Both throw Fault: syntax.
std::shared_ptr<const Parsed> parse_template(std::string text, Syntax syntax);
std::shared_ptr<const Parsed> parse_condition(std::string_view text);

std::vector<Use> uses_of(const Parsed& parsed);

}  // namespace cef::expr
