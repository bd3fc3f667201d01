// Nodes of an expression, as its parser makes them.
#pragma once

#include "syntax/tree.hpp"

namespace cef::expr {

inline std::unique_ptr<Expression> node(Expression::Kind kind, Place place, std::string text = {}) {
  auto made = std::make_unique<Expression>();
  made->kind = kind;
  made->place = place;
  made->text = std::move(text);
  return made;
}

inline ExpressionPtr with(std::unique_ptr<Expression> made, ExpressionPtr a, ExpressionPtr b = nullptr) {
  made->operands.push_back(std::move(a));
  if (b) made->operands.push_back(std::move(b));
  return made;
}

inline ExpressionPtr constant(Any value, Place place) {
  auto made = node(Expression::Kind::constant, place);
  made->constant = std::move(value);
  return made;
}

}  // namespace cef::expr
