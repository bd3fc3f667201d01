// Temperatures as the kernel has them, in hwmon and in thermal zones; no `sensors` is needed. Which sensor is the
// processor's is told by names, because zone 0 is often something else (acpitz on servers).
// Source: the kernel's Documentation/hwmon/sysfs-interface.rst and driver-api/thermal/sysfs-api.rst: all in
// millidegrees.
#include "parts.hpp"
#include "registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::probes {

namespace temp_parts {
namespace {

// Old drivers keep the files in device/. A label may hold blanks, so names stand last.
constexpr std::string_view script = R"(
echo =sensors=
for z in /sys/class/thermal/thermal_zone*; do [ -r $z/type ] || continue
get $z/temp; t=$v; hot=-; passive=-; crit=-
for p in $z/trip_point_*_type; do get $p; k=$v
case $k in critical) get ${p%type}temp; crit=$v;; hot) get ${p%type}temp; hot=$v;;
passive) [ $passive = - ] && get ${p%type}temp && passive=$v;; esac; done
get $z/type; say "zone $t $hot $passive $crit $v"; done
for h in /sys/class/hwmon/hwmon*; do d=$h; get $h/name
[ "$v" = - ] && d=$h/device && get $d/name
n=$v; for i in $d/temp*_input; do [ -r $i ] || continue
b=${i%_input}; get $i; t=$v; get ${b}_max; m=$v; get ${b}_crit; c=$v; get ${b}_fault; f=$v; get ${b}_label
[ "$v" = - ] && v=${b##*/}
say "hwmon $t $m $c $f $n/$v"; done; done
)";

struct Sensor {
  std::string chip;   // hwmon's name or the zone's type
  std::string label;  // empty for a zone
  std::optional<double> celsius, high, crit;
};

// Nothing for what no sensor of a running computer means: an unconnected input (0 or a few millidegrees), a driver's
// "unknown" (-274000, 2^31), an unset limit. Some old kernels give whole degrees: the value is then too small to be
// told from those, and left out rather than shown a thousand times too small.
std::optional<double> degrees(std::string_view text) {
  const auto milli = integer(text);
  if (!milli || std::abs(*milli) < 1000 || *milli < -60'000 || *milli > 250'000) return std::nullopt;
  return static_cast<double>(*milli) / 1000;
}

std::optional<Sensor> sensor(std::string_view line) {
  const std::string_view kind = take_word(line);
  const auto value = degrees(take_word(line));
  if (kind == "zone") {
    const auto hot = degrees(take_word(line)), passive = degrees(take_word(line));
    const auto crit = degrees(take_word(line));
    if (line.empty()) return std::nullopt;
    return Sensor{std::string(line), "", value, hot ? hot : passive, crit};
  }
  const auto high = degrees(take_word(line)), crit = degrees(take_word(line));
  const bool fault = take_word(line) == "1";
  const auto slash = line.find('/');
  if (kind != "hwmon" || slash == std::string_view::npos) return std::nullopt;
  return Sensor{std::string(line.substr(0, slash)), std::string(line.substr(slash + 1)), fault ? std::nullopt : value,
                high, crit};
}

// How surely a sensor is the processor's: the surest kind that a host has counts. 0: not at all.
int cpu_rank(const Sensor& sensor) {
  const std::string chip = lower(sensor.chip), label = lower(sensor.label);
  const auto has = [](std::string_view text, std::string_view part) {
    return text.find(part) != std::string_view::npos;
  };
  const auto is_any = [&](std::initializer_list<std::string_view> names) {
    return std::ranges::find(names, std::string_view(chip)) != names.end();
  };
  if (chip == "coretemp" && (label.starts_with("package id") || label.starts_with("physical id"))) return 9;
  // Tdie is the temperature; Tctl what the fan is to follow, on some models some 10 to 27 degrees more.
  if (is_any({"k10temp", "zenpower"}) && label == "tdie") return 9;
  if (is_any({"k10temp", "zenpower"}) && label == "tctl") return 8;
  if (is_any({"x86_pkg_temp", "k8temp", "via_cputemp"}) || (chip == "k10temp" && label == "temp1")) return 7;
  if (chip == "coretemp") return 6;  // single cores
  if (chip == "ibmpowernv") return has(label, "core") ? 6 : 0;
  if (has(chip, "gpu")) return 0;
  if (has(chip, "cpu") || chip.starts_with("mpu")) return 5;
  if (chip.starts_with("soc") ||
      is_any({"bcm2835_thermal", "imx_thermal_zone", "sunxi-therm", "sun4i_ts", "armada_thermal", "kirkwood_thermal",
              "dove_thermal", "brcmstb_thermal", "bcm2711_thermal", "sfctemp", "main0-thermal", "aml_thermal"}))
    return 4;
  if (label.starts_with("soc") && is_any({"apm_xgene", "smpro_hwmon", "scmi_sensors", "scpi_sensors"}))
    return has(label, "vrd") ? 0 : 4;
  if (has(chip, "core") || chip.starts_with("cluster")) return 3;  // bigcore0-thermal
  if (chip.starts_with("package")) return 2;                       // the middle of the chip, not a core
  // What a mainboard's or a laptop's own chip says of it.
  constexpr std::string_view of_the_board[] = {"cpu",    "cpu temperature", "cpu temp",     "cpu package",
                                               "cputin", "peci agent 0",    "cpu core temp"};
  return std::ranges::find(of_the_board, label) != std::end(of_the_board) ? 1 : 0;
}

Value cpu_celsius(const std::vector<Sensor>& sensors) {
  int best = 0;
  std::optional<double> hottest;
  for (const Sensor& each : sensors) {
    const int rank = cpu_rank(each);
    if (!each.celsius || rank == 0 || rank < best) continue;
    if (rank > best || *each.celsius > *hottest) hottest = each.celsius;
    best = rank;
  }
  return or_null(hottest);
}

// A thermal zone shows up in hwmon again, under its type; newer kernels write `_` for `-` there.
void drop_doubles(std::vector<Sensor>& sensors) {
  const auto name = [](std::string chip) {
    std::ranges::replace(chip, '-', '_');
    return chip;
  };
  std::vector<std::string> zones;
  for (const Sensor& each : sensors)
    if (each.label.empty()) zones.push_back(name(each.chip));
  std::erase_if(sensors, [&](const Sensor& each) {
    return !each.label.empty() && std::ranges::find(zones, name(each.chip)) != zones.end();
  });
}

Result<Value> parse(std::string_view text) {
  const Parts part = parts(text);
  const auto lines = part.find("sensors");
  if (lines == part.end()) return unexpected("the list of sensors is missing");
  std::vector<Sensor> sensors;
  for (const std::string_view line : lines->second) {
    if (auto one = sensor(line)) sensors.push_back(*std::move(one));
  }
  Value record;
  record["cpu_celsius"] = cpu_celsius(sensors);
  drop_doubles(sensors);
  record["sensors"] = Value::array();
  std::map<std::string, int> times;
  for (const Sensor& each : sensors) {
    std::string name = each.label.empty() ? each.chip : each.chip + " " + each.label;
    // Two of a kind, two disks say, are numbered.
    if (const int count = ++times[name]; count > 1) name += fmt::format(" #{}", count);
    record["sensors"].push_back({{"name", name},
                                 {"celsius", or_null(each.celsius)},
                                 {"high_celsius", or_null(each.high)},
                                 {"crit_celsius", or_null(each.crit)}});
  }
  return record;
}

Columns columns() {
  return {
      {"cpu", "data.cpu_celsius", Unit::celsius, Align::right, "the processor: its hottest part, `-` without a sensor",
       false, hot},
      {"sensor", "data.sensors.*.name", Unit::none, Align::left, "chip and label, or thermal zone", false},
      {"temp",
       "data.sensors.*.celsius",
       Unit::celsius,
       Align::right,
       "what it shows",
       false,
       {70, 80, "data.sensors.*.high_celsius", "data.sensors.*.crit_celsius"}},
      {"high", "data.sensors.*.high_celsius", Unit::celsius, Align::right, "above this it is warm", false},
      {"crit", "data.sensors.*.crit_celsius", Unit::celsius, Align::right, "above this the host is in danger", false},
  };
}

Metrics metrics() {
  return {
      {"temp", "cpu_celsius", "temperature of the processor's hottest part"},
      {"temp", "celsius", "temperature of a sensor", "sensors", "name", "sensor"},
  };
}

std::vector<Headline> headlines() {
  return {
      {10, {"temp", "data.temp.cpu_celsius", Unit::celsius, Align::right, "the processor's temperature", false, hot}},
  };
}

constexpr Usual usual[] = {{"cpu_celsius", "Processor temperature", "temperature", "Hottest"}};

}  // namespace
}  // namespace temp_parts

constinit const Probe temp{
    .name = "temp",
    .summary = "temperature of the processor and of every other sensor",
    .script = temp_parts::script,
    .timeout = Milliseconds(30'000),
    .parse = temp_parts::parse,
    .columns = temp_parts::columns,
    .metrics = temp_parts::metrics,
    .headlines = temp_parts::headlines,
    .usual = temp_parts::usual,
};

}  // namespace cef::probes
