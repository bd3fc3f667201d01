#include <cef/core/field_unit.hpp>

#include <catch2/catch.hpp>

#include <string>

using namespace cef;

TEST_CASE("a field's name ends in its unit", "[core]") {
  struct Case {
    std::string_view name;
    Unit unit;
    std::string_view base;
  };
  const auto c = GENERATE(values<Case>({
      {"used_pct", Unit::percent, "ratio"},
      {"data.disk.used_bytes", Unit::bytes, ""},
      {"data.bytes_total", Unit::bytes, ""},
      {"net.rx_mbit_s", Unit::mbit_s, "bytes_per_second"},  // and no seconds
      {"latency_ms", Unit::milliseconds, "seconds"},
      {"uptime_s", Unit::seconds, "seconds"},
      {"gpu.power_w", Unit::watts, "watts"},
      {"temp.celsius", Unit::celsius, ""},
      {"celsius", Unit::celsius, ""},
      {"threads", Unit::none, ""},  // ends in an s that is no unit
      {"software", Unit::none, ""},
      {"", Unit::none, ""},
  }));
  DYNAMIC_SECTION(std::string(c.name)) {
    CHECK(unit_of_field(c.name).unit == c.unit);
    CHECK(unit_of_field(c.name).base == c.base);
  }
}
