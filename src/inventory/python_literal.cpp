#include "python_literal.hpp"

#include <cef/core/utf8.hpp>

#include <cctype>
#include <charconv>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>

namespace cef::inventory {

namespace {

// A recursive descent over one line. Anything it does not know makes the whole text a string, so each step just gives
// up.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  std::optional<Value> run() {
    skip_blanks();
    auto value = items_until('\0');
    skip_blanks();
    if (at_ < text_.size()) return std::nullopt;
    return value;
  }

 private:
  using Maybe = std::optional<Value>;
  static constexpr int deepest = 90;  // Python gives up near there as well

  char peek(std::size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  void skip_blanks() {
    while (peek() == ' ' || peek() == '\t' || peek() == '\f') ++at_;
    if (peek() == '#') at_ = text_.size();
  }
  bool take(char c) {
    skip_blanks();
    if (peek() != c || at_ >= text_.size()) return false;
    ++at_;
    return true;
  }

  // One value, or a tuple when a comma follows: `1, 2` and `(1, 2)` both are.
  Maybe items_until(char close) {
    Value tuple = Value::array();
    bool is_tuple = false;
    for (;;) {
      skip_blanks();
      if (peek() == close || (close == '\0' && at_ >= text_.size())) break;
      if (!tuple.empty() && !is_tuple) return std::nullopt;
      auto item = value();
      if (!item) return std::nullopt;
      tuple.push_back(std::move(*item));
      if (!take(',')) break;
      is_tuple = true;
    }
    if (close != '\0' && !take(close)) return std::nullopt;
    if (is_tuple || (tuple.empty() && close != '\0')) return tuple;
    if (tuple.empty()) return std::nullopt;
    return Value(tuple[0]);
  }

  Maybe value() {
    if (depth_ > deepest) return std::nullopt;
    ++depth_;
    auto result = value_at();
    --depth_;
    return result;
  }

  Maybe value_at() {
    skip_blanks();
    const char c = peek();
    if (c == '(') return ++at_, items_until(')');
    if (c == '[') return ++at_, list();
    if (c == '{') return ++at_, dictionary();
    if (c == '-' || c == '+') {
      ++at_;
      skip_blanks();
      return number(c == '-');
    }
    if (std::isdigit(static_cast<unsigned char>(c)) || c == '.') return number(false);
    if (is_string_start()) return strings();
    for (const auto& [word, meaning] :
         {std::pair<std::string_view, Value>{"True", true}, {"False", false}, {"None", nullptr}})
      if (text_.substr(at_).starts_with(word) && !is_name(peek(word.size()))) {
        at_ += word.size();
        return meaning;
      }
    return std::nullopt;
  }

  static bool is_name(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || static_cast<unsigned char>(c) >= 0x80;
  }

  Maybe list() {
    Value items = Value::array();
    bool more = true;
    while (!take(']')) {
      if (!more) return std::nullopt;
      auto item = value();
      if (!item) return std::nullopt;
      items.push_back(std::move(*item));
      more = take(',');
    }
    return items;
  }

  Maybe dictionary() {
    Value object = Value::object();
    bool more = true;
    while (!take('}')) {
      if (!more) return std::nullopt;
      const auto key = value();
      if (!key || key->is_structured() || !take(':')) return std::nullopt;
      auto item = value();
      if (!item) return std::nullopt;
      object[key->is_string() ? key->get<std::string>() : key->dump()] = std::move(*item);
      more = take(',');
    }
    return object;
  }

  // Digits, with `_` between two of them only.
  std::optional<std::string> digits(int base) {
    std::string result;
    bool underscore = false;
    for (;; ++at_) {
      const char c = peek();
      const int digit = std::isdigit(static_cast<unsigned char>(c))   ? c - '0'
                        : std::isalpha(static_cast<unsigned char>(c)) ? std::tolower(c) - 'a' + 10
                                                                      : 99;
      if (digit < base) {
        result += c;
        underscore = false;
      } else if (c == '_' && !underscore && !result.empty()) {
        underscore = true;
      } else {
        break;
      }
    }
    if (underscore) return std::nullopt;
    return result;
  }

  Maybe number(bool negative) {
    const char kind = static_cast<char>(std::tolower(static_cast<unsigned char>(peek(1))));
    if (peek() == '0' && (kind == 'x' || kind == 'o' || kind == 'b')) {
      at_ += 2;
      if (peek() == '_') ++at_;
      const int base = kind == 'x' ? 16 : kind == 'o' ? 8 : 2;
      const auto text = digits(base);
      if (!text || is_name(peek())) return std::nullopt;
      return integer(*text, base, negative);
    }
    const auto whole = digits(10);
    if (!whole) return std::nullopt;
    std::string text = *whole;
    bool is_float = false;
    if (peek() == '.') {
      is_float = true;
      ++at_;
      const auto fraction = digits(10);
      if (!fraction || (whole->empty() && fraction->empty())) return std::nullopt;
      text += '.' + *fraction;
    }
    if (whole->empty() && !is_float) return std::nullopt;
    if (peek() == 'e' || peek() == 'E') {
      is_float = true;
      ++at_;
      text += 'e';
      if (peek() == '+' || peek() == '-') text += text_[at_++];
      const auto exponent = digits(10);
      if (!exponent || exponent->empty()) return std::nullopt;
      text += *exponent;
    }
    if (is_name(peek())) return std::nullopt;  // a complex number, or no number at all
    if (is_float) return Value((negative ? -1 : 1) * std::strtod(text.c_str(), nullptr));
    if (text.size() > 1 && text[0] == '0' && text.find_first_not_of('0') != std::string::npos) return std::nullopt;
    return integer(text, 10, negative);
  }

  static Maybe integer(const std::string& text, int base, bool negative) {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
    if (text.empty() || end != text.data() + text.size()) return std::nullopt;
    if (error != std::errc() || value > INT64_MAX) return std::nullopt;  // no 64-bit number: left as text
    const auto number = static_cast<std::int64_t>(value);
    return Value(negative ? -number : number);
  }

  // A quote, after the prefixes r, b, u and their pairs. f-strings are no literals.
  std::size_t prefix_length() const {
    std::size_t length = 0;
    while (length < 2 && std::string_view("rRbBuU").find(peek(length)) != std::string_view::npos && peek(length))
      ++length;
    return length;
  }
  bool is_string_start() const {
    const char quote = peek(prefix_length());
    return quote == '\'' || quote == '"';
  }

  // Neighbouring strings are one: 'a' 'b'.
  Maybe strings() {
    std::string joined;
    do {
      if (!string(joined)) return std::nullopt;
      skip_blanks();
    } while (at_ < text_.size() && is_string_start());
    return Value(joined);
  }

  bool string(std::string& result) {
    bool raw = false;
    for (std::size_t prefix = prefix_length(); prefix > 0; --prefix, ++at_) raw = raw || std::tolower(peek()) == 'r';
    const char quote = text_[at_];
    const bool triple = peek(1) == quote && peek(2) == quote;
    at_ += triple ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == quote && (!triple || (peek(1) == quote && peek(2) == quote))) {
        at_ += triple ? 3 : 1;
        return true;
      }
      ++at_;
      if (c == '\\' && at_ >= text_.size()) return false;
      if (c == '\\' && !raw) {
        if (!escape(result)) return false;
        continue;
      }
      result += c;
      if (c == '\\') result += text_[at_++];  // raw: even an escaped quote keeps its backslash
    }
    return false;
  }

  bool escape(std::string& result) {
    const char c = text_[at_++];
    constexpr std::string_view names = "\\'\"abfnrtv";
    constexpr std::string_view meanings = "\\'\"\a\b\f\n\r\t\v";
    if (const std::size_t i = names.find(c); i != std::string_view::npos) {
      result += meanings[i];
      return true;
    }
    if (c == 'x' || c == 'u' || c == 'U') return code_point(result, c == 'x' ? 2 : c == 'u' ? 4 : 8, 16);
    if (c >= '0' && c <= '7') {
      --at_;
      std::size_t length = 1;
      while (length < 3 && peek(length) >= '0' && peek(length) <= '7') ++length;
      return code_point(result, length, 8);
    }
    result += '\\';  // an escape Python does not know stays as it is
    result += c;
    return true;
  }

  bool code_point(std::string& result, std::size_t length, int base) {
    std::uint32_t code = 0;
    if (at_ + length > text_.size()) return false;
    const char* begin = text_.data() + at_;
    if (std::from_chars(begin, begin + length, code, base).ptr != begin + length || code > 0x10ffff) return false;
    at_ += length;
    append_utf8(result, code);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

Value python_literal(std::string_view text) {
  auto value = Parser(text).run();
  return value ? std::move(*value) : Value(std::string(text));
}

}  // namespace cef::inventory
