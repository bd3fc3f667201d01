// `is version('1.2', '>=')`, in the three kinds of versions.

#include "calls/tables.hpp"
#include "fault.hpp"
#include "regex/pattern.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <cef/core/text.hpp>

#include <algorithm>
#include <charconv>

namespace cef::expr {

namespace version_tests_parts {
namespace {

bool is_small(char c) { return c >= 'a' && c <= 'z'; }

Any number_of(std::string_view digits) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc()) fail("Version comparison failed: {} is too large", digits);
  return number;
}

// Numbers, runs of small letters, and whatever stands between; dots only separate.
Items loose(std::string_view text) {
  Items parts;
  std::string other;
  const auto end_other = [&] {
    if (!other.empty()) parts.emplace_back(std::exchange(other, {}));
  };
  for (std::size_t i = 0; i < text.size();) {
    std::size_t end = i + 1;
    if (is_digit(text[i])) {
      while (end < text.size() && is_digit(text[end])) ++end;
      end_other();
      parts.push_back(number_of(text.substr(i, end - i)));
    } else if (is_small(text[i])) {
      while (end < text.size() && is_small(text[end])) ++end;
      end_other();
      parts.emplace_back(text.substr(i, end - i));
    } else if (text[i] == '.') {
      end_other();
    } else {
      other += text[i];
    }
    i = end;
  }
  end_other();
  return parts;
}

Any group_number(const Match& match, std::size_t group) {
  return match.groups[group] ? number_of(*match.groups[group]) : Any(0);
}

// 1.2, 1.2.3, 1.2a4
Items strict(std::string_view text) {
  const Pattern pattern(R"((\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?)", false, false);
  const auto match = pattern.find(text, Pattern::Where::whole);
  if (!match) fail("Version comparison failed: invalid version number '{}'", text);
  Items parts{group_number(*match, 1), group_number(*match, 2), group_number(*match, 3)};
  // What comes before a version sorts below it.
  parts.push_back(match->groups[4] ? Any(*match->groups[4]) : Any("z"));
  parts.push_back(group_number(*match, 5));
  return parts;
}

// Source: semver.org 2.0, 11: what is after `-` sorts below the version, numbers below texts; `+...` does not count.
Items semantic(std::string_view text) {
  const Pattern pattern(
      R"((0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?)",
      false, false);
  const auto match = pattern.find(text, Pattern::Where::whole);
  if (!match) fail("Version comparison failed: invalid semantic version '{}'", text);
  Items parts{group_number(*match, 1), group_number(*match, 2), group_number(*match, 3)};
  if (!match->groups[4]) {
    parts.push_back(1);
    return parts;
  }
  parts.push_back(0);
  for (const std::string_view part : split_at(*match->groups[4], ".")) {
    const bool number = std::all_of(part.begin(), part.end(), is_digit);
    parts.push_back(Any::tuple({number ? 0 : 1, number ? number_of(part) : Any(part)}));
  }
  return parts;
}

// value version operator strict version_type
Any version(Call& call) {
  if (!truth(call[0])) fail("Input version value cannot be empty");
  if (!truth(call[1])) fail("Version parameter to compare against cannot be empty");
  if (!call.empty(3) && !call.empty(4)) fail("Cannot specify both 'strict' and 'version_type'");
  const std::string type = !call.empty(4) ? call.text(4) : call.flag(3) ? "strict" : "loose";
  const auto parse = [&](std::size_t i) {
    const std::string text = call.any_text(i);
    call.budget.bytes(text.size() * sizeof(Any));
    if (type == "loose") return Any(loose(text));
    if (type == "strict") return Any(strict(text));
    if (type == "semver" || type == "semantic") return Any(semantic(text));
    if (type == "pep440") fail("the version_type pep440 is not supported: loose, strict or semver");
    fail("Invalid version type ({}). Must be one of loose, strict, semver", type);
  };
  const Any a = parse(0), b = parse(1);
  const std::string operation = call.text(2, "==");
  const auto is = [&](std::string_view sign, std::string_view name) { return operation == sign || operation == name; };
  if (is("==", "eq") || operation == "=") return equal(a, b, call.budget);
  if (is("!=", "ne") || operation == "<>") return !equal(a, b, call.budget);
  if (!is("<", "lt") && !is("<=", "le") && !is(">", "gt") && !is(">=", "ge"))
    fail("Invalid operator type ({}). Must be one of ==, =, eq, <, lt, <=, le, >, gt, >=, ge, !=, <>, ne", operation);
  const auto result = order(a, b, call.budget);
  if (is("<", "lt")) return result < 0;
  if (is("<=", "le")) return result <= 0;
  if (is(">", "gt")) return result > 0;
  return result >= 0;
}

constexpr Function table[] = {
    {"version", version, "value version operator? strict? version_type?"},
    {"version_compare", version, "value version operator? strict? version_type?"},
};

}  // namespace
}  // namespace version_tests_parts

const Functions version_tests = version_tests_parts::table;

}  // namespace cef::expr
