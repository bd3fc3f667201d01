#include <cef/core/near_metric.hpp>

#include <catch2/catch.hpp>

namespace cef {

TEST_CASE("what is near a metric's name is of its probe, with or without the unit", "[core]") {
  const std::vector<std::string> known{"temp.cpu_celsius", "gpu.power_w", "gpu.power_limit_w",
                                       "gpu.temperature_celsius", "mem.used_pct"};
  struct Case {
    const char* name;
    const char* best;  // or null
    std::size_t listed;
  };
  const auto c = GENERATE_COPY(values<Case>({
      {"gpu.powr", "gpu.power_w", 3},
      {"gpu.power", "gpu.power_w", 3},
      {"gpu.temperatur_celsius", "gpu.temperature_celsius", 3},
      {"gpu.nonsense", nullptr, 3},
      {"power_w", "gpu.power_w", 5},
      {"celsius", "temp.cpu_celsius", 5},
      {"nonsense", nullptr, 5},
      {"swap.nonsense_pct", nullptr, 5},
  }));
  CAPTURE(c.name);
  const NearMetrics near = near_metrics(c.name, known);
  CHECK(near.best == (c.best ? std::optional<std::string>(c.best) : std::nullopt));
  CHECK(near.among.size() == c.listed);
}

}  // namespace cef
