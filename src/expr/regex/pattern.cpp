#define PCRE2_CODE_UNIT_WIDTH 8

#include "regex/pattern.hpp"

#include "value/chars.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>

#include <algorithm>
#include <array>
#include <pcre2.h>

namespace cef::expr {

namespace {

constexpr std::uint32_t most_steps = 3'000'000;
constexpr std::uint32_t most_kibibytes = 64 * 1024;

struct Free {
  void operator()(pcre2_code* code) const { pcre2_code_free(code); }
  void operator()(pcre2_match_data* match) const { pcre2_match_data_free(match); }
  void operator()(pcre2_match_context* context) const { pcre2_match_context_free(context); }
  void operator()(pcre2_compile_context* context) const { pcre2_compile_context_free(context); }
};

PCRE2_SPTR bytes(std::string_view text) {
  // PCRE2 takes no null, not even for nothing.
  return reinterpret_cast<PCRE2_SPTR>(text.data() ? text.data() : "");
}

std::string message_of(int error) {
  std::array<PCRE2_UCHAR, 200> text{};
  pcre2_get_error_message(error, text.data(), text.size());
  return reinterpret_cast<const char*>(text.data());
}

}  // namespace

struct Pattern::Compiled {
  std::unique_ptr<pcre2_code, Free> code;
  std::unique_ptr<pcre2_match_data, Free> match;
  std::unique_ptr<pcre2_match_context, Free> context;
};

Pattern::Pattern(std::string_view pattern, bool ignore_case, bool multiline)
    : text_(pattern), compiled_(std::make_unique<Compiled>()) {
  const std::string translated = to_pcre(pattern);
  std::uint32_t options = PCRE2_UTF | PCRE2_UCP | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C;
  if (ignore_case) options |= PCRE2_CASELESS;
  if (multiline) options |= PCRE2_MULTILINE;
  const std::unique_ptr<pcre2_compile_context, Free> context(pcre2_compile_context_create(nullptr));
  pcre2_set_newline(context.get(), PCRE2_NEWLINE_LF);
  pcre2_set_parens_nest_limit(context.get(), 100);
  int error = 0;
  PCRE2_SIZE where = 0;
  compiled_->code.reset(pcre2_compile(bytes(translated), translated.size(), options, &error, &where, context.get()));
  if (!compiled_->code) fail("'{}' is no regular expression: {}", text_, message_of(error));
  compiled_->match.reset(pcre2_match_data_create_from_pattern(compiled_->code.get(), nullptr));
  compiled_->context.reset(pcre2_match_context_create(nullptr));
  pcre2_set_match_limit(compiled_->context.get(), most_steps);
  pcre2_set_depth_limit(compiled_->context.get(), most_steps);
  pcre2_set_heap_limit(compiled_->context.get(), most_kibibytes);
}

Pattern::~Pattern() = default;

std::optional<Match> Pattern::find(std::string_view subject, Where where, std::size_t from, bool advance) const {
  std::uint32_t options = 0;
  if (where != Where::anywhere) options |= PCRE2_ANCHORED;
  if (where == Where::whole) options |= PCRE2_ENDANCHORED;
  if (advance) options |= PCRE2_NOTEMPTY_ATSTART;
  const int count = pcre2_match(compiled_->code.get(), bytes(subject), subject.size(), from, options,
                                compiled_->match.get(), compiled_->context.get());
  if (count == PCRE2_ERROR_NOMATCH) return std::nullopt;
  if (count == PCRE2_ERROR_MATCHLIMIT || count == PCRE2_ERROR_DEPTHLIMIT || count == PCRE2_ERROR_HEAPLIMIT)
    throw Fault{Problem{
        Problem::Kind::limit, fmt::format("the regular expression '{}' takes too long on this text", text_), {}, 0, 0}};
  if (count < 0) fail("the regular expression '{}' failed: {}", text_, message_of(count));
  Match match;
  const PCRE2_SIZE* ends = pcre2_get_ovector_pointer(compiled_->match.get());
  // `\K` could put the end before the beginning.
  match.begin = std::min(ends[0], ends[1]);
  match.end = std::max(ends[0], ends[1]);
  for (std::size_t i = 0; i <= group_count(); ++i) {
    const bool took_part = static_cast<int>(i) < count && ends[2 * i] != PCRE2_UNSET && ends[2 * i] <= ends[2 * i + 1];
    if (took_part)
      match.groups.emplace_back(subject.substr(ends[2 * i], ends[2 * i + 1] - ends[2 * i]));
    else
      match.groups.emplace_back(std::nullopt);
  }
  return match;
}

std::vector<Match> Pattern::find_all(std::string_view subject, Budget& budget, std::size_t most) const {
  std::vector<Match> all;
  std::size_t from = 0;
  bool advance = false;
  while (most == 0 || all.size() < most) {
    budget.step(10);
    budget.bytes(64);
    auto match = find(subject, Where::anywhere, from, advance);
    if (!match) break;
    advance = match->begin == match->end;
    from = std::max(match->end, from);
    all.push_back(std::move(*match));
  }
  return all;
}

std::size_t Pattern::group_count() const {
  std::uint32_t count = 0;
  pcre2_pattern_info(compiled_->code.get(), PCRE2_INFO_CAPTURECOUNT, &count);
  return count;
}

std::size_t Pattern::group(std::string_view name) const {
  if (!name.empty() && name.size() < 6 && name.find_first_not_of("0123456789") == std::string_view::npos) {
    const std::size_t number = std::stoul(std::string(name));
    if (number > group_count()) fail("the regular expression '{}' has no group {}", text_, number);
    return number;
  }
  const std::string key(name);
  const int number = pcre2_substring_number_from_name(compiled_->code.get(), bytes(key));
  if (number < 0) fail("the regular expression '{}' has no group named '{}'", text_, name);
  return static_cast<std::size_t>(number);
}

namespace {

bool is_letter_of_escape(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// A replacement: texts, and between them groups.
struct Part {
  std::string text;
  std::optional<std::size_t> group;
};

}  // namespace

std::string Pattern::replace(std::string_view subject, std::string_view replacement, Budget& budget,
                             std::size_t most) const {
  std::vector<Part> parts(1);
  const auto add_group = [&](std::size_t number) {
    if (number > group_count()) fail("invalid group reference {} in the replacement '{}'", number, replacement);
    parts.back().group = number;
    parts.emplace_back();
  };
  for (std::size_t i = 0; i < replacement.size(); ++i) {
    const char c = replacement[i];
    if (c != '\\') {
      parts.back().text += c;
      continue;
    }
    if (++i >= replacement.size()) fail("bad escape (end of pattern) in the replacement '{}'", replacement);
    const char escaped = replacement[i];
    if (escaped == 'g') {
      const std::size_t end = replacement.find('>', i);
      if (i + 1 >= replacement.size() || replacement[i + 1] != '<' || end == std::string_view::npos)
        fail("missing group name in the replacement '{}'", replacement);
      add_group(group(replacement.substr(i + 2, end - i - 2)));
      i = end;
    } else if (escaped == '0' ||
               (is_digit(escaped) && i + 2 < replacement.size() && escaped <= '3' && replacement[i + 1] >= '0' &&
                replacement[i + 1] <= '7' && replacement[i + 2] >= '0' && replacement[i + 2] <= '7')) {
      char32_t code = 0;
      std::size_t size = 0;
      while (size < 3 && i + size < replacement.size() && replacement[i + size] >= '0' && replacement[i + size] <= '7')
        code = code * 8 + static_cast<char32_t>(replacement[i + size++] - '0');
      append_utf8(parts.back().text, code);
      i += size - 1;
    } else if (is_digit(escaped)) {
      std::size_t number = static_cast<std::size_t>(escaped - '0');
      if (i + 1 < replacement.size() && is_digit(replacement[i + 1]))
        number = number * 10 + static_cast<std::size_t>(replacement[++i] - '0');
      add_group(number);
    } else if (is_letter_of_escape(escaped)) {
      constexpr std::string_view names = "abfnrtv", meanings = "\a\b\f\n\r\t\v";
      const std::size_t known = names.find(escaped);
      if (known == std::string_view::npos) fail("bad escape \\{} in the replacement '{}'", escaped, replacement);
      parts.back().text += meanings[known];
    } else {
      if (escaped != '\\') parts.back().text += '\\';
      parts.back().text += escaped;
    }
  }
  std::string result;
  std::size_t at = 0;
  for (const Match& match : find_all(subject, budget, most)) {
    const std::size_t before = result.size();
    result += subject.substr(at, match.begin - at);
    for (const Part& part : parts) {
      result += part.text;
      if (part.group && match.groups[*part.group]) result += *match.groups[*part.group];
    }
    budget.bytes(result.size() - before);
    at = match.end;
  }
  result += subject.substr(at);
  budget.bytes(subject.size() - at);
  return result;
}

std::string regex_escape(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (std::string_view("()[]{}?*+-|^$\\.&~# \t\n\r\v\f").find(c) != std::string_view::npos) result += '\\';
    result += c;
  }
  return result;
}

}  // namespace cef::expr
