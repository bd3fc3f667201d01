// Python's regular expressions in the words of `grep -E`, which looks at one line after the other.

#include "regex/pattern.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>
#include <cef/expr/regex.hpp>

namespace cef::expr {

namespace {

class ToPosix {
 public:
  explicit ToPosix(std::string_view text) : text_(text) {}

  std::string run() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\\') {
        escape();
      } else if (c == '[') {
        set();
      } else if (c == '(') {
        open();
      } else if (c == '{') {
        bounds();
      } else {
        result_ += c;
        ++at_;
        if (c == '*' || c == '+' || c == '?') skip_lazy();
      }
    }
    if (refers_ && groups_differ_) refuse("groups that are not counted, and \\1");
    return std::move(result_);
  }

 private:
  [[noreturn]] void refuse(std::string_view what) const {
    fail("'{}' cannot be said to grep -E, which has no {}", text_, what);
  }

  char peek(std::size_t ahead) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  // What is found, not how much of it, is what counts.
  void skip_lazy() {
    if (peek(0) == '?') ++at_;
  }

  void literal(std::string_view text) {
    if (text.size() == 1 && std::string_view(".[]()*+?{}|^$\\").find(text[0]) != std::string_view::npos)
      result_ += '\\';
    result_ += text;
  }

  // `\t`, `\x41`, `\u00e9`, `\.`: the character that is meant. At the letter.
  std::string character() {
    const char c = text_[at_++];
    constexpr std::string_view letters = "tnrfva", meant = "\t\n\r\f\v\a";
    if (const auto found = letters.find(c); found != std::string_view::npos) return std::string(1, meant[found]);
    const std::size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (digits == 0) return std::string(1, c);
    std::string text;
    append_utf8(text, static_cast<char32_t>(std::stoul(std::string(text_.substr(at_, digits)), nullptr, 16)));
    at_ += digits;
    return text;
  }

  void escape() {
    ++at_;
    const char c = peek(0);
    switch (c) {
      case 'd':
      case 's':
      case 'w':
        result_ += fmt::format("[{}]", members(c));
        break;
      case 'D':
      case 'S':
      case 'W':
        result_ += fmt::format("[^{}]", members(lower(std::string(1, c))[0]));
        break;
      case 'b':
      case 'B':
        result_ += fmt::format("\\{}", c);
        break;
      case 'A':
      case 'Z':
      case 'n':
      case '0':
        refuse(fmt::format("\\{}", c));
      default:
        if (!is_digit(c)) return literal(character());
        refers_ = true;
        result_ += fmt::format("\\{}", c);
    }
    ++at_;
  }

  static std::string_view members(char letter) {
    return letter == 'd' ? "0-9" : letter == 's' ? "[:space:]" : "[:alnum:]_";
  }

  // A backslash in a set is one, so `]` stands first in it, `^` not first and `-` last.
  void set() {
    ++at_;
    const bool negated = peek(0) == '^';
    if (negated) ++at_;
    std::string members_of_set;
    bool closing = false, opening = false, caret = false, dash = false;
    for (bool first = true; first || peek(0) != ']'; first = false) {
      std::string one(1, peek(0));
      ++at_;
      if (one == "\\") {
        const char c = peek(0);
        if (c == 'D' || c == 'S' || c == 'W') refuse(fmt::format("\\{} within brackets", c));
        if (c == 'd' || c == 's' || c == 'w') {
          members_of_set += members(c);
          ++at_;
          continue;
        }
        one = character();
        if (one == "\n") continue;  // is in no line
      }
      if (peek(0) == '-' && peek(1) != ']') {
        ++at_;
        std::string last(1, peek(0));
        ++at_;
        if (last == "\\") last = character();
        if (one == "]" || last == "]" || one == "[") refuse("such a range");
        members_of_set += one + '-' + last;
        continue;
      }
      closing = closing || one == "]";
      opening = opening || one == "[";
      caret = caret || one == "^";
      dash = dash || one == "-";
      if (one != "]" && one != "[" && one != "^" && one != "-") members_of_set += one;
    }
    ++at_;
    std::string all = (closing ? "]" : "") + members_of_set + (opening ? "[" : "");
    if (all.empty() && !caret && !dash) refuse("line ends within a line");
    if (all.empty() && caret) all = dash ? "-^" : "";
    if (all.empty() && caret) {
      result_ += negated ? "[^^]" : "\\^";
      return;
    }
    if (all != "-^") all += std::string(caret ? "^" : "") + (dash ? "-" : "");
    result_ += fmt::format("[{}{}]", negated ? "^" : "", all);
  }

  void open() {
    ++at_;
    result_ += '(';
    if (peek(0) != '?') return;
    if (peek(1) == ':') {
      at_ += 2;
      groups_differ_ = true;
    } else if (peek(1) == 'P' && peek(2) == '<') {
      at_ = text_.find('>', at_) + 1;
    } else {
      refuse(fmt::format("({}", text_.substr(at_, 2)));
    }
  }

  // A brace that counts nothing is one.
  void bounds() {
    const std::size_t end = text_.find('}', at_);
    const std::string_view inner = end == std::string_view::npos ? "" : text_.substr(at_ + 1, end - at_ - 1);
    if (inner.empty() || inner.find_first_not_of("0123456789,") != std::string_view::npos) {
      result_ += "\\{";
      ++at_;
      return;
    }
    result_ += fmt::format("{{{}{}}}", inner[0] == ',' ? "0" : "", inner);
    at_ = end + 1;
    skip_lazy();
  }

  std::string_view text_;
  std::string result_;
  std::size_t at_ = 0;
  bool refers_ = false, groups_differ_ = false;
};

}  // namespace

Result<std::string> for_grep(std::string_view pattern) {
  try {
    const Pattern check(pattern, false, true);
    return ToPosix(pattern).run();
  } catch (const Fault& fault) {
    return Unexpected(Error{Code::usage, fault.problem.message, ""});
  }
}

}  // namespace cef::expr
