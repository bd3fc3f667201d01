// Scalars in YAML's three inline styles. Source: PyYAML 6.0, emitter.py.

#include "calls/yaml_writer.hpp"
#include "value/chars.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>

namespace cef::expr {

namespace {

bool is_break(char32_t c) { return c == U'\n' || c == 0x85 || c == 0x2028 || c == 0x2029; }
bool is_blank_or_end(char32_t c) { return c == 0 || c == U' ' || c == U'\t' || c == U'\r' || is_break(c); }
bool one_of(char32_t c, std::u32string_view any) { return any.find(c) != std::u32string_view::npos; }

bool is_special(char32_t c) {
  if (c == U'\n' || (c >= 0x20 && c <= 0x7e)) return false;
  return !((c == 0x85 || (c >= 0xa0 && c <= 0xd7ff) || (c >= 0xe000 && c <= 0xfffd)) && c != 0xfeff);
}

}  // namespace

YamlWriter::Analysis YamlWriter::analyse(const std::u32string& text) const {
  Analysis result;
  if (text.empty()) {
    result.empty = true;
    result.flow_plain = false;
    return result;
  }
  bool block_indicators = text.starts_with(U"---") || text.starts_with(U"...");
  bool flow_indicators = block_indicators;
  bool special = false, break_space = false, space_break = false;
  bool previous_space = false, previous_break = false, blank_before = true;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char32_t c = text[i];
    const bool blank_after = i + 1 >= text.size() || is_blank_or_end(text[i + 1]);
    if (i == 0) {
      if (one_of(c, U"#,[]{}&*!|>'\"%@`")) flow_indicators = block_indicators = true;
      if (one_of(c, U"?:")) flow_indicators = true, block_indicators = block_indicators || blank_after;
      if (c == U'-' && blank_after) flow_indicators = block_indicators = true;
    } else {
      if (one_of(c, U",?[]{}")) flow_indicators = true;
      if (c == U':') flow_indicators = true, block_indicators = block_indicators || blank_after;
      if (c == U'#' && blank_before) flow_indicators = block_indicators = true;
    }
    result.multiline = result.multiline || is_break(c);
    special = special || is_special(c);
    break_space = break_space || (c == U' ' && previous_break);
    space_break = space_break || (is_break(c) && previous_space);
    previous_space = c == U' ';
    previous_break = is_break(c);
    blank_before = is_blank_or_end(c);
  }
  const auto at_edge = [&](char32_t c) { return c == U' ' || is_break(c); };
  if (at_edge(text.front()) || at_edge(text.back()) || break_space || space_break || special || result.multiline)
    result.flow_plain = result.block_plain = false;
  if (break_space || space_break || special) result.single_quoted = false;
  if (flow_indicators) result.flow_plain = false;
  if (block_indicators) result.block_plain = false;
  return result;
}

void YamlWriter::indicator(std::string_view text, bool need_blank, bool blank, bool indention) {
  if (!blank_ && need_blank) out_ += ' ', ++column_;
  blank_ = blank;
  indention_ = indention_ && indention;
  column_ += static_cast<int>(text.size());
  out_ += text;
}

void YamlWriter::write(std::u32string_view text) {
  for (const char32_t c : text) append_utf8(out_, c);
  column_ += static_cast<int>(text.size());
}

void YamlWriter::line_break() {
  blank_ = indention_ = true;
  column_ = 0;
  out_ += '\n';
}

void YamlWriter::write_indent() {
  const int indent = std::max(indent_, 0);
  if (!indention_ || column_ > indent || (column_ == indent && !blank_)) line_break();
  if (column_ >= indent) return;
  budget_.bytes(static_cast<std::size_t>(indent));
  blank_ = true;
  out_.append(static_cast<std::size_t>(indent - column_), ' ');
  column_ = indent;
}

void YamlWriter::plain(const std::u32string& text, bool split) {
  if (text.empty()) return;
  if (!blank_) write(U" ");
  blank_ = indention_ = false;
  const std::u32string_view all = text;
  bool spaces = false;
  std::size_t start = 0;
  for (std::size_t end = 0; end <= text.size(); ++end) {
    const char32_t c = end < text.size() ? text[end] : 0;
    if (spaces ? c != U' ' : (c == 0 || c == U' ')) {
      if (spaces && start + 1 == end && column_ > style_.width && split) {
        write_indent();
        blank_ = indention_ = false;
      } else {
        write(all.substr(start, end - start));
      }
      start = end;
    }
    spaces = c == U' ';
  }
}

void YamlWriter::single_quoted(const std::u32string& text, bool split) {
  indicator("'", true);
  const std::u32string_view all = text;
  bool spaces = false, breaks = false;
  std::size_t start = 0;
  for (std::size_t end = 0; end <= text.size(); ++end) {
    const bool done = end == text.size();
    const char32_t c = done ? 0 : text[end];
    if (spaces) {
      if (done || c != U' ') {
        if (start + 1 == end && column_ > style_.width && split && start != 0 && !done)
          write_indent();
        else
          write(all.substr(start, end - start));
        start = end;
      }
    } else if (breaks) {
      if (done || !is_break(c)) {
        if (text[start] == U'\n') line_break();
        for (std::size_t i = start; i < end; ++i) line_break();
        write_indent();
        start = end;
      }
    } else if (done || c == U' ' || is_break(c) || c == U'\'') {
      write(all.substr(start, end - start));
      start = end;
    }
    if (!done && c == U'\'') {
      write(U"''");
      start = end + 1;
    }
    spaces = !done && c == U' ';
    breaks = !done && is_break(c);
  }
  indicator("'", false);
}

void YamlWriter::double_quoted(const std::u32string& text, bool split) {
  constexpr std::u32string_view escaped = U"\a\b\t\n\v\f\r\x1b\"\\\x85\xa0\u2028\u2029";
  constexpr std::string_view names = "abtnvfre\"\\N_LP";
  indicator("\"", true);
  const std::u32string_view all = text;
  std::size_t start = 0;
  for (std::size_t end = 0; end <= text.size(); ++end) {
    const bool done = end == text.size();
    const char32_t c = done ? 0 : text[end];
    const bool as_is = (c >= 0x20 && c <= 0x7e && c != U'"' && c != U'\\') ||
                       (c >= 0xa0 && c <= 0xfffd && c != 0x2028 && c != 0x2029 && c != 0xfeff);
    if (done || !as_is) {
      if (start < end) write(all.substr(start, end - start));
      start = end;
      if (!done) {
        const std::size_t known = escaped.find(c);
        const auto code = static_cast<std::uint32_t>(c);
        const std::string escape = c == 0                               ? "\\0"
                                   : known != std::u32string_view::npos ? fmt::format("\\{}", names[known])
                                   : code <= 0xff                       ? fmt::format("\\x{:02X}", code)
                                   : code <= 0xffff                     ? fmt::format("\\u{:04X}", code)
                                                                        : fmt::format("\\U{:08X}", code);
        out_ += escape;
        column_ += static_cast<int>(escape.size());
        start = end + 1;
      }
    }
    if (end > 0 && end + 1 < text.size() && (c == U' ' || start >= end) &&
        column_ + (static_cast<int>(end) - static_cast<int>(start)) > style_.width && split) {
      if (start < end) {
        write(all.substr(start, end - start));
        start = end;
      }
      write(U"\\");
      write_indent();
      blank_ = indention_ = false;
      if (text[start] == U' ') write(U"\\");
    }
  }
  indicator("\"", false);
}

}  // namespace cef::expr
