#include "boxes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <tuple>

namespace cef::inventory {

namespace {

constexpr std::size_t most_pairwise = 400;  // boxes that are compared each with each

std::string digits_of(const Number& number) { return fmt::format("{:0{}}", number.value, number.digits); }

std::size_t size_of(const Box& box) {
  std::size_t size = 1;
  for (const Numbers& side : box) size *= side.size();
  return size;
}

Numbers united(const Numbers& a, const Numbers& b) {
  Numbers all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

// The whole, when the points are all combinations of their numbers.
std::optional<Box> whole(const std::vector<std::vector<Number>>& points) {
  Box box(points.front().size());
  std::size_t product = 1;
  for (std::size_t axis = 0; axis < box.size(); ++axis) {
    for (const auto& point : points) box[axis].push_back(point[axis]);
    std::sort(box[axis].begin(), box[axis].end());
    box[axis].erase(std::unique(box[axis].begin(), box[axis].end()), box[axis].end());
    if (product <= points.size()) product *= box[axis].size();
  }
  return product == points.size() ? std::optional(std::move(box)) : std::nullopt;
}

// Boxes that are equal but for their extent along `axis`, as one.
std::vector<Box> joined_along(const std::vector<Box>& boxes, std::size_t axis) {
  std::map<Box, Numbers> extents;
  for (const Box& box : boxes) {
    Box rest = box;
    rest[axis].clear();
    Numbers& extent = extents[std::move(rest)];
    extent = extent.empty() ? box[axis] : united(extent, box[axis]);
  }
  std::vector<Box> result;
  for (auto& [rest, extent] : extents) {
    Box& box = result.emplace_back(rest);
    box[axis] = std::move(extent);
  }
  return result;
}

// For many: along the last axis, as nodeset begins, unless another one leaves less than half as many.
void join_fast(std::vector<Box>& boxes) {
  while (boxes.size() > most_pairwise) {
    std::vector<Box> best;
    for (std::size_t axis = boxes.front().size(); axis-- > 0;)
      if (auto joined = joined_along(boxes, axis);
          best.empty() || joined.size() * 2 < best.size() || best.size() == boxes.size())
        best = std::move(joined);
    if (best.size() == boxes.size()) return;
    boxes = std::move(best);
  }
}

// Larger ones first, then those with the longer sides; then by the first and last numbers' digits, as texts.
void sort_as_nodeset(std::vector<Box>& boxes) {
  using Side = std::tuple<std::size_t, std::string, std::string>;
  std::vector<std::tuple<std::size_t, std::vector<Side>, std::size_t>> keys;
  for (std::size_t i = 0; i < boxes.size(); ++i) {
    std::vector<Side> sides;
    for (const Numbers& side : boxes[i])
      sides.emplace_back(SIZE_MAX - side.size(), digits_of(side.front()), digits_of(side.back()));
    keys.emplace_back(SIZE_MAX - size_of(boxes[i]), std::move(sides), i);  // the index keeps equal ones in order
  }
  std::sort(keys.begin(), keys.end());
  std::vector<Box> sorted;
  for (const auto& key : keys) sorted.push_back(std::move(boxes[std::get<2>(key)]));
  boxes = std::move(sorted);
}

// One box for two that differ along one axis at most.
std::optional<Box> pair_joined(const Box& a, const Box& b) {
  Box result = a;
  bool differ = false;
  for (std::size_t axis = 0; axis < a.size(); ++axis) {
    if (a[axis] == b[axis]) continue;
    if (differ) return std::nullopt;
    differ = true;
    Numbers all = united(a[axis], b[axis]);
    const bool disjoint = all.size() == a[axis].size() + b[axis].size();
    const bool contained = all.size() == std::max(a[axis].size(), b[axis].size());
    if (!disjoint && !contained) return std::nullopt;
    result[axis] = std::move(all);
  }
  return result;
}

// nodeset's own way: passes over neighbours, and at the end over all pairs. Source: ClusterShell, RangeSetND.
void join_pairwise(std::vector<Box>& boxes) {
  bool every_pair = false;
  for (bool changed = true; changed;) {
    changed = false;
    sort_as_nodeset(boxes);
    for (std::size_t i = 0; i + 1 < boxes.size(); ++i)
      for (std::size_t k = i + 1; k < boxes.size();) {
        if (auto box = pair_joined(boxes[i], boxes[k])) {
          boxes[i] = std::move(*box);
          boxes.erase(boxes.begin() + static_cast<std::ptrdiff_t>(k));
          changed = true;
        } else if (every_pair) {
          ++k;
        } else {
          break;
        }
      }
    if (!changed && !every_pair) changed = every_pair = true;
  }
}

}  // namespace

bool Number::is_padded() const {
  std::uint64_t least = 1;
  for (std::size_t i = 1; i < digits; ++i) least *= 10;
  return digits > 1 && value < least;
}

std::vector<Box> boxes_of(const std::vector<std::vector<Number>>& points) {
  if (auto all = whole(points)) return {std::move(*all)};
  std::vector<Box> boxes;
  for (const auto& point : points) {
    Box& box = boxes.emplace_back();
    for (const Number& number : point) box.push_back({number});
  }
  join_fast(boxes);
  if (boxes.size() <= most_pairwise) join_pairwise(boxes);
  std::sort(boxes.begin(), boxes.end(), [](const Box& a, const Box& b) {
    const std::size_t x = size_of(a), y = size_of(b);
    return x != y ? x > y : a < b;
  });
  return boxes;
}

}  // namespace cef::inventory
