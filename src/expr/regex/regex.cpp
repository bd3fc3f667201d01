#include "regex/pattern.hpp"

#include <cef/expr/regex.hpp>

namespace cef::expr {

namespace {

Unexpected<Error> refused(const Fault& fault) { return Unexpected(Error{Code::usage, fault.problem.message, ""}); }

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern, bool multiline) {
  try {
    Regex regex;
    regex.pattern_ = std::make_shared<const Pattern>(pattern, false, multiline);
    return regex;
  } catch (const Fault& fault) {
    return refused(fault);
  }
}

std::optional<Regex::Span> Regex::search(std::string_view text) const {
  try {
    if (const auto match = pattern_->find(text)) return Span{match->begin, match->end};
  } catch (const Fault&) {
  }
  return std::nullopt;
}

std::optional<Regex::Span> Regex::group(std::string_view text, std::string_view name) const {
  try {
    const auto match = pattern_->find(text);
    if (!match) return std::nullopt;
    const auto& found = match->groups[pattern_->group(name)];
    if (!found) return std::nullopt;
    const auto begin = static_cast<std::size_t>(found->data() - text.data());
    return Span{begin, begin + found->size()};
  } catch (const Fault&) {
    return std::nullopt;
  }
}

Result<Regex::Replaced> Regex::replace(std::string_view text, std::string_view replacement) const {
  try {
    Budget budget{Limits{}};
    Replaced replaced;
    replaced.count = pattern_->find_all(text, budget).size();
    replaced.text = pattern_->replace(text, replacement, budget);
    return replaced;
  } catch (const Fault& fault) {
    return refused(fault);
  }
}

Result<std::optional<std::string>> Regex::expand(std::string_view text, std::string_view replacement) const {
  try {
    const auto match = pattern_->find(text);
    if (!match) return std::optional<std::string>();
    Budget budget{Limits{}};
    std::string all = pattern_->replace(text, replacement, budget, 1);
    const std::size_t rest = text.size() - match->end;
    return std::optional(all.substr(match->begin, all.size() - rest - match->begin));
  } catch (const Fault& fault) {
    return refused(fault);
  }
}

}  // namespace cef::expr
