#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace cef {

namespace {

struct Range {
  char32_t first, last;
  std::size_t cells;
};
constexpr Range not_one_cell[] = {
#include "width_table.inc"
};

constexpr char32_t joiner = 0x200D, emoji_form = 0xFE0F, first_skin = 0x1F3FB, last_skin = 0x1F3FF;
constexpr std::string_view ellipsis = "…";

std::size_t cells_of(char32_t code) {
  if (code >= 0x20 && code < 0x7F) return 1;
  const Range* range = std::lower_bound(std::begin(not_one_cell), std::end(not_one_cell), code,
                                        [](const Range& r, char32_t c) { return r.last < c; });
  return range != std::end(not_one_cell) && range->first <= code ? range->cells : 1;
}

// What a terminal draws in one place: a character and everything that joins it.
struct Cluster {
  std::size_t bytes = 0, cells = 0;
};

Cluster first_cluster(std::string_view text) {
  const Character base = decode(text);
  Cluster cluster{base.size, base.valid ? cells_of(base.code) : 1};
  bool joined = base.code == joiner;
  while (cluster.bytes < text.size()) {
    const Character next = decode(text.substr(cluster.bytes));
    if (!next.valid || next.code < 0xA0) break;  // no control character is part of another
    const std::size_t cells = cells_of(next.code);
    const bool skin = next.code >= first_skin && next.code <= last_skin && cluster.cells == 2;
    const bool emoji_after_joiner = joined && cells == 2 && cluster.cells == 2;
    const bool symbol_after_joiner = joined && next.code >= 0x2190 && next.code < 0x2C00;  // ♀ in 🏃‍♀️
    if (cells != 0 && !skin && !emoji_after_joiner && !symbol_after_joiner) break;
    if (next.code == emoji_form && cluster.cells == 1) cluster.cells = 2;
    joined = next.code == joiner;
    cluster.bytes += next.size;
  }
  return cluster;
}

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// The bytes of `text` that fill at most `width` cells.
std::size_t bytes_within(std::string_view text, std::size_t width) {
  std::size_t bytes = 0, cells = 0;
  while (bytes < text.size()) {
    const Cluster cluster = first_cluster(text.substr(bytes));
    if (cells + cluster.cells > width) break;
    cells += cluster.cells;
    bytes += cluster.bytes;
  }
  return bytes;
}

// Where a line that starts at the front of `text` ends, and where the next one starts.
std::pair<std::size_t, std::size_t> line_break(std::string_view text, std::size_t width) {
  const std::size_t end = bytes_within(text, width);
  if (end == text.size()) return {end, end};
  const std::size_t space = text.rfind(' ', end);
  const std::size_t word_end = space == std::string_view::npos ? space : text.find_last_not_of(' ', space);
  if (word_end != std::string_view::npos) {
    const std::size_t next = text.find_first_not_of(' ', space);
    return {word_end + 1, std::min(next, text.size())};
  }
  if (end > 0) return {end, end};
  const std::size_t one = first_cluster(text).bytes;  // wider than the line: better too wide than never
  return {one, one};
}

bool turns_text(char32_t code) { return (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069); }

void append_hex(std::string& out, char kind, std::size_t digits, char32_t number) {
  out += '\\';
  out += kind;
  while (digits-- > 0) out += "0123456789abcdef"[number >> (4 * digits) & 0xF];
}

}  // namespace

std::string_view trim(std::string_view text, std::string_view blanks) {
  const std::size_t begin = text.find_first_not_of(blanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(blanks) - begin + 1);
}

std::string_view without_byte_order_mark(std::string_view text) {
  constexpr std::string_view mark = "\xef\xbb\xbf";
  return text.starts_with(mark) ? text.substr(mark.size()) : text;
}

std::string_view first_line(std::string_view text) { return text.substr(0, text.find('\n')); }

std::string lower(std::string_view text) {
  std::string small(text);
  for (char& c : small)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return small;
}

std::size_t display_width(std::string_view text) {
  if (printable_ascii(text)) return text.size();
  std::size_t cells = 0;
  while (!text.empty()) {
    const Cluster cluster = first_cluster(text);
    cells += cluster.cells;
    text.remove_prefix(cluster.bytes);
  }
  return cells;
}

std::string cut(std::string_view text, std::size_t width) {
  if (display_width(text) <= width) return std::string(text);
  if (width == 0) return "";
  return std::string(text.substr(0, bytes_within(text, width - 1))) + std::string(ellipsis);
}

std::string fit(std::string_view text, std::size_t width, Align align) {
  std::string out = cut(text, width);
  const std::size_t missing = width - std::min(width, display_width(out));
  out.insert(align == Align::left ? out.size() : 0, missing, ' ');
  return out;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (;;) {
    const std::size_t newline = text.find('\n');
    std::string_view paragraph = text.substr(0, newline);
    do {
      const auto [end, next] =
          width == 0 ? std::pair(paragraph.size(), paragraph.size()) : line_break(paragraph, width);
      lines.emplace_back(paragraph.substr(0, end));
      paragraph.remove_prefix(next);
    } while (!paragraph.empty());
    if (newline == std::string_view::npos) return lines;
    text.remove_prefix(newline + 1);
  }
}

std::string escape_controls(std::string_view text) {
  if (printable_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size() + 16);
  while (!text.empty()) {
    const Character c = decode(text);
    if (!c.valid)
      append_hex(out, 'x', 2, static_cast<unsigned char>(text[0]));
    else if (c.code != '\n' && c.code != '\t' && (c.code < 0x20 || (c.code >= 0x7F && c.code < 0xA0)))
      append_hex(out, 'x', 2, c.code);
    else if (turns_text(c.code))
      append_hex(out, 'u', 4, c.code);
    else
      out += text.substr(0, c.size);
    text.remove_prefix(c.size);
  }
  return out;
}

std::string valid_utf8(std::string_view text) {
  if (printable_ascii(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const Character c = decode(text);
    out += c.valid ? text.substr(0, c.size) : std::string_view("\uFFFD");
    text.remove_prefix(c.size);
  }
  return out;
}

std::string some_of(const std::vector<std::string>& names, std::size_t total, std::size_t most) {
  std::string text;
  const std::size_t told = std::min(names.size(), total > most + 1 ? most : total);
  for (std::size_t i = 0; i < told; ++i) text += (i > 0 ? ", " : "") + escape_controls(names[i]);
  return told == total ? text : fmt::format("{} and {} more", text, total - told);
}

}  // namespace cef
