// Points of several dimensions as boxes: what lies behind `n[54-59]_[1-9],n60_[1-5]`.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cef::inventory {

/// 7, 07 and 007 are three numbers; the shorter ones come first.
struct Number {
  std::size_t digits = 0;
  std::uint64_t value = 0;
  auto operator<=>(const Number&) const = default;
  bool is_padded() const;
};

using Numbers = std::vector<Number>;  // ascending, each once
using Box = std::vector<Numbers>;     // one for each dimension; it stands for all combinations

/// Boxes that hold the points, each once, and nothing else: the largest first. `points` are distinct, and of one
/// dimension, which may be 0. Up to some hundred, they are the boxes that ClusterShell's nodeset finds; beyond that,
/// where its way would take minutes, still few.
std::vector<Box> boxes_of(const std::vector<std::vector<Number>>& points);

}  // namespace cef::inventory
