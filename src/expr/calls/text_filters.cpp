// Filters that change texts.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <cef/core/utf8.hpp>

#include <algorithm>

namespace cef::expr {

namespace text_filters_parts {
namespace {

Any lower(Call& call) { return lower_case(call.any_text(0)); }
Any upper(Call& call) { return upper_case(call.any_text(0)); }
Any capitalize(Call& call) { return capitalized(call.any_text(0)); }

// Jinja's own: a word begins after blanks, `-`, and opening brackets.
Any title(Call& call) {
  std::string result;
  bool begins = true;
  for (const std::string& text = call.any_text(0); const std::string_view c : chars(text)) {
    const bool breaks = is_space(decode(c).code) || std::string_view("-([{<").find(c) != std::string_view::npos;
    result += breaks ? std::string(c) : begins ? upper_case(c) : lower_case(c);
    begins = breaks;
  }
  return result;
}

Any trim(Call& call) {
  const std::string text = call.any_text(0);
  return call.empty(1) ? strip(text) : strip(text, call.text(1));
}

Any replace(Call& call) {
  const std::string text = call.any_text(0), old = call.any_text(1), with = call.any_text(2);
  call.budget.bytes(text.size() + (old.empty() ? text.size() + 1 : text.size() / old.size()) * with.size());
  return replace_all(text, old, with, call.empty(3) ? -1 : call.whole(3));
}

Any split(Call& call) {
  Items positional;
  positional.push_back(call.text(0));
  for (std::size_t i = 1; i < 3; ++i)
    if (call.has(i)) positional.push_back(call[i]);
  if (positional.size() == 2 && !call.has(1)) positional.insert(positional.begin() + 1, nullptr);
  return apply(call.evaluation, *find_method(positional[0], "split"), positional, {});
}

Any center(Call& call) {
  return apply(call.evaluation, *find_method(Any(""), "center"), {call.any_text(0), call.whole(1, 80)}, {});
}

// What the shell reads as one word. Source: Python's shlex.quote.
Any quote(Call& call) {
  const std::string text = call[0].none() ? std::string() : call.any_text(0);
  const bool safe = !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("@%_-+=:,./").find(c) != std::string_view::npos;
  });
  if (safe) return text;
  return "'" + replace_all(text, "'", "'\"'\"'") + "'";
}

Any wordcount(Call& call) {
  const std::string text = call.any_text(0);
  std::size_t count = 0;
  bool in_word = false;
  for (const std::string_view c : chars(text)) {
    const char32_t code = decode(c).code;
    const bool word = is_letter(code) || (code >= '0' && code <= '9') || code == '_';
    count += word && !in_word ? 1 : 0;
    in_word = word;
  }
  return count;
}

Any escape(Call& call) {
  std::string text = call.any_text(0);
  for (const auto& [plain, named] :
       {std::pair{"&", "&amp;"}, {"<", "&lt;"}, {">", "&gt;"}, {"\"", "&#34;"}, {"'", "&#39;"}})
    text = replace_all(text, plain, named);
  call.budget.bytes(text.size());
  return text;
}

Any striptags(Call& call) {
  const std::string text = call.any_text(0);
  std::string plain;
  bool in_tag = false;
  for (const char c : text) {
    if (c == '<') in_tag = true;
    if (!in_tag) plain += c;
    if (c == '>') in_tag = false;
  }
  std::string result;
  for (const std::string_view word : split_blanks(plain)) (result += result.empty() ? "" : " ") += word;
  return result;
}

Any pprint(Call& call) { return repr(call[0], call.budget); }

constexpr Function table[] = {
    {"lower", lower, "value"},
    {"upper", upper, "value"},
    {"capitalize", capitalize, "value"},
    {"title", title, "value"},
    {"trim", trim, "value chars?"},
    {"replace", replace, "value old new count?"},
    {"split", split, "value sep? maxsplit?"},
    {"center", center, "value width?"},
    {"quote", quote, "value"},
    {"wordcount", wordcount, "value"},
    {"escape", escape, "value"},
    {"e", escape, "value"},
    {"forceescape", escape, "value"},
    {"striptags", striptags, "value"},
    {"pprint", pprint, "value"},
};

}  // namespace
}  // namespace text_filters_parts

const Functions text_filters = text_filters_parts::table;

}  // namespace cef::expr
