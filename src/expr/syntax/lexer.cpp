// A template as its words. Source: Jinja2 3.1, lexer.py, whose rules about blanks around marks these are.

#include "syntax/words.hpp"
#include "value/chars.hpp"

#include <algorithm>

namespace cef::expr {

namespace {

class Lexer {
 public:
  Lexer(std::string_view text, const Syntax& syntax) : cursor_(text), syntax_(syntax) {}

  std::vector<Token> run() {
    while (!cursor_.done()) {
      const std::size_t mark = next_mark();
      if (mark == std::string_view::npos) {
        add_text(cursor_.take(cursor_.rest().size()));
        break;
      }
      const Place place = cursor_.place();
      const std::string_view before = cursor_.take(mark);
      begin(before, place);
    }
    Token end;
    end.place = cursor_.place();
    tokens_.push_back(end);
    return std::move(tokens_);
  }

 private:
  // How far the next mark is. Where each kind stands is remembered, or a long text would be searched at every mark.
  std::size_t next_mark() {
    const auto next = [&](const std::string& mark, std::size_t& known) {
      if (known != std::string_view::npos && (known == unknown || known < cursor_.at()))
        known = cursor_.text().find(mark, cursor_.at());
      return known;
    };
    const std::size_t first =
        std::min({next(syntax_.variable_start, variable_at_), next(syntax_.block_start, block_at_),
                  next(syntax_.comment_start, comment_at_)});
    return first == std::string_view::npos ? first : first - cursor_.at();
  }

  void add_text(std::string_view text, Place place = {}) {
    if (text.empty()) return;
    Token token;
    token.kind = Token::Kind::text;
    token.text = with_newlines(text, syntax_.newline);
    token.place = place;
    tokens_.push_back(std::move(token));
  }

  void add_mark(Token::Kind kind, Place place) {
    Token token;
    token.kind = kind;
    token.place = place;
    tokens_.push_back(std::move(token));
  }

  // The longest mark wins, as in Jinja: with the marks `<%` and `<%=` both may stand here.
  void begin(std::string_view before, Place text_place) {
    const Place place = cursor_.place();
    const auto size_here = [&](const std::string& mark) {
      return cursor_.rest().starts_with(mark) ? mark.size() : std::size_t{0};
    };
    const std::size_t variable = size_here(syntax_.variable_start), block = size_here(syntax_.block_start),
                      comment = size_here(syntax_.comment_start);
    const std::size_t size = std::max({variable, block, comment});
    cursor_.skip(size);
    const char sign = cursor_.peek() == '-' || cursor_.peek() == '+' ? cursor_.peek() : '\0';
    if (sign) cursor_.skip(1);
    add_text(before_mark(before, sign, variable == size), text_place);
    if (comment == size) return skip_comment(place);
    if (variable == size) {
      add_mark(Token::Kind::output_begin, place);
      return words(syntax_.variable_end, Token::Kind::output_end, place);
    }
    if (is_raw()) return raw(place);
    add_mark(Token::Kind::block_begin, place);
    words(syntax_.block_end, Token::Kind::block_end, place);
  }

  std::string_view before_mark(std::string_view before, char sign, bool variable) {
    if (sign == '-') return strip(before, false, true);
    if (sign == '+' || variable || !syntax_.lstrip_blocks) return before;
    const std::size_t line = before.rfind('\n') + 1;  // 0 when there is none
    if (line == 0 && !line_begins_) return before;
    return strip(before.substr(line)).empty() ? before.substr(0, line) : before;
  }

  // After a mark that ends something: `-` takes all blanks, trim_blocks one line feed. False when it does not end here.
  bool end_here(const std::string& mark, bool trims) {
    const char sign = cursor_.peek();
    const std::size_t skip =
        (sign == '-' || (sign == '+' && trims)) && cursor_.rest().substr(1).starts_with(mark) ? 1 : 0;
    if (!cursor_.rest().substr(skip).starts_with(mark)) return false;
    const std::size_t begin = cursor_.at();
    cursor_.skip(skip + mark.size());
    if (skip && sign == '-') {
      cursor_.skip_blanks();
    } else if (!skip && trims && syntax_.trim_blocks) {
      if (cursor_.peek() == '\n') cursor_.skip(1);
    }
    line_begins_ = cursor_.text().substr(begin, cursor_.at() - begin).back() == '\n';
    return true;
  }

  void skip_comment(Place place) {
    while (!cursor_.done()) {
      if (end_here(syntax_.comment_end, true)) return;
      cursor_.skip(1);
    }
    fail_syntax(place, "the comment has no end: '{}' is missing", syntax_.comment_end);
  }

  bool is_raw() const {
    std::string_view rest = strip(cursor_.rest(), true, false);
    if (!rest.starts_with("raw")) return false;
    rest = strip(rest.substr(3), true, false);
    return rest.starts_with(syntax_.block_end) || rest.starts_with("-" + syntax_.block_end);
  }

  void raw(Place place) {
    cursor_.skip_blanks();
    cursor_.skip(3);
    cursor_.skip_blanks();
    const bool trim = cursor_.peek() == '-' && !cursor_.rest().starts_with(syntax_.block_end);
    cursor_.skip(syntax_.block_end.size() + (trim ? 1 : 0));
    if (trim) cursor_.skip_blanks();
    line_begins_ = false;
    const Place text_place = cursor_.place();
    const std::string_view rest = cursor_.rest();
    for (std::size_t at = 0; (at = rest.find(syntax_.block_start, at)) != std::string_view::npos; ++at) {
      Cursor ahead(rest.substr(at + syntax_.block_start.size()));
      const char sign = ahead.peek() == '-' || ahead.peek() == '+' ? ahead.peek() : '\0';
      if (sign) ahead.skip(1);
      ahead.skip_blanks();
      if (!ahead.rest().starts_with("endraw")) continue;
      ahead.skip(6);
      ahead.skip_blanks();
      const std::size_t end = rest.size() - ahead.rest().size();
      const std::string_view text = before_mark(rest.substr(0, at), sign, false);
      const Cursor before = cursor_;
      cursor_.skip(end);
      if (end_here(syntax_.block_end, true)) return add_text(text, text_place);
      cursor_ = before;
    }
    fail_syntax(place, "the raw text has no end: '{} endraw {}' is missing", syntax_.block_start, syntax_.block_end);
  }

  void words(const std::string& mark, Token::Kind end_kind, Place begin) {
    const bool block = end_kind == Token::Kind::block_end;
    std::vector<Token> open;
    for (;;) {
      cursor_.skip_blanks();
      if (cursor_.done()) fail_syntax(begin, "what begins here has no end: '{}' is missing", mark);
      const Place place = cursor_.place();
      if (open.empty() && end_here(mark, block)) return add_mark(end_kind, place);
      Token token = next_word(cursor_, syntax_.literal_backslashes && !block);
      balance(open, token);
      tokens_.push_back(std::move(token));
    }
  }

  static void balance(std::vector<Token>& open, const Token& token) {
    if (token.is("(") || token.is("[") || token.is("{")) {
      open.push_back(token);
    } else if (token.is(")") || token.is("]") || token.is("}")) {
      const std::string_view wanted = open.empty() ? "" : open.back().is("(") ? ")" : open.back().is("[") ? "]" : "}";
      if (open.empty()) fail_syntax(token.place, "unexpected '{}'", token.text);
      if (token.text != wanted) fail_syntax(token.place, "unexpected '{}', expected '{}'", token.text, wanted);
      open.pop_back();
    }
  }

  Cursor cursor_;
  const Syntax& syntax_;
  std::vector<Token> tokens_;
  bool line_begins_ = true;
  static constexpr std::size_t unknown = std::string_view::npos - 1;
  std::size_t variable_at_ = unknown, block_at_ = unknown, comment_at_ = unknown;
};

}  // namespace

std::vector<Token> tokens_of_template(std::string_view text, const Syntax& syntax) { return Lexer(text, syntax).run(); }

std::vector<Token> tokens_of_expression(std::string_view text, const Syntax& syntax) {
  std::vector<Token> tokens;
  Cursor cursor(text);
  for (;;) {
    cursor.skip_blanks();
    if (cursor.done()) break;
    tokens.push_back(next_word(cursor, syntax.literal_backslashes));
  }
  Token end;
  end.place = cursor.place();
  tokens.push_back(end);
  return tokens;
}

}  // namespace cef::expr
