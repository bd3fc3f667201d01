#include "quick.hpp"

#include <yaml-cpp/mark.h>

#include <algorithm>
#include <string>
#include <utility>

namespace cef::yaml {

namespace quick_parts {
namespace {

constexpr int deepest = 100;
constexpr std::size_t longest_key = 1000;  // YAML's own limit is 1024

enum class Kind { null, plain, quoted, list, list_end, map, map_end };

bool is_control(char c) { return (c >= 0 && c < 0x20 && c != '\n') || c == 0x7f; }

bool is_null(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

// What may begin a scalar without quotes and can mean nothing else.
bool begins_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("/._~+=$^(;\\").find(c) != std::string_view::npos;
}

// `Sink` is told each event.
template <class Sink>
class Reader {
 public:
  Reader(std::string_view text, Sink sink) : text_(text), sink_(std::move(sink)) {}

  bool read() {
    if (text_.ends_with(' ') || std::ranges::any_of(text_, is_control)) return false;
    if (!next_token()) return false;
    if (rest().starts_with("---")) {
      at_ += 3;
      if (column() != 3 || !ends_line() || !next_token()) return false;
    }
    return !at_end() && map(column(), 0) && at_end();
  }

 private:
  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return at_end() ? '\n' : text_[at_]; }
  char peek_second() const { return at_ + 1 < text_.size() ? text_[at_ + 1] : '\n'; }
  std::string_view rest() const { return text_.substr(at_); }
  int column() const { return static_cast<int>(at_ - line_begin_); }
  static bool is_space_or_end(char c) { return c == ' ' || c == '\n'; }

  void add(Kind kind) { add_at(kind, column(), {}); }
  void add_at(Kind kind, int column, std::string_view text) {
    begun_ = true;
    sink_(kind, line_, column, text);
  }

  void skip_spaces() {
    while (!at_end() && text_[at_] == ' ') ++at_;
  }

  // Nothing but blanks and a comment up to the end of the line, where it then stands.
  bool ends_line() {
    const std::size_t begin = at_;
    skip_spaces();
    if (at_end() || text_[at_] == '\n') return true;
    if (text_[at_] != '#' || (at_ == begin && at_ != line_begin_)) return false;
    at_ = std::min(text_.find('\n', at_), text_.size());
    return true;
  }

  // From the end of a line, or the beginning of the text, to the next line that says something, and in it to its first
  // sign. At the end of all yaml-cpp is in the first column. False for a line that may be the end of a document.
  bool next_token() {
    while (!at_end()) {
      if (text_[at_] == '\n') {
        ++at_;
        ++line_;
        line_begin_ = at_;
      }
      const bool first = at_ == line_begin_;
      if (first && (rest().starts_with("...") || (rest().starts_with("---") && begun_))) return false;
      if (!ends_line()) break;
    }
    if (at_end()) line_begin_ = at_;
    return true;
  }

  bool is_entry() const { return peek() == '-' && is_space_or_end(peek_second()); }

  // A scalar without quotes as far as it goes, in flow style up to one of its signs. False for what might be more than
  // that.
  bool plain(bool in_flow, bool is_key, std::string_view& found) {
    const char second = peek_second();
    if (!begins_plain(peek()) && !(peek() == '-' && begins_plain(second))) return false;
    const std::size_t begin = at_;
    std::size_t end = begin;
    for (; !at_end() && text_[at_] != '\n'; ++at_) {
      const char c = text_[at_];
      if (static_cast<unsigned char>(c) >= 0x80) return false;
      if (c == ':' && (is_space_or_end(peek_second()) ||
                       (in_flow && std::string_view(",[]{}").find(peek_second()) != std::string_view::npos)))
        break;
      if (c == '#' && text_[at_ - 1] == ' ') break;
      if (in_flow && (c == ',' || c == ']' || c == '}')) break;
      if (in_flow && (c == '[' || c == '{' || c == '?' || c == '"' || c == '\'')) return false;
      if (c != ' ') end = at_ + 1;
    }
    found = text_.substr(begin, end - begin);
    if (is_key) return at_ == end && peek() == ':' && found.size() <= longest_key;
    if (peek() == ':') return false;
    at_ = end;
    return true;
  }

  bool quoted(std::string_view& found) {
    const char quote = peek();
    const std::size_t begin = ++at_;
    for (; !at_end() && text_[at_] != quote; ++at_)
      if (text_[at_] == '\n' || text_[at_] == '\\' || static_cast<unsigned char>(text_[at_]) >= 0x80) return false;
    if (at_end()) return false;
    found = text_.substr(begin, at_ - begin);
    ++at_;
    return peek() != quote;  // two of them are one that is meant
  }

  bool scalar(bool in_flow, bool is_key) {
    const int column = this->column();
    std::string_view found;
    if (peek() == '"' || peek() == '\'') {
      if (!quoted(found) || found.size() > longest_key) return false;
      if (is_key && (peek() != ':' || !is_space_or_end(peek_second()))) return false;
      add_at(Kind::quoted, column, found);
      return true;
    }
    if (!plain(in_flow, is_key, found)) return false;
    add_at(is_null(found) ? Kind::null : Kind::plain, column, found);
    return true;
  }

  // `[a, b]`, `{ a: 1, b: [c] }` on one line.
  bool flow(int depth) {
    const bool is_map = peek() == '{';
    const char close = is_map ? '}' : ']';
    if (depth > deepest) return false;
    add(is_map ? Kind::map : Kind::list);
    ++at_;
    for (skip_spaces(); peek() != close; skip_spaces()) {
      if (is_map) {
        if (!scalar(true, true)) return false;
        ++at_;  // the colon
        if (peek() != ' ') return false;
        skip_spaces();
      }
      const bool nested = peek() == '{' || peek() == '[';
      if (nested ? !flow(depth + 1) : !scalar(true, false)) return false;
      skip_spaces();
      if (peek() == close) break;
      if (peek() != ',') return false;
      ++at_;
      if (!is_space_or_end(peek())) return false;
    }
    ++at_;
    add(is_map ? Kind::map_end : Kind::list_end);
    return true;
  }

  // A value on the line of its key, or of its dash, and the line's end.
  bool inline_value(int depth) {
    const bool is_flow = peek() == '{' || peek() == '[';
    if (is_flow ? !flow(depth) : !scalar(false, false)) return false;
    return ends_line() && next_token();
  }

  bool list(int indent, int depth) {
    add(Kind::list);
    while (!at_end() && column() == indent && is_entry()) {
      ++at_;
      if (peek() != ' ') return false;
      skip_spaces();
      if (!inline_value(depth)) return false;
    }
    if (!at_end() && column() > indent) return false;  // a text that goes on
    add(Kind::list_end);
    return true;
  }

  // The value of a key whose line says nothing more.
  bool value_below(int indent, int depth) {
    if (!next_token()) return false;
    if (!at_end() && is_entry() && column() >= indent) return list(column(), depth);
    if (at_end() || column() <= indent) {
      add(Kind::null);  // where yaml-cpp sees that nothing comes
      return true;
    }
    return map(column(), depth + 1);
  }

  bool map(int indent, int depth) {
    if (depth > deepest) return false;
    add(Kind::map);
    do {
      if (is_entry() || !scalar(false, true)) return false;
      ++at_;  // the colon
      if (!is_space_or_end(peek())) return false;
      const std::size_t behind = at_;
      if (ends_line()) {
        if (!value_below(indent, depth)) return false;
      } else {
        at_ = behind;
        skip_spaces();
        if (!inline_value(depth)) return false;
        if (!at_end() && column() > indent) return false;  // a text that goes on
      }
    } while (!at_end() && column() == indent);
    if (!at_end() && column() > indent) return false;
    add(Kind::map_end);
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0, line_begin_ = 0;
  int line_ = 0;
  bool begun_ = false;
  Sink sink_;
};

}  // namespace
}  // namespace quick_parts

bool read_quickly(std::string_view text, YAML::EventHandler& handler) {
  using namespace quick_parts;
  // Twice: whether it can be read to its end, and then for the handler. To keep what was read takes longer.
  const auto nobody = [](Kind, int, int, std::string_view) {};
  if (!Reader(text, nobody).read()) return false;
  std::string buffer;
  const std::string untagged = "?", quotes = "!";
  Reader(text, [&](Kind kind, int line, int column, std::string_view found) {
    YAML::Mark mark;
    mark.line = line;
    mark.column = column;
    switch (kind) {
      case Kind::null:
        handler.OnNull(mark, 0);
        break;
      case Kind::plain:
      case Kind::quoted:
        buffer.assign(found);
        handler.OnScalar(mark, kind == Kind::plain ? untagged : quotes, 0, buffer);
        break;
      case Kind::list:
        handler.OnSequenceStart(mark, untagged, 0, YAML::EmitterStyle::Default);
        break;
      case Kind::list_end:
        handler.OnSequenceEnd();
        break;
      case Kind::map:
        handler.OnMapStart(mark, untagged, 0, YAML::EmitterStyle::Default);
        break;
      case Kind::map_end:
        handler.OnMapEnd();
        break;
    }
  }).read();
  return true;
}

}  // namespace cef::yaml
