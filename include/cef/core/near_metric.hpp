// What somebody may have meant who wrote the name of a metric that there is not.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cef {

struct NearMetrics {
  std::optional<std::string> best;  // `gpu.power_w` for `gpu.powr`
  std::vector<std::string> among;   // those worth listing: of the same probe where there are such, else all
};
NearMetrics near_metrics(std::string_view name, std::span<const std::string> known);

}  // namespace cef
