#include "syntax/parser.hpp"

#include <algorithm>
#include <array>

namespace cef::expr {

namespace {

std::unique_ptr<Expression> node(Expression::Kind kind, Place place, std::string text = {}) {
  auto made = std::make_unique<Expression>();
  made->kind = kind;
  made->place = place;
  made->text = std::move(text);
  return made;
}

ExpressionPtr with(std::unique_ptr<Expression> made, ExpressionPtr a, ExpressionPtr b = nullptr) {
  made->operands.push_back(std::move(a));
  if (b) made->operands.push_back(std::move(b));
  return made;
}

ExpressionPtr constant(Any value, Place place) {
  auto made = node(Expression::Kind::constant, place);
  made->constant = std::move(value);
  return made;
}

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
  if (++links_ > 2000) fail_syntax(here().place, "this expression is too long");
}

void ExpressionParser::expect_end() {
  if (here().kind != Token::Kind::end) unexpected("the end, or an operator");
}

ExpressionPtr ExpressionParser::expression(bool choice) {
  if (depth_ == 0) links_ = 0;
  const Deeper deeper(*this);
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
  bool comma = false;
  while (!ends()) {
    if (!items.empty() && !comma) break;
    items.push_back(expression(choice));
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
  while (!here().is("]")) {
    if (!made->operands.empty()) {
      expect_sign(",");
      if (here().is("]")) break;
    }
    made->operands.push_back(expression());
  }
  expect_sign("]");
  return made;
}

ExpressionPtr ExpressionParser::dict() {
  auto made = node(Expression::Kind::dict, take().place);
  while (!here().is("}")) {
    if (!made->operands.empty()) {
      expect_sign(",");
      if (here().is("}")) break;
    }
    made->operands.push_back(expression());
    expect_sign(":");
    made->operands.push_back(expression());
  }
  expect_sign("}");
  return made;
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
      all.rest = expression();
    } else if (take_sign("**")) {
      if (all.named_rest) unexpected("one '**' argument");
      all.named_rest = expression();
    } else if (here().kind == Token::Kind::name && ahead().is("=")) {
      std::string key = take().text;
      take();
      all.named.emplace_back(std::move(key), expression());
    } else {
      if (!all.named.empty() || all.rest || all.named_rest)
        fail_syntax(here().place, "an argument without a name follows one with a name");
      all.positional.push_back(expression());
    }
  }
  expect_sign(")");
  return all;
}

}  // namespace cef::expr
