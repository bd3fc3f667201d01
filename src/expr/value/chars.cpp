#include "value/chars.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>

namespace cef::expr {

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::size_t char_count(std::string_view text) {
  if (ascii(text)) return text.size();
  std::size_t count = 0;
  for (std::size_t i = 0; i < text.size(); ++count) i += decode(text.substr(i)).size;
  return count;
}

std::vector<std::size_t> char_offsets(std::string_view text) {
  std::vector<std::size_t> offsets;
  offsets.reserve(text.size() + 1);
  std::size_t i = 0;
  for (; i < text.size(); i += decode(text.substr(i)).size) offsets.push_back(i);
  offsets.push_back(i);
  return offsets;
}

std::vector<std::string_view> chars(std::string_view text) {
  std::vector<std::string_view> all;
  for (std::size_t i = 0; i < text.size(); i += all.back().size())
    all.push_back(text.substr(i, decode(text.substr(i)).size));
  return all;
}

bool is_space(char32_t c) {
  return (c >= 9 && c <= 13) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

bool is_letter(char32_t c) {
  if (c < 0x80) return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
  if (c < 0xc0) return c == 0xaa || c == 0xb5 || c == 0xba;
  if (c == 0xd7 || c == 0xf7) return false;
  if (c < 0x250) return true;
  if (c >= 0x370 && c < 0x530) return c != 0x375 && c != 0x37e && c != 0x387 && !(c >= 0x482 && c <= 0x489);
  return (c >= 0x531 && c < 0x2000) || (c >= 0x3041 && c < 0xd7a4) || (c >= 0x20000 && c < 0x30000);
}

bool is_printable(char32_t c) {
  if (c < 0x20 || (c >= 0x7f && c <= 0xa0) || c == 0xad) return false;
  if (c == 0x200b || (c >= 0x200c && c <= 0x200f) || (c >= 0x2028 && c <= 0x202f) || (c >= 0x205f && c <= 0x206f))
    return false;
  return !(c >= 0x2000 && c <= 0x200a) && c != 0x3000 && c != 0x1680 && c != 0xfeff && !(c >= 0xd800 && c <= 0xf8ff);
}

char32_t to_lower(char32_t c) {
  if (c < 0x80) return c >= 'A' && c <= 'Z' ? c + 32 : c;
  if ((c >= 0xc0 && c <= 0xde && c != 0xd7) || (c >= 0x391 && c <= 0x3a9 && c != 0x3a2) || (c >= 0x410 && c <= 0x42f))
    return c + 32;
  if (c >= 0x400 && c <= 0x40f) return c + 80;
  if (c == 0x178) return 0xff;
  const bool odd_upper = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (odd_upper) return c % 2 == 1 ? c + 1 : c;
  const bool pairs = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) ||
                     (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf);
  return pairs && c % 2 == 0 ? c + 1 : c;
}

char32_t to_upper(char32_t c) {
  if (c < 0x80) return c >= 'a' && c <= 'z' ? c - 32 : c;
  if (c == 0xb5) return 0x39c;
  if ((c >= 0xe0 && c <= 0xfe && c != 0xf7) || (c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
    return c - 32;
  if (c == 0x3c2) return 0x3a3;
  if (c >= 0x450 && c <= 0x45f) return c - 80;
  if (c == 0xff) return 0x178;
  const bool even_lower = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
  if (even_lower) return c % 2 == 0 ? c - 1 : c;
  const bool pairs = (c >= 0x100 && c <= 0x137 && c != 0x130 && c != 0x131) || (c >= 0x14a && c <= 0x177) ||
                     (c >= 0x460 && c <= 0x481) || (c >= 0x48a && c <= 0x4bf);
  return pairs && c % 2 == 1 ? c - 1 : c;
}

namespace {

template <class Change>
std::string changed(std::string_view text, Change change) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode(text.substr(i));
    if (!c.valid)
      result += text.substr(i, c.size);
    else if (c.code == 0xdf && change(U'a') == U'A')
      result += "SS";  // ß has no upper case of its own
    else
      append_utf8(result, change(c.code));
    i += c.size;
  }
  return result;
}

}  // namespace

std::string lower_case(std::string_view text) { return changed(text, to_lower); }
std::string upper_case(std::string_view text) { return changed(text, to_upper); }

std::string capitalized(std::string_view text) {
  if (text.empty()) return {};
  const std::size_t first = decode(text).size;
  return upper_case(text.substr(0, first)) + lower_case(text.substr(first));
}

std::string_view strip(std::string_view text, bool left, bool right) {
  while (left && !text.empty()) {
    const Character c = decode(text);
    if (!c.valid || !is_space(c.code)) break;
    text.remove_prefix(c.size);
  }
  while (right && !text.empty()) {
    std::size_t last = text.size() - 1;
    while (last > 0 && text.size() - last < 4 && (static_cast<unsigned char>(text[last]) & 0xc0) == 0x80) --last;
    const Character c = decode(text.substr(last));
    if (!c.valid || last + c.size != text.size() || !is_space(c.code)) break;
    text.remove_suffix(c.size);
  }
  return text;
}

std::string_view strip(std::string_view text, std::string_view set, bool left, bool right) {
  const auto all = chars(set);
  const auto in_set = [&](std::string_view c) { return std::find(all.begin(), all.end(), c) != all.end(); };
  const auto parts = chars(text);
  std::size_t begin = 0, end = parts.size();
  while (left && begin < end && in_set(parts[begin])) text.remove_prefix(parts[begin++].size());
  while (right && begin < end && in_set(parts[end - 1])) text.remove_suffix(parts[--end].size());
  return text;
}

std::vector<std::string_view> split_lines(std::string_view text, bool keep_ends) {
  std::vector<std::string_view> lines;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode(text.substr(i));
    const bool end = c.valid && ((c.code >= 10 && c.code <= 13) || (c.code >= 0x1c && c.code <= 0x1e) ||
                                 c.code == 0x85 || c.code == 0x2028 || c.code == 0x2029);
    std::size_t size = c.size;
    if (c.code == '\r' && i + 1 < text.size() && text[i + 1] == '\n') size = 2;
    i += size;
    if (!end) continue;
    lines.push_back(text.substr(begin, i - begin - (keep_ends ? 0 : size)));
    begin = i;
  }
  if (begin < text.size()) lines.push_back(text.substr(begin));
  return lines;
}

std::vector<std::string_view> split_blanks(std::string_view text, std::int64_t most) {
  std::vector<std::string_view> words;
  text = strip(text, true, false);
  while (!text.empty()) {
    if (most >= 0 && static_cast<std::int64_t>(words.size()) == most) {
      words.push_back(text);
      break;
    }
    std::size_t end = 0;
    while (end < text.size()) {
      const Character c = decode(text.substr(end));
      if (c.valid && is_space(c.code)) break;
      end += c.size;
    }
    words.push_back(text.substr(0, end));
    text = strip(text.substr(end), true, false);
  }
  return words;
}

std::vector<std::string_view> split_at(std::string_view text, std::string_view separator, std::int64_t most) {
  std::vector<std::string_view> parts;
  while (most < 0 || static_cast<std::int64_t>(parts.size()) < most) {
    const std::size_t found = text.find(separator);
    if (found == std::string_view::npos) break;
    parts.push_back(text.substr(0, found));
    text.remove_prefix(found + separator.size());
  }
  parts.push_back(text);
  return parts;
}

std::string replace_all(std::string_view text, std::string_view old, std::string_view with, std::int64_t most) {
  std::string result;
  if (old.empty()) {  // Python puts it between all characters
    const auto all = chars(text);
    std::size_t i = 0;
    for (; i < all.size() && (most < 0 || static_cast<std::int64_t>(i) < most); ++i) (result += with) += all[i];
    if (i == all.size() && (most < 0 || static_cast<std::int64_t>(i) < most)) return result += with;
    for (; i < all.size(); ++i) result += all[i];
    return result;
  }
  for (std::int64_t count = 0; most < 0 || count < most; ++count) {
    const std::size_t found = text.find(old);
    if (found == std::string_view::npos) break;
    (result += text.substr(0, found)) += with;
    text.remove_prefix(found + old.size());
  }
  return result += text;
}

}  // namespace cef::expr
