// Which filters, tests and lookups a text names.

#include "syntax/tree.hpp"

namespace cef::expr {

namespace {

class Uses {
 public:
  void look(const ExpressionPtr& expression) {
    if (!expression) return;
    const Expression& e = *expression;
    if (e.kind == Expression::Kind::filter) add(Use::Kind::filter, e.text, e.place);
    if (e.kind == Expression::Kind::test) add(Use::Kind::test, e.text, e.place);
    if (e.kind == Expression::Kind::call) look_call(e);
    for (const ExpressionPtr& each : e.operands) look(each);
    for (const ExpressionPtr& each : e.arguments.positional) look(each);
    for (const auto& [name, each] : e.arguments.named) look(each);
    look(e.arguments.rest);
    look(e.arguments.named_rest);
  }

  void look(const Body& body) {
    for (const Statement& statement : body) {
      look(statement.expression);
      look(statement.guard);
      look(statement.body);
      look(statement.otherwise);
      for (const auto& [test, branch] : statement.branches) look(test), look(branch);
      for (const auto& [target, value] : statement.assignments) look(value);
      if (!statement.macro) continue;
      for (const Parameter& parameter : statement.macro->parameters) look(parameter.otherwise);
      look(*statement.macro->body);
    }
  }

  std::vector<Use> found;

 private:
  void add(Use::Kind kind, const std::string& name, Place place) {
    found.push_back({kind, name, place.line, place.column});
  }

  void look_call(const Expression& e) {
    if (e.operands[0]->kind != Expression::Kind::name || e.arguments.positional.empty()) return;
    const std::string& function = e.operands[0]->text;
    const Expression& first = *e.arguments.positional[0];
    const bool is_lookup = function == "lookup" || function == "query" || function == "q";
    if (is_lookup && first.constant.is_text()) add(Use::Kind::lookup, first.constant.text(), first.place);
  }
};

}  // namespace

std::vector<Use> uses_of(const Parsed& parsed) {
  Uses uses;
  uses.look(parsed.condition);
  uses.look(parsed.body);
  return std::move(uses.found);
}

}  // namespace cef::expr
