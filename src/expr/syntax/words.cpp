#include "syntax/words.hpp"

#include "value/chars.hpp"

#include <cef/core/utf8.hpp>

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace cef::expr {

namespace {

bool is_digit_of(char c, int base = 10) {
  if (base <= 10) return c >= '0' && c < '0' + base;
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_name_begin(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || static_cast<unsigned char>(c) >= 0x80;
}

// How long the digits from `at` are, `_` between two of them included.
std::size_t digits_length(std::string_view text, int base) {
  std::size_t i = 0;
  while (i < text.size() && (is_digit_of(text[i], base) ||
                             (text[i] == '_' && i > 0 && i + 1 < text.size() && is_digit_of(text[i + 1], base))))
    ++i;
  return i;
}

std::string without_underscores(std::string_view text) {
  std::string result;
  for (const char c : text)
    if (c != '_') result += c;
  return result;
}

// The length of `.5`, `e3`, `.5e3` after whole digits; 0 when that is no float.
std::size_t fraction_length(std::string_view text) {
  std::size_t i = 0;
  if (text.size() > 1 && text[0] == '.' && is_digit_of(text[1])) i = 1 + digits_length(text.substr(1), 10);
  if (i >= text.size() || (text[i] != 'e' && text[i] != 'E')) return i;
  std::size_t exponent = i + 1;
  if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
  const std::size_t digits = digits_length(text.substr(std::min(exponent, text.size())), 10);
  return digits > 0 ? exponent + digits : i;
}

Token number(Cursor& cursor, Place place) {
  Token token;
  token.place = place;
  const std::string_view rest = cursor.rest();
  const char kind = rest.size() > 1 && rest[0] == '0' ? static_cast<char>(rest[1] | 0x20) : '\0';
  const int base = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 10;
  std::string_view digits;
  if (base != 10) {
    const std::size_t underscore = rest.size() > 2 && rest[2] == '_' ? 1 : 0;
    const std::size_t size = digits_length(rest.substr(2 + underscore), base);
    if (size == 0) fail_syntax(place, "a number has no digits after '{}'", rest.substr(0, 2));
    digits = cursor.take(2 + underscore + size).substr(2 + underscore);
  } else {
    const std::size_t size = digits_length(rest, 10);
    if (const std::size_t fraction = fraction_length(rest.substr(size)); fraction > 0) {
      token.kind = Token::Kind::real;
      token.text = cursor.take(size + fraction);
      token.real = std::strtod(without_underscores(token.text).c_str(), nullptr);
      if (std::isinf(token.real)) fail_syntax(place, "the number {} is too large", token.text);
      return token;
    }
    digits = cursor.take(size);
    if (digits.size() > 1 && digits[0] == '0' && digits.find_first_not_of("0_") != std::string_view::npos)
      fail_syntax(place, "'{}' is no number: one that begins with 0 is written 0o{}", digits, digits.substr(1));
  }
  token.kind = Token::Kind::integer;
  token.text = digits;
  const std::string plain = without_underscores(digits);
  const auto [end, error] = std::from_chars(plain.data(), plain.data() + plain.size(), token.integer, base);
  if (error != std::errc() || end != plain.data() + plain.size())
    fail_syntax(place, "the number {} does not fit in 64 bits", digits);
  return token;
}

void append_escape(std::string& result, std::string_view text, std::size_t& at, Place place) {
  const char c = text[at++];
  constexpr std::string_view names = "\\'\"abfnrtv";
  constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
  if (const std::size_t i = names.find(c); i != std::string_view::npos) {
    result += meanings[i];
    return;
  }
  if (c == '\n') return;
  int base = 16;
  std::size_t size = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
  if (c >= '0' && c <= '7') {
    --at;
    base = 8;
    while (size < 3 && at + size < text.size() && text[at + size] >= '0' && text[at + size] <= '7') ++size;
  }
  if (c == 'N') fail_syntax(place, "\\N{{...}} in a text is not supported: write the character itself");
  if (size == 0) {
    (result += '\\') += c;  // Python leaves what it does not know
    return;
  }
  std::uint32_t code = 0;
  const std::string_view digits = text.substr(at, size);
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, base);
  if (error != std::errc() || digits.size() != size || end != digits.data() + size || code > 0x10ffff)
    fail_syntax(place, "'\\{}{}' in a text is no character", c, base == 16 ? digits : "");
  at += size;
  append_utf8(result, code);
}

Token string(Cursor& cursor, Place place, bool literal) {
  const std::string_view rest = cursor.rest();
  const char quote = rest[0];
  std::size_t end = 1;
  while (end < rest.size() && rest[end] != quote) end += !literal && rest[end] == '\\' ? 2 : 1;
  if (end >= rest.size()) fail_syntax(place, "the text that begins with {} has no end", rest.substr(0, 12));
  const std::string inside = with_newlines(cursor.take(end + 1).substr(1, end - 1), "\n");
  Token token;
  token.kind = Token::Kind::string;
  token.place = place;
  if (literal) {
    token.text = inside;
    return token;
  }
  for (std::size_t i = 0; i < inside.size();) {
    const char c = inside[i++];
    if (c == '\\' && i < inside.size())
      append_escape(token.text, inside, i, place);
    else
      token.text += c;
  }
  return token;
}

constexpr std::array<std::string_view, 6> double_signs = {"//", "**", "==", "!=", ">=", "<="};

}  // namespace

void Cursor::skip(std::size_t count) {
  for (; count > 0 && at_ < text_.size(); --count, ++at_) {
    ++place_.column;
    if (text_[at_] == '\n') place_ = {place_.line + 1, 1};
  }
}

void Cursor::skip_blanks() {
  while (!done()) {
    const std::string_view left = strip(rest(), true, false);
    if (left.size() == rest().size()) return;
    skip(rest().size() - left.size());
  }
}

Token next_word(Cursor& cursor, bool literal_backslashes) {
  const Place place = cursor.place();
  const char c = cursor.peek();
  if (is_digit_of(c)) return number(cursor, place);
  if (c == '\'' || c == '"') return string(cursor, place, literal_backslashes);
  Token token;
  token.place = place;
  if (is_name_begin(c)) {
    std::size_t size = 1;
    while (is_name_begin(cursor.peek(size)) || is_digit_of(cursor.peek(size))) ++size;
    token.kind = Token::Kind::name;
    token.text = cursor.take(size);
    return token;
  }
  token.kind = Token::Kind::sign;
  for (const std::string_view sign : double_signs)
    if (cursor.rest().starts_with(sign)) {
      token.text = cursor.take(2);
      return token;
    }
  if (c == '\0' || std::string_view("+-/*%~[](){}><=.:|,;").find(c) == std::string_view::npos) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      fail_syntax(place, "unexpected byte 0x{:02x}", static_cast<unsigned char>(c));
    fail_syntax(place, "unexpected '{}'{}", c, c == '!' ? ": `not` negates" : c == '&' ? ": it is written `and`" : "");
  }
  token.text = cursor.take(1);
  return token;
}

std::string with_newlines(std::string_view text, std::string_view newline) {
  if (newline == "\n" && text.find('\r') == std::string_view::npos) return std::string(text);
  std::string result;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
    if (text[i] == '\n' || text[i] == '\r')
      result += newline;
    else
      result += text[i];
  }
  return result;
}

}  // namespace cef::expr
