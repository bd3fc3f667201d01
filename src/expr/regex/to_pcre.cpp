// What Python and PCRE2 spell differently. Most of it is the same: groups, look-around, `(?P<name>...)`.

#include "regex/pattern.hpp"

#include <cef/core/text.hpp>

namespace cef::expr {

namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

class Translation {
 public:
  explicit Translation(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\')
        escape(false);
      else if (c == '[')
        set();
      else if (c == '(')
        open();
      else if (c == '{' && peek(1) == ',')
        bounds();
      else
        result_ += text_[at_++];
    }
    return std::move(result_);
  }

 private:
  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void copy(std::size_t count) {
    result_ += text_.substr(at_, count);
    at_ = std::min(at_ + count, text_.size());
  }

  // The escapes that Python has; PCRE2 has more, with other meanings.
  void escape(bool in_set) {
    if (at_ + 1 >= text_.size()) fail("'{}' is no regular expression: it ends in a backslash", text_);
    const char c = text_[at_ + 1];
    if (c == 'Z' && !in_set) {
      result_ += "\\z";
      at_ += 2;
    } else if (c == 'u' || c == 'U') {
      const std::size_t size = c == 'u' ? 4 : 8;
      const std::string_view digits = text_.substr(std::min(at_ + 2, text_.size()), size);
      if (digits.size() != size || digits.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
        fail("'{}' is no regular expression: incomplete escape \\{}", text_, c);
      result_ += fmt::format("\\x{{{}}}", digits);
      at_ += 2 + size;
    } else if (is_letter(c) &&
               std::string_view(in_set ? "abfnrtvxdDsSwW" : "abfnrtvxdDsSwWAB").find(c) == std::string_view::npos) {
      fail("'{}' is no regular expression: Python has no escape \\{}", text_, c);
    } else {
      copy(2);
    }
  }

  // Within a set `[` is itself: Python has no `[:alpha:]`.
  void set() {
    copy(1);
    if (peek(0) == '^') copy(1);
    if (peek(0) == ']') result_ += '\\', copy(1);
    while (at_ < text_.size() && text_[at_] != ']') {
      if (text_[at_] == '\\')
        escape(true);
      else if (text_[at_] == '[')
        result_ += '\\', copy(1);
      else
        copy(1);
    }
    if (at_ >= text_.size()) fail("'{}' is no regular expression: unterminated character set", text_);
    copy(1);
  }

  void open() {
    if (peek(1) == '*') fail("'{}' is no regular expression: nothing to repeat", text_);
    if (peek(1) != '?') return copy(1);
    if (peek(2) == '(') {  // a condition: `(?(name)yes|no)`
      copy(3);
      const std::size_t end = text_.find(')', at_);
      const std::string_view name = text_.substr(at_, end == std::string_view::npos ? end : end - at_);
      const bool named = !name.empty() && !is_digit(name[0]) && name[0] != '?';
      result_ += named ? fmt::format("<{}>", name) : std::string(name);
      at_ += name.size();
      return;
    }
    if (peek(2) == 'R' || peek(2) == '&' || is_digit(peek(2)) || peek(2) == '|' || peek(2) == 'C' ||
        (peek(2) == 'P' && peek(3) == '>'))
      fail("'{}' is no regular expression: Python has no (?{}", text_, peek(2));
    flags();
  }

  // `(?aiLmsux-imsx)`: without those that are always so, or mean nothing, for texts.
  void flags() {
    std::size_t end = at_ + 2;
    bool foreign = false;
    while (end < text_.size() && (is_letter(text_[end]) || text_[end] == '-')) {
      if (std::string_view("aiLmsux-").find(text_[end]) == std::string_view::npos) return copy(2);
      foreign = foreign || text_[end] == 'a' || text_[end] == 'L' || text_[end] == 'u';
      ++end;
    }
    if (!foreign || end >= text_.size() || (text_[end] != ')' && text_[end] != ':')) return copy(2);
    result_ += "(?";
    for (std::size_t i = at_ + 2; i < end; ++i)
      if (std::string_view("aLu").find(text_[i]) == std::string_view::npos) result_ += text_[i];
    at_ = end;
  }

  // `a{,3}`
  void bounds() {
    std::size_t end = at_ + 2;
    while (end < text_.size() && is_digit(text_[end])) ++end;
    if (end >= text_.size() || text_[end] != '}') return copy(1);
    result_ += end == at_ + 2 ? "{0,65535" : "{0";
    if (end > at_ + 2) result_ += text_.substr(at_ + 1, end - at_ - 1);
    at_ = end;
  }

  std::string_view text_;
  std::string result_;
  std::size_t at_ = 0;
};

}  // namespace

std::string to_pcre(std::string_view python) { return Translation(python).run(); }

}  // namespace cef::expr
