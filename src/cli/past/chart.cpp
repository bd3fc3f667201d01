#include "chart.hpp"

#include <algorithm>

namespace cef::cli {

namespace {

// For how many parts a value lasts: what usually lies between two values, and half as much again, as they are not kept
// to the second. 1 when there are not two.
std::size_t reach(const std::vector<store::Part>& parts) {
  std::vector<std::size_t> distances;
  std::optional<std::size_t> former;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].count == 0) continue;
    if (former) distances.push_back(i - *former);
    former = i;
  }
  if (distances.empty()) return 1;
  const auto middle = distances.begin() + static_cast<std::ptrdiff_t>(distances.size() / 2);
  std::ranges::nth_element(distances, middle);
  return *middle + (*middle + 1) / 2;
}

}  // namespace

void widen(std::optional<Scale>& scale, const store::Curve& curve, Unit unit) {
  if (!scale && unit == Unit::percent) scale = Scale{0, 100};
  for (const store::Part& part : curve.parts) {
    if (part.count == 0) continue;
    if (!scale) scale = Scale{part.mean(), part.mean()};
    scale->least = std::min(scale->least, part.mean());
    scale->greatest = std::max(scale->greatest, part.mean());
  }
}

std::vector<std::optional<double>> chart(const std::vector<store::Part>& parts, std::size_t count) {
  struct Cell {
    store::Part own;
    std::optional<double> lasting;
  };
  std::vector<Cell> cells(count);
  const std::size_t lasts = reach(parts);
  std::optional<std::size_t> latest;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    Cell& cell = cells[i * count / parts.size()];
    if (parts[i].count > 0) {
      latest = i;
      cell.own.sum += parts[i].sum;
      cell.own.count += parts[i].count;
    } else if (latest && i - *latest < lasts) {
      cell.lasting = parts[*latest].mean();
    }
  }
  std::vector<std::optional<double>> values;
  for (const Cell& cell : cells) values.push_back(cell.own.count > 0 ? std::optional(cell.own.mean()) : cell.lasting);
  return values;
}

}  // namespace cef::cli
