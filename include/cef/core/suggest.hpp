// "Did you mean": the name nearest to one that was not found.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace cef {

/// The candidate with the smallest edit distance (insert, delete, replace, swap of neighbours; case ignored), if it is
/// near enough to be a slip of the hand: at most a third of the word's length, at least one. The first one wins a tie.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace cef
