// Python's regular expressions, by PCRE2: the only file that knows it is the .cpp beside this one.
#pragma once

#include "budget.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace cef::expr {

struct Match {
  std::vector<std::optional<std::string_view>> groups;  // of the subject; nothing for one that took no part
  std::size_t begin = 0;
  std::size_t end = 0;
};

class Pattern {
 public:
  enum class Where { anywhere, at_start, whole };

  /// Fails for what is no regular expression of Python's.
  Pattern(std::string_view pattern, bool ignore_case, bool multiline);
  ~Pattern();
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;

  /// The first match from `from` on; `advance`: not the empty one right there. Fails when it takes too long to find
  /// out.
  std::optional<Match> find(std::string_view subject, Where where = Where::anywhere, std::size_t from = 0,
                            bool advance = false) const;
  /// All of them, none overlapping another; at most `most` when that is not 0.
  std::vector<Match> find_all(std::string_view subject, Budget& budget, std::size_t most = 0) const;
  std::size_t group_count() const;
  /// A group's number by its name or number; fails when there is none.
  std::size_t group(std::string_view name) const;
  /// `re.sub`: with `\1`, `\g<name>` in the replacement.
  std::string replace(std::string_view subject, std::string_view replacement, Budget& budget,
                      std::size_t most = 0) const;

 private:
  struct Compiled;
  std::string text_;
  std::unique_ptr<Compiled> compiled_;
};

/// The same expression in PCRE2's words. Fails for escapes that Python does not have.
std::string to_pcre(std::string_view python);
/// Python's re.escape().
std::string regex_escape(std::string_view text);

}  // namespace cef::expr
