#include "syntax/nodes.hpp"
#include "syntax/parser.hpp"

#include <algorithm>
#include <array>

namespace cef::expr {

namespace {

std::string describe(const Token& token) {
  switch (token.kind) {
    case Token::Kind::end:
      return "the end";
    case Token::Kind::output_end:
    case Token::Kind::block_end:
      return "the end of the marks";
    case Token::Kind::string:
      return fmt::format("the text '{}'", token.text);
    default:
      return fmt::format("'{}'", token.text);
  }
}

// Loosest first; each goes from left to right.
constexpr std::array<std::array<std::string_view, 4>, 4> levels = {{
    {"+", "-"},
    {"~"},
    {"*", "/", "//", "%"},
    {"**"},
}};

}  // namespace

void ExpressionParser::unexpected(std::string_view wanted) const {
  const Token& token = here();
  if (token.is("=")) fail_syntax(token.place, "unexpected '=', expected {}: `==` compares", wanted);
  fail_syntax(token.place, "unexpected {}, expected {}", describe(token), wanted);
}

bool ExpressionParser::take_sign(std::string_view sign) {
  if (!here().is(sign)) return false;
  take();
  return true;
}

bool ExpressionParser::take_name(std::string_view name) {
  if (!here().is_name(name)) return false;
  take();
  return true;
}

void ExpressionParser::expect_sign(std::string_view sign) {
  if (!take_sign(sign)) unexpected(fmt::format("'{}'", sign));
}

void ExpressionParser::expect_name(std::string_view name) {
  if (!take_name(name)) unexpected(fmt::format("'{}'", name));
}

std::string ExpressionParser::name(std::string_view what) {
  if (here().kind != Token::Kind::name) unexpected(what);
  return take().text;
}

std::string ExpressionParser::dotted_name(std::string_view what) {
  std::string all = name(what);
  while (take_sign(".")) all += '.' + name(what);
  return all;
}

void ExpressionParser::link() {
  if (++links_ > 500) fail_syntax(here().place, "this expression is too long");
}

void ExpressionParser::expect_end() {
  if (here().kind != Token::Kind::end) unexpected("the end, or an operator");
}

ExpressionPtr ExpressionParser::expression(bool choice) {
  const Deeper deeper(*this);
  const Within within(*this);
  const Place place = here().place;
  ExpressionPtr value = disjunction();
  while (choice && take_name("if")) {
    link();
    ExpressionPtr condition = disjunction();
    auto made = node(Expression::Kind::choice, place);
    made->operands.push_back(std::move(condition));
    made->operands.push_back(std::move(value));
    made->operands.push_back(take_name("else") ? expression() : nullptr);
    value = std::move(made);
  }
  return value;
}

ExpressionPtr ExpressionParser::disjunction() {
  ExpressionPtr left = conjunction();
  while (here().is_name("or")) {
    link();
    const Place place = take().place;
    left = with(node(Expression::Kind::disjunction, place), std::move(left), conjunction());
  }
  return left;
}

ExpressionPtr ExpressionParser::conjunction() {
  ExpressionPtr left = negation();
  while (here().is_name("and")) {
    link();
    const Place place = take().place;
    left = with(node(Expression::Kind::conjunction, place), std::move(left), negation());
  }
  return left;
}

ExpressionPtr ExpressionParser::negation() {
  if (!here().is_name("not")) return comparison();
  const Deeper deeper(*this);
  const Place place = take().place;
  return with(node(Expression::Kind::negation, place), negation());
}

ExpressionPtr ExpressionParser::comparison() {
  constexpr std::array<std::string_view, 6> signs = {"==", "!=", "<", "<=", ">", ">="};
  const Place place = here().place;
  ExpressionPtr left = binary(0);
  std::unique_ptr<Expression> made;
  for (;;) {
    std::string operation;
    if (std::any_of(signs.begin(), signs.end(), [&](std::string_view sign) { return here().is(sign); }))
      operation = take().text;
    else if (take_name("in"))
      operation = "in";
    else if (here().is_name("not") && ahead().is_name("in"))
      take(), take(), operation = "not in";
    else
      break;
    if (!made) {
      made = node(Expression::Kind::comparison, place);
      made->operands.push_back(std::move(left));
    }
    made->operators.push_back(operation);
    made->operands.push_back(binary(0));
  }
  if (!made) return left;
  return made;
}

ExpressionPtr ExpressionParser::binary(int level) {
  if (level == static_cast<int>(levels.size())) return unary(true);
  const auto& signs = levels[static_cast<std::size_t>(level)];
  ExpressionPtr left = binary(level + 1);
  std::unique_ptr<Expression> joined;  // of `~`, which joins any number at once
  for (;;) {
    if (here().kind != Token::Kind::sign || std::find(signs.begin(), signs.end(), here().text) == signs.end()) break;
    link();
    const Token sign = take();
    ExpressionPtr right = binary(level + 1);
    if (sign.text != "~") {
      left = with(node(Expression::Kind::arithmetic, sign.place, sign.text), std::move(left), std::move(right));
      continue;
    }
    if (!joined) {
      joined = node(Expression::Kind::concatenation, sign.place);
      joined->operands.push_back(std::move(left));
    }
    joined->operands.push_back(std::move(right));
  }
  if (joined) return joined;
  return left;
}

ExpressionPtr ExpressionParser::unary(bool with_filter) {
  const Deeper deeper(*this);
  ExpressionPtr value;
  if (here().is("-") || here().is("+")) {
    const Token sign = take();
    value = with(node(sign.text == "-" ? Expression::Kind::minus : Expression::Kind::plus, sign.place), unary(false));
  } else {
    value = primary();
  }
  value = postfix(std::move(value));
  return with_filter ? filter_or_test(std::move(value)) : std::move(value);
}

ExpressionPtr ExpressionParser::postfix(ExpressionPtr operand) {
  for (;; link()) {
    if (here().is(".") || here().is("[")) {
      operand = subscript(std::move(operand));
    } else if (here().is("(")) {
      auto made = node(Expression::Kind::call, here().place);
      made->arguments = arguments();
      operand = with(std::move(made), std::move(operand));
    } else {
      return operand;
    }
  }
}

ExpressionPtr ExpressionParser::filter_or_test(ExpressionPtr operand) {
  for (;; link()) {
    if (here().is("|")) {
      operand = filters(std::move(operand));
    } else if (here().is_name("is")) {
      operand = test(std::move(operand));
    } else if (here().is("(")) {
      auto made = node(Expression::Kind::call, here().place);
      made->arguments = arguments();
      operand = with(std::move(made), std::move(operand));
    } else {
      return operand;
    }
  }
}

ExpressionPtr ExpressionParser::filters(ExpressionPtr operand, bool first_without_sign) {
  bool first = first_without_sign;
  for (; first || here().is("|"); first = false) {
    link();
    if (!first) take();
    const Place place = here().place;
    auto made = node(Expression::Kind::filter, place, dotted_name("the name of a filter"));
    if (here().is("(")) made->arguments = arguments();
    made->operands.push_back(std::move(operand));
    operand = std::move(made);
  }
  return operand;
}

bool ExpressionParser::test_argument_follows() const {
  const Token& token = here();
  switch (token.kind) {
    case Token::Kind::name:
      return !token.is_name("else") && !token.is_name("or") && !token.is_name("and");
    case Token::Kind::string:
    case Token::Kind::integer:
    case Token::Kind::real:
      return true;
    default:
      return token.is("[") || token.is("{");
  }
}

ExpressionPtr ExpressionParser::test(ExpressionPtr operand) {
  const Place place = take().place;  // is
  const bool negated = take_name("not");
  auto made = node(Expression::Kind::test, place, dotted_name("the name of a test"));
  made->operands.push_back(std::move(operand));
  if (here().is("(")) {
    made->arguments = arguments();
  } else if (test_argument_follows()) {
    if (here().is_name("is")) fail_syntax(here().place, "tests cannot be chained: put the first one in brackets");
    made->arguments.positional.push_back(postfix(primary()));
  }
  if (!negated) return made;
  return with(node(Expression::Kind::negation, place), std::move(made));
}

}  // namespace cef::expr
