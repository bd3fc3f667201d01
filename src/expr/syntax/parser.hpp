// Jinja2's grammar, by recursive descent.
#pragma once

#include "syntax/token.hpp"
#include "syntax/tree.hpp"

#include <algorithm>
#include <initializer_list>

namespace cef::expr {

/// Expressions. Source: Jinja2 3.1, parser.py: `-3 | abs` is 3, `**` goes from left to right.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  ExpressionPtr expression(bool choice = true);
  /// `a` or `a, b`; empty for nothing where `may_be_empty`.
  ExpressionPtr tuple(bool may_be_empty = false, bool choice = true, bool stops_at_in = false);
  void expect_end();

 protected:
  const Token& here() const { return tokens_[at_]; }
  const Token& ahead() const { return tokens_[std::min(at_ + 1, tokens_.size() - 1)]; }
  Token take() { return at_ + 1 < tokens_.size() ? tokens_[at_++] : tokens_[at_]; }
  bool take_sign(std::string_view sign);
  bool take_name(std::string_view name);
  void expect_sign(std::string_view sign);
  void expect_name(std::string_view name);
  std::string name(std::string_view what);
  std::string dotted_name(std::string_view what);
  [[noreturn]] void unexpected(std::string_view wanted) const;
  Arguments arguments();
  ExpressionPtr filters(ExpressionPtr operand, bool first_without_sign = false);
  ExpressionPtr postfix(ExpressionPtr operand);
  ExpressionPtr primary();

 private:
  ExpressionPtr disjunction();
  ExpressionPtr conjunction();
  ExpressionPtr negation();
  ExpressionPtr comparison();
  ExpressionPtr binary(int level);
  ExpressionPtr unary(bool with_filter);
  ExpressionPtr filter_or_test(ExpressionPtr operand);
  ExpressionPtr test(ExpressionPtr operand);
  ExpressionPtr subscript(ExpressionPtr operand);
  ExpressionPtr bracketed(ExpressionPtr operand, Place place);
  ExpressionPtr list();
  ExpressionPtr dict();
  bool test_argument_follows() const;
  /// Each operator, filter and subscript makes the tree a level deeper.
  void link();

  /// An expression within others shares their links; one that stands alone begins anew.
  class Within {
   public:
    explicit Within(ExpressionParser& parser) : parser_(parser) {
      if (parser_.expressions_++ == 0) parser_.links_ = 0;
    }
    ~Within() { --parser_.expressions_; }
    Within(const Within&) = delete;
    Within& operator=(const Within&) = delete;

   private:
    ExpressionParser& parser_;
  };

  /// Of expressions side by side, as in a list, the deepest counts.
  class Beside {
   public:
    explicit Beside(ExpressionParser& parser) : parser_(parser), before_(parser.links_), most_(parser.links_) {}
    ~Beside() { parser_.links_ = std::max(most_, parser_.links_); }
    Beside(const Beside&) = delete;
    Beside& operator=(const Beside&) = delete;
    ExpressionPtr next(bool choice = true) {
      most_ = std::max(most_, parser_.links_);
      parser_.links_ = before_;
      return parser_.expression(choice);
    }

   private:
    ExpressionParser& parser_;
    int before_, most_;
  };

  /// Levels of brackets and operators: what is nested deeper would end the stack.
  class Deeper {
   public:
    explicit Deeper(ExpressionParser& parser) : parser_(parser) {
      if (++parser_.depth_ > 200) fail_syntax(parser_.here().place, "this is nested too deeply");
    }
    ~Deeper() { --parser_.depth_; }
    Deeper(const Deeper&) = delete;
    Deeper& operator=(const Deeper&) = delete;

   private:
    ExpressionParser& parser_;
  };
  friend class Deeper;
  friend class Within;
  friend class Beside;
  friend class TemplateParser;

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  int depth_ = 0;
  int links_ = 0, expressions_ = 0;
};

}  // namespace cef::expr
