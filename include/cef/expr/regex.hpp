// Python's regular expressions, for those who edit texts as Ansible does.
#pragma once

#include <cef/core/result.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cef::expr {

class Pattern;

class Regex {
 public:
  /// `multiline`: `^` and `$` are the ends of lines, as with re.MULTILINE. Errors: usage, for what is no regular
  /// expression of Python's.
  static Result<Regex> compile(std::string_view pattern, bool multiline = false);

  /// Where its first match is. A match that takes too long to find is none.
  struct Span {
    std::size_t begin = 0, end = 0;
  };
  std::optional<Span> search(std::string_view text) const;
  /// Where the group of that name is in the first match; nothing where there is no match or no such group.
  std::optional<Span> group(std::string_view text, std::string_view name) const;
  /// Each match by the replacement, in which `\1` and `\g<name>` are groups; and how many there were.
  /// Errors: usage, for a replacement that names a group that there is not.
  struct Replaced {
    std::string text;
    std::size_t count = 0;
  };
  Result<Replaced> replace(std::string_view text, std::string_view replacement) const;
  /// A replacement for the first match alone, without what stands around it; nothing without a match.
  Result<std::optional<std::string>> expand(std::string_view text, std::string_view replacement) const;

 private:
  std::shared_ptr<const Pattern> pattern_;
};

/// A Python expression in the words of `grep -E`, which finds the same lines. Errors: usage, for what grep has no words
/// for, and for what is no regular expression of Python's.
Result<std::string> for_grep(std::string_view pattern);

}  // namespace cef::expr
