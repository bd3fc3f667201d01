// Filters that lay texts out in lines.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "regex/pattern.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <algorithm>

namespace cef::expr {

namespace layout_filters_parts {
namespace {

std::string repeated(std::string_view text, std::int64_t times, Budget& budget) {
  const auto count = static_cast<std::size_t>(std::max<std::int64_t>(times, 0));
  if (!text.empty() && count > (std::size_t{1} << 40u)) budget.bytes(SIZE_MAX);
  budget.bytes(text.size() * count);
  std::string result;
  for (std::size_t i = 0; i < count && !text.empty(); ++i) result += text;
  return result;
}

// value width first blank
Any indent(Call& call) {
  const std::string by =
      call.has(1) && call[1].is_text() ? call[1].text() : repeated(" ", call.whole(1, 4), call.budget);
  const std::string text = call.any_text(0) + "\n";
  const auto lines = split_lines(text);
  call.budget.bytes(text.size() + lines.size() * (by.size() + 1));
  std::string result = call.flag(2) ? by : "";
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) result += '\n';
    if (i > 0 && (!lines[i].empty() || call.flag(3))) result += by;
    result += lines[i];
  }
  return result;
}

// value length killwords end leeway
Any truncate(Call& call) {
  const std::string text = call.any_text(0), end = call.text(3, "...");
  const std::int64_t length = call.whole(1, 255), leeway = call.empty(4) ? 5 : call.whole(4);
  const auto end_size = static_cast<std::int64_t>(char_count(end));
  if (length < end_size) fail("expected length >= {}, got {}", end_size, length);
  if (leeway < 0) fail("expected leeway >= 0, got {}", leeway);
  const auto offsets = char_offsets(text);
  const auto size = static_cast<std::int64_t>(offsets.size()) - 1;
  if (size <= length || size - length <= leeway) return text;
  std::string cut = text.substr(0, offsets[static_cast<std::size_t>(length - end_size)]);
  if (!call.flag(2)) cut = cut.substr(0, cut.rfind(' '));
  return cut + end;
}

/// The pieces that lines are broken between. Source: Python's textwrap.
std::vector<std::string> chunks_of(const std::string& line, bool on_hyphens, Budget& budget) {
  constexpr std::string_view words =
      "([\\t\\n\\x0b\\x0c\\r ]+|(?<=[\\w!\"'&.,?])-{2,}(?=\\w)|[^\\t\\n\\x0b\\x0c\\r "
      "]+?(?:-(?:(?<=[^\\d\\W]{2}-)|(?<=[^\\d\\W]-[^\\d\\W]-))"
      "(?=[^\\d\\W]-?[^\\d\\W])|(?=[\\t\\n\\x0b\\x0c\\r ]|\\Z)|(?<=[\\w!\"'&.,?])(?=-{2,}\\w)))";
  constexpr std::string_view blanks = "([\\t\\n\\x0b\\x0c\\r ]+)";
  const Pattern pattern(on_hyphens ? words : blanks, false, false);
  std::vector<std::string> chunks;
  std::size_t at = 0;
  for (const Match& match : pattern.find_all(line, budget)) {
    if (match.begin > at) chunks.push_back(line.substr(at, match.begin - at));
    if (match.end > match.begin) chunks.push_back(line.substr(match.begin, match.end - match.begin));
    at = match.end;
  }
  if (at < line.size()) chunks.push_back(line.substr(at));
  return chunks;
}

std::vector<std::string> wrapped(const std::string& line, std::int64_t width, bool break_words, bool on_hyphens,
                                 Budget& budget) {
  auto chunks = chunks_of(line, on_hyphens, budget);
  std::reverse(chunks.begin(), chunks.end());
  const auto blank = [](const std::string& chunk) { return strip(chunk).empty(); };
  const auto size = [](const std::string& chunk) { return static_cast<std::int64_t>(char_count(chunk)); };
  std::vector<std::string> lines;
  while (!chunks.empty()) {
    budget.step();
    std::vector<std::string> current;
    std::int64_t length = 0;
    if (!lines.empty() && blank(chunks.back())) chunks.pop_back();
    while (!chunks.empty() && length + size(chunks.back()) <= width) {
      length += size(chunks.back());
      current.push_back(std::move(chunks.back()));
      chunks.pop_back();
    }
    if (!chunks.empty() && size(chunks.back()) > width) {
      const std::int64_t room = width < 1 ? 1 : width - length;
      if (break_words) {
        std::string& chunk = chunks.back();
        const auto offsets = char_offsets(chunk);
        std::size_t cut = offsets[static_cast<std::size_t>(room)];
        if (on_hyphens && size(chunk) > room) {
          const std::size_t hyphen = chunk.substr(0, cut).rfind('-');
          if (hyphen != std::string::npos && hyphen > 0 &&
              chunk.substr(0, hyphen).find_first_not_of('-') != std::string::npos)
            cut = hyphen + 1;
        }
        current.push_back(chunk.substr(0, cut));
        chunk.erase(0, cut);
        if (chunk.empty()) chunks.pop_back();
      } else if (current.empty()) {
        current.push_back(std::move(chunks.back()));
        chunks.pop_back();
      }
    }
    if (!current.empty() && blank(current.back())) current.pop_back();
    if (current.empty()) continue;
    std::string joined;
    for (const std::string& chunk : current) joined += chunk;
    budget.bytes(joined.size() + sizeof(std::string));
    lines.push_back(std::move(joined));
  }
  return lines;
}

// value width break_long_words wrapstring break_on_hyphens
Any wordwrap(Call& call) {
  const std::string text = call.any_text(0), between = call.empty(3) ? "\n" : call.text(3);
  const std::int64_t width = call.whole(1, 79);
  if (width <= 0) fail("invalid width {} (must be > 0)", width);
  std::string result;
  bool first = true;
  for (const std::string_view line : split_lines(text)) {
    if (!first) result += between;
    first = false;
    bool first_part = true;
    for (const std::string& part :
         wrapped(std::string(line), width, call.flag(2, true), call.flag(4, true), call.budget)) {
      if (!first_part) result += between;
      first_part = false;
      result += part;
    }
  }
  return result;
}

struct CommentStyle {
  std::string_view name, beginning, decoration, end;
};
constexpr CommentStyle comment_styles[] = {
    {"plain", "", "# ", ""},        {"erlang", "", "% ", ""},      {"c", "", "// ", ""},
    {"cblock", "/*", " * ", " */"}, {"xml", "<!--", " - ", "-->"},
};

// text style decoration beginning end prefix prefix_count postfix postfix_count newline
Any comment(Call& call) {
  const std::string name = call.text(1, "plain");
  const auto style = std::find_if(std::begin(comment_styles), std::end(comment_styles),
                                  [&](const CommentStyle& each) { return each.name == name; });
  if (style == std::end(comment_styles)) fail("comment has no style '{}': plain, erlang, c, cblock or xml", name);
  const std::string decoration = call.text(2, style->decoration), newline = call.text(9, "\n");
  const std::string beginning = call.text(3, style->beginning), end = call.text(4, style->end);
  const std::string bare(strip(decoration, false, true));
  const std::string prefix = call.text(5, bare), postfix = call.text(7, bare);
  std::string result = beginning.empty() ? "" : beginning + newline;
  if (!prefix.empty())
    result += repeated(prefix == newline ? newline : prefix + newline, call.whole(6, 1), call.budget);
  if (newline.empty()) fail("comment needs a newline");
  const std::string text = replace_all(call.text(0), newline, newline + decoration);
  call.budget.bytes(text.size() * 2);
  result += replace_all(decoration + text, decoration + newline, bare + newline);
  result += repeated(newline + postfix, call.whole(8, 1), call.budget);
  if (!end.empty()) result += newline + end;
  return result;
}

constexpr Function table[] = {
    {"indent", indent, "value width? first? blank?"},
    {"truncate", truncate, "value length? killwords? end? leeway?"},
    {"wordwrap", wordwrap, "value width? break_long_words? wrapstring? break_on_hyphens?"},
    {"comment", comment,
     "text style? decoration? beginning? end? prefix? prefix_count? postfix? postfix_count? newline?"},
};

}  // namespace
}  // namespace layout_filters_parts

const Functions layout_filters = layout_filters_parts::table;

}  // namespace cef::expr
