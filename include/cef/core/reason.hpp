// What the words mean by which tools and systems say why something could not be done.
#pragma once

#include <cef/core/error.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace cef {

/// What a tool's words in the locale C mean, where they are known.
std::optional<Code> code_of(std::string_view words);

/// What to do about an error that a tool told in these words, for one that has `become` another user already; else
/// empty, which is the code's own hint.
std::string hint_for(Code code, const std::optional<std::string>& become, std::string_view words = "");

}  // namespace cef
