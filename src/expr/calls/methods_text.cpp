// Methods of Python's str.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>

namespace cef::expr {

namespace methods_text_parts {
namespace {

Any parts_of(Call& call, const std::vector<std::string_view>& parts) {
  call.budget.bytes(parts.size() * (sizeof(Any) + 32));
  Items items;
  for (const std::string_view part : parts) items.emplace_back(part);
  return items;
}

std::int64_t most(const Call& call, std::size_t i) { return call.empty(i) ? -1 : call.whole(i); }

Any split(Call& call) {
  const std::string text = call.text(0);
  if (call.empty(1)) return parts_of(call, split_blanks(text, most(call, 2)));
  const std::string separator = call.text(1);
  if (separator.empty()) fail("empty separator");
  return parts_of(call, split_at(text, separator, most(call, 2)));
}

Any rsplit(Call& call) {
  const std::string text = call.text(0);
  const std::int64_t limit = most(call, 2);
  const bool blanks = call.empty(1);
  const std::string separator = blanks ? "" : call.text(1);
  if (!blanks && separator.empty()) fail("empty separator");
  if (limit < 0) return parts_of(call, blanks ? split_blanks(text) : split_at(text, separator));
  std::vector<std::string_view> parts;
  std::string_view rest = blanks ? strip(text, false, true) : std::string_view(text);
  while (static_cast<std::int64_t>(parts.size()) < limit && !rest.empty()) {
    if (blanks) {
      const auto words = split_blanks(rest);
      if (words.size() < 2) break;
      parts.push_back(words.back());
      rest = strip(rest.substr(0, static_cast<std::size_t>(words.back().data() - rest.data())), false, true);
    } else {
      const std::size_t at = rest.rfind(separator);
      if (at == std::string_view::npos) break;
      parts.push_back(rest.substr(at + separator.size()));
      rest = rest.substr(0, at);
      if (rest.empty()) break;
    }
    call.budget.step(1 + rest.size() / 64);
  }
  if (!blanks || !strip(rest).empty()) parts.push_back(rest);
  std::reverse(parts.begin(), parts.end());
  return parts_of(call, parts);
}

Any splitlines(Call& call) {
  const std::string text = call.text(0);
  return parts_of(call, split_lines(text, call.flag(1)));
}

template <bool left, bool right>
Any stripped(Call& call) {
  const std::string text = call.text(0);
  return call.empty(1) ? strip(text, left, right) : strip(text, call.text(1), left, right);
}

// A text, or any of the texts in a tuple; between two places when they are given.
template <bool at_start>
Any begins_or_ends(Call& call) {
  std::string text = call.text(0);
  if (!call.empty(2) || !call.empty(3))
    text = slice(text, call.empty(2) ? Any(nullptr) : call[2], call.empty(3) ? Any(nullptr) : call[3], nullptr,
                 call.budget)
               .text();
  const auto fits = [&](const Any& any) {
    require_defined(any);
    if (!any.is_text() && !any.soft())
      fail("{} first arg must be str or a tuple of str, not {}", call.function.name, type_name(any));
    const std::string part = text_of(any, call.budget);
    return at_start ? text.starts_with(part) : text.ends_with(part);
  };
  if (!call[1].is_list() || !call[1].list().tuple()) return fits(call[1]);
  const Items& all = call[1].list().items();
  return std::any_of(all.begin(), all.end(), fits);
}

// The place in characters, from `begin` on; -1 when it is not there.
std::int64_t place_of(Call& call, bool last) {
  const std::string text = call.text(0), part = call.text(1);
  const auto offsets = char_offsets(text);
  const auto size = static_cast<std::int64_t>(offsets.size()) - 1;
  const auto bound = [&](std::size_t i, std::int64_t otherwise) {
    std::int64_t place = call.empty(i) ? otherwise : call.whole(i);
    if (place < 0) place = std::max<std::int64_t>(place + size, 0);
    return place;
  };
  const std::int64_t begin = bound(2, 0), end = std::min(bound(3, size), size);
  if (begin > end) return -1;
  const std::size_t from = offsets[static_cast<std::size_t>(begin)];
  const std::string_view within = std::string_view(text).substr(from, offsets[static_cast<std::size_t>(end)] - from);
  const std::size_t found = last ? within.rfind(part) : within.find(part);
  if (found == std::string_view::npos) return -1;
  return std::lower_bound(offsets.begin(), offsets.end(), from + found) - offsets.begin();
}

template <bool last, bool must>
Any find(Call& call) {
  const std::int64_t place = place_of(call, last);
  if (must && place < 0) fail("substring not found");
  return place;
}

Any count(Call& call) {
  const std::string text = call.text(0), part = call.text(1);
  if (part.empty()) return char_count(text) + 1;
  return split_at(text, part).size() - 1;
}

Any replace(Call& call) {
  const std::string text = call.text(0), old = call.text(1), with = call.text(2);
  const std::size_t times = old.empty() ? text.size() + 1 : text.size() / old.size();
  call.budget.bytes(text.size() + std::min(times, text.size() + 1) * with.size());
  return replace_all(text, old, with, most(call, 3));
}

Any join(Call& call) {
  const std::string between = call.text(0);
  std::string text;
  bool first = true;
  std::size_t i = 0;
  for (const Any& each : call.items(1)) {
    if (!each.is_text()) {
      require_defined(each);
      fail("sequence item {}: expected str instance, {} found; the filter `join` takes anything", i, type_name(each));
    }
    if (!first) text += between;
    first = false;
    call.budget.bytes(between.size() + each.text().size());
    text += each.text();
    ++i;
  }
  return text;
}

Any format(Call& call) { return format_braces(call.text(0), call.rest, call.named, call.budget); }

Any lower(Call& call) { return lower_case(call.text(0)); }
Any upper(Call& call) { return upper_case(call.text(0)); }
Any capitalize(Call& call) { return capitalized(call.text(0)); }

Any swapcase(Call& call) {
  std::string result;
  for (const std::string_view c : chars(call.slots[0].text())) {
    const std::string upper_one = upper_case(c);
    result += upper_one == c ? lower_case(c) : upper_one;
  }
  return result;
}

// The letter after anything that is no letter.
Any title(Call& call) {
  std::string result;
  bool in_word = false;
  for (const std::string_view c : chars(call.slots[0].text())) {
    const bool letter = is_letter(decode(c).code);
    result += !letter ? std::string(c) : in_word ? lower_case(c) : upper_case(c);
    in_word = letter;
  }
  return result;
}

template <int side>
Any justified(Call& call) {
  const std::string text = call.text(0);
  const std::int64_t width = call.whole(1);
  const std::string fill = call.text(2, " ");
  if (char_count(fill) != 1) fail("the fill character must be exactly one character long");
  const auto size = static_cast<std::int64_t>(char_count(text));
  if (width <= size) return text;
  const auto missing = static_cast<std::size_t>(width - size);
  if (missing > (std::size_t{1} << 60u)) call.budget.bytes(SIZE_MAX);
  call.budget.bytes(missing * fill.size());
  // As CPython rounds.
  const std::size_t left = side < 0   ? 0
                           : side > 0 ? missing
                                      : missing / 2 + (missing & static_cast<std::size_t>(width) & 1);
  std::string result;
  for (std::size_t i = 0; i < left; ++i) result += fill;
  result += text;
  for (std::size_t i = left; i < missing; ++i) result += fill;
  return result;
}

Any zfill(Call& call) {
  std::string text = call.text(0);
  const std::int64_t width = call.whole(1);
  const auto size = static_cast<std::int64_t>(char_count(text));
  if (width <= size) return text;
  if (width - size > (std::int64_t{1} << 60u)) call.budget.bytes(SIZE_MAX);
  call.budget.bytes(static_cast<std::size_t>(width));
  const std::size_t sign = !text.empty() && (text[0] == '-' || text[0] == '+') ? 1 : 0;
  return text.insert(sign, static_cast<std::size_t>(width - size), '0');
}

template <bool (*fits)(char32_t)>
Any all_are(Call& call) {
  const std::string text = call.text(0);
  if (text.empty()) return false;
  for (std::size_t i = 0; i < text.size();) {
    const Character c = decode(std::string_view(text).substr(i));
    if (!c.valid || !fits(c.code)) return false;
    i += c.size;
  }
  return true;
}

bool is_digit(char32_t c) {
  return (c >= '0' && c <= '9') || (c >= 0x660 && c <= 0x669) || (c >= 0xff10 && c <= 0xff19);
}
bool is_alnum(char32_t c) { return is_letter(c) || is_digit(c); }

template <bool upper>
Any is_case(Call& call) {
  const std::string text = call.text(0);
  return (upper ? upper_case(text) : lower_case(text)) == text && lower_case(text) != upper_case(text);
}

Any isidentifier(Call& call) {
  const std::string text = call.text(0);
  if (text.empty() || (text[0] >= '0' && text[0] <= '9')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           static_cast<unsigned char>(c) >= 0x80;
  });
}

template <bool last>
Any partition(Call& call) {
  const std::string text = call.text(0), separator = call.text(1);
  if (separator.empty()) fail("empty separator");
  const std::size_t at = last ? text.rfind(separator) : text.find(separator);
  if (at == std::string::npos) return last ? Any::tuple({"", "", text}) : Any::tuple({text, "", ""});
  return Any::tuple({text.substr(0, at), separator, text.substr(at + separator.size())});
}

Any removeprefix(Call& call) {
  std::string text = call.text(0);
  const std::string part = call.text(1);
  return text.starts_with(part) ? text.substr(part.size()) : text;
}

Any removesuffix(Call& call) {
  std::string text = call.text(0);
  const std::string part = call.text(1);
  return !part.empty() && text.ends_with(part) ? text.substr(0, text.size() - part.size()) : text;
}

Any expandtabs(Call& call) {
  const std::int64_t width = call.whole(1, 8);
  if (width > 1000) fail("a tab of more than 1000 columns");
  std::string result;
  std::int64_t column = 0;
  for (const std::string_view c : chars(call.slots[0].text())) {
    if (c == "\t") {
      const std::int64_t blanks = width > 0 ? width - column % width : 0;
      call.budget.bytes(static_cast<std::size_t>(blanks));
      result.append(static_cast<std::size_t>(blanks), ' ');
      column += blanks;
      continue;
    }
    result += c;
    column = c == "\n" || c == "\r" ? 0 : column + 1;
  }
  return result;
}

constexpr Function table[] = {
    {"split", split, "self sep? maxsplit?"},
    {"rsplit", rsplit, "self sep? maxsplit?"},
    {"splitlines", splitlines, "self keepends?"},
    {"strip", stripped<true, true>, "self chars?"},
    {"lstrip", stripped<true, false>, "self chars?"},
    {"rstrip", stripped<false, true>, "self chars?"},
    {"startswith", begins_or_ends<true>, "self prefix start? end?"},
    {"endswith", begins_or_ends<false>, "self suffix start? end?"},
    {"find", find<false, false>, "self sub start? end?"},
    {"rfind", find<true, false>, "self sub start? end?"},
    {"index", find<false, true>, "self sub start? end?"},
    {"rindex", find<true, true>, "self sub start? end?"},
    {"count", count, "self sub"},
    {"replace", replace, "self old new count?"},
    {"join", join, "self iterable"},
    {"format", format, "self * **"},
    {"lower", lower, "self"},
    {"casefold", lower, "self"},
    {"upper", upper, "self"},
    {"capitalize", capitalize, "self"},
    {"title", title, "self"},
    {"swapcase", swapcase, "self"},
    {"center", justified<0>, "self width fillchar?"},
    {"ljust", justified<-1>, "self width fillchar?"},
    {"rjust", justified<1>, "self width fillchar?"},
    {"zfill", zfill, "self width"},
    {"isdigit", all_are<is_digit>, "self"},
    {"isdecimal", all_are<is_digit>, "self"},
    {"isnumeric", all_are<is_digit>, "self"},
    {"isalpha", all_are<is_letter>, "self"},
    {"isalnum", all_are<is_alnum>, "self"},
    {"isspace", all_are<is_space>, "self"},
    {"isupper", is_case<true>, "self"},
    {"islower", is_case<false>, "self"},
    {"isidentifier", isidentifier, "self"},
    {"partition", partition<false>, "self sep"},
    {"rpartition", partition<true>, "self sep"},
    {"removeprefix", removeprefix, "self prefix"},
    {"removesuffix", removesuffix, "self suffix"},
    {"expandtabs", expandtabs, "self tabsize?"},
};

}  // namespace
}  // namespace methods_text_parts

const Functions text_methods = methods_text_parts::table;

}  // namespace cef::expr
