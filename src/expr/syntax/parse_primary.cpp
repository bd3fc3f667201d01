// What expressions are made of: names, constants, lists, calls, subscripts.

#include "syntax/nodes.hpp"
#include "syntax/parser.hpp"

namespace cef::expr {

ExpressionPtr ExpressionParser::primary() {
  const Token& token = here();
  switch (token.kind) {
    case Token::Kind::name: {
      const Token word = take();
      if (word.text == "true" || word.text == "True") return constant(true, word.place);
      if (word.text == "false" || word.text == "False") return constant(false, word.place);
      if (word.text == "none" || word.text == "None") return constant(nullptr, word.place);
      return node(Expression::Kind::name, word.place, word.text);
    }
    case Token::Kind::string: {
      const Place place = token.place;
      std::string text = take().text;
      while (here().kind == Token::Kind::string) text += take().text;
      return constant(std::move(text), place);
    }
    case Token::Kind::integer: {
      const Token number = take();
      return constant(number.integer, number.place);
    }
    case Token::Kind::real: {
      const Token number = take();
      return constant(number.real, number.place);
    }
    default:
      break;
  }
  if (token.is("(")) {
    take();
    ExpressionPtr value = tuple(true);
    expect_sign(")");
    return value;
  }
  if (token.is("[")) return list();
  if (token.is("{")) return dict();
  unexpected("a value");
}

ExpressionPtr ExpressionParser::tuple(bool may_be_empty, bool choice, bool stops_at_in) {
  const Place place = here().place;
  const auto ends = [&] {
    const Token& token = here();
    return token.kind == Token::Kind::end || token.kind == Token::Kind::output_end ||
           token.kind == Token::Kind::block_end || token.is(")") || (stops_at_in && token.is_name("in"));
  };
  std::vector<ExpressionPtr> items;
  Beside beside(*this);
  bool comma = false;
  while (!ends()) {
    if (!items.empty() && !comma) break;
    items.push_back(beside.next(choice));
    comma = take_sign(",");
    if (!comma) break;
  }
  if (items.empty() && !may_be_empty) unexpected("an expression");
  if (items.size() == 1 && !comma) return std::move(items[0]);
  auto made = node(Expression::Kind::tuple, place);
  made->operands = std::move(items);
  return made;
}

ExpressionPtr ExpressionParser::list() {
  auto made = node(Expression::Kind::list, take().place);
  Beside beside(*this);
  while (!here().is("]")) {
    if (!made->operands.empty()) {
      expect_sign(",");
      if (here().is("]")) break;
    }
    made->operands.push_back(beside.next());
  }
  expect_sign("]");
  return made;
}

ExpressionPtr ExpressionParser::dict() {
  auto made = node(Expression::Kind::dict, take().place);
  Beside beside(*this);
  while (!here().is("}")) {
    if (!made->operands.empty()) {
      expect_sign(",");
      if (here().is("}")) break;
    }
    made->operands.push_back(beside.next());
    expect_sign(":");
    made->operands.push_back(beside.next());
  }
  expect_sign("}");
  return made;
}

ExpressionPtr ExpressionParser::subscript(ExpressionPtr operand) {
  const Place place = here().place;
  if (!take_sign(".")) return bracketed(std::move(operand), place);
  const Token token = here();
  if (token.kind == Token::Kind::name)
    return with(node(Expression::Kind::attribute, token.place, take().text), std::move(operand));
  if (token.kind != Token::Kind::integer) unexpected("a name or a number after '.'");
  take();
  return with(node(Expression::Kind::item, token.place), std::move(operand), constant(token.integer, token.place));
}

ExpressionPtr ExpressionParser::bracketed(ExpressionPtr operand, Place place) {
  expect_sign("[");
  std::vector<ExpressionPtr> parts;
  bool is_slice = false;
  if (here().is(":")) {
    parts.push_back(nullptr);
  } else {
    parts.push_back(expression());
  }
  while (parts.size() < 3 && take_sign(":")) {
    is_slice = true;
    const bool left_out = here().is(":") || here().is("]") || here().is(",");
    parts.push_back(left_out ? nullptr : expression());
  }
  if (here().is(",")) fail_syntax(here().place, "a tuple is no subscript here");
  expect_sign("]");
  if (!is_slice) return with(node(Expression::Kind::item, place), std::move(operand), std::move(parts[0]));
  parts.resize(3);
  auto made = node(Expression::Kind::slice, place);
  made->operands.push_back(std::move(operand));
  for (ExpressionPtr& part : parts) made->operands.push_back(std::move(part));
  return made;
}

Arguments ExpressionParser::arguments() {
  Arguments all;
  Beside beside(*this);
  expect_sign("(");
  bool first = true;
  while (!here().is(")")) {
    if (!first) {
      expect_sign(",");
      if (here().is(")")) break;
    }
    first = false;
    if (take_sign("*")) {
      if (all.rest || all.named_rest) unexpected("one '*' argument");
      all.rest = beside.next();
    } else if (take_sign("**")) {
      if (all.named_rest) unexpected("one '**' argument");
      all.named_rest = beside.next();
    } else if (here().kind == Token::Kind::name && ahead().is("=")) {
      std::string key = take().text;
      take();
      all.named.emplace_back(std::move(key), beside.next());
    } else {
      if (!all.named.empty() || all.rest || all.named_rest)
        fail_syntax(here().place, "an argument without a name follows one with a name");
      all.positional.push_back(beside.next());
    }
  }
  expect_sign(")");
  return all;
}

}  // namespace cef::expr
