// The words of an expression, one after the other.
#pragma once

#include "syntax/token.hpp"

#include <cstddef>

namespace cef::expr {

/// A place in a text, and what line and column that is.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : text_(text) {}

  std::string_view rest() const { return text_.substr(at_); }
  std::string_view text() const { return text_; }
  std::size_t at() const { return at_; }
  bool done() const { return at_ >= text_.size(); }
  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  Place place() const { return place_; }
  void skip(std::size_t count);
  std::string_view take(std::size_t count) {
    const std::string_view taken = text_.substr(at_, count);
    skip(count);
    return taken;
  }
  void skip_blanks();

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  Place place_{1, 1};
};

/// The word at the cursor, which stands at none of the blanks.
Token next_word(Cursor& cursor, bool literal_backslashes);

/// `\r\n` and `\r` as `newline`.
std::string with_newlines(std::string_view text, std::string_view newline);

}  // namespace cef::expr
