// NVIDIA cards through nvidia-smi, and the GPU of a Jetson through its own files in sysfs. What can be wrong is told
// apart: a card on the PCI bus without its software, software that gets no answer from the driver, no card at all.
// Source: `nvidia-smi --help-query-gpu`, nvidia-smi(1) for exit codes; on Jetsons the nvgpu driver's `load`
// (thousandths) and the thermal zone of the GPU.
#include "parts.hpp"
#include "registry.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::probes {

namespace {

// nvidia-smi of a Jetson has nearly nothing to tell: its files come first. Names may hold commas and stand last. A card
// that is lent to a virtual machine (vfio-pci) is not this host's.
constexpr std::string_view script = R"(
g=; for f in /sys/devices/gpu.0/load /sys/devices/platform/gpu.0/load /sys/devices/*.g[apv]1*/load \
/sys/devices/*.gpu/load /sys/devices/platform/*.g[apv]1*/load /sys/devices/platform/*.gpu/load \
/sys/devices/platform/bus@0/*.gpu/load; do [ -r $f ] && g=$f && break; done
n=; command -v nvidia-smi >/dev/null 2>&1 && n=1
if [ -n "$g" ] || [ -z "$n" -a -r /etc/nv_tegra_release ]; then
echo =tegra=; get "$g"; echo "load $v"; get /etc/nv_tegra_release; echo "release $v"
get /proc/device-tree/model; echo "model $v"
for z in /sys/class/thermal/thermal_zone*; do get $z/type; case $v in GPU*|gpu*) get $z/temp; echo "temp $v"; break;; esac; done
else if [ -n "$n" ]; then
echo =gpus=; run nvidia-smi --query-gpu=index,uuid,driver_version,temperature.gpu,utilization.gpu,memory.used,memory.total,power.draw,power.limit,fan.speed,name --format=csv,noheader,nounits 2>&1
s=$?; echo; echo =status=; echo $s
if [ $s -eq 0 ]; then
echo =version=; run nvidia-smi -q -d COMPUTE -i 0 2>/dev/null
a=$(nvidia-smi --query-compute-apps=gpu_uuid,pid,used_gpu_memory,process_name --format=csv,noheader,nounits 2>/dev/null)
echo; echo =processes=; echo "$a"
set --; while IFS=", " read -r u p x; do [ -d "/proc/$p" ] && set -- "$@" "/proc/$p"; done <<end
$a
end
echo =owners=; [ $# -eq 0 ] || stat -c "%n %U" "$@" 2>/dev/null
fi; fi
if [ -d /sys/bus/pci/devices ]; then echo =pci=
for d in /sys/bus/pci/devices/*; do get $d/vendor; [ "$v" = 0x10de ] || continue
get $d/class; case $v in 0x03*) [ -e /sys/bus/pci/drivers/vfio-pci/${d##*/} ] || echo "${d##*/}";; esac; done; fi; fi
)";

constexpr std::int64_t mebibyte = 1 << 20;

// `[N/A]`, `[Not Supported]`, `[Insufficient Permissions]`, `[Unknown Error]`, `ERR!`, ...: not there.
bool is_missing(std::string_view text) {
  return text.empty() || text.starts_with('[') || text == "N/A" || text == "ERR!" || text == "-";
}

// Nothing for a missing value; an error for one that is neither that nor a number in its range.
Result<std::optional<double>> field(std::string_view text, double least, double most, std::string_view line) {
  if (is_missing(text)) return std::optional<double>();
  const auto value = number(text);
  if (!value || *value < least || *value > most) return unexpected_line("nvidia-smi", line);
  return value;
}

// The first fields of a line of values with ", " between them, and the rest of it.
std::optional<Lines> fields(std::string_view line, std::size_t count) {
  Lines found;
  while (found.size() + 1 < count) {
    const auto comma = line.find(',');
    if (comma == std::string_view::npos) return std::nullopt;
    found.push_back(trim(line.substr(0, comma)));
    line.remove_prefix(comma + 1);
  }
  found.push_back(trim(line));
  return found;
}

Value bytes_of(const std::optional<double>& mib) {
  return mib ? Value(static_cast<std::int64_t>(*mib) * mebibyte) : Value(nullptr);
}

Result<Value> card(std::string_view line) {
  const auto text = fields(line, 11);
  const auto index = text ? integer((*text)[0]) : std::nullopt;
  if (!index) return unexpected_line("nvidia-smi", line);
  std::optional<double> values[7];
  constexpr double most[] = {250, 100, 1e9, 1e9, 1e5, 1e5, 1000};  // a fan may run at more than 100 %
  for (std::size_t i = 0; i < std::size(values); ++i) {
    const auto value = field((*text)[i + 3], i == 0 ? -60 : 0, most[i], line);  // only a temperature can be negative
    if (!value) return Unexpected(value.error());
    values[i] = *value;
  }
  return Value{{"index", *index},
               {"name", is_missing(text->back()) ? Value(nullptr) : Value(std::string(text->back()))},
               {"uuid", is_missing((*text)[1]) ? Value(nullptr) : Value(std::string((*text)[1]))},
               {"temperature_celsius", or_null(values[0])},
               {"used_pct", or_null(values[1])},
               {"memory_used_bytes", bytes_of(values[2])},
               {"memory_total_bytes", bytes_of(values[3])},
               {"power_w", or_null(values[4])},
               {"power_limit_w", or_null(values[5])},
               {"fan_pct", or_null(values[6])},
               {"processes", Value::array()}};
}

Value owner(const Lines& owners, std::int64_t pid) {
  for (std::string_view line : owners) {
    const std::string_view path = take_word(line);
    if (path == fmt::format("/proc/{}", pid)) return line == "UNKNOWN" ? Value(nullptr) : text_or_null(line);
  }
  return nullptr;
}

// Each process under its card. One on a part of a card (MIG) may be given with the part's own id.
Result<void> add_processes(Value& record, const Lines& lines, const Lines& owners) {
  for (const std::string_view line : lines) {
    if (line.starts_with("No running processes") || line.starts_with('[')) continue;
    const auto text = fields(line, 4);
    const auto pid = text ? integer((*text)[1]) : std::nullopt;
    if (!pid) return unexpected_line("nvidia-smi's list of processes", line);
    const auto memory = field((*text)[2], 0, 1e9, line);
    if (!memory) return Unexpected(memory.error());
    Value process{{"pid", *pid},
                  {"user", owner(owners, *pid)},
                  {"name", is_missing((*text)[3]) ? Value(nullptr) : Value(std::string((*text)[3]))},
                  {"memory_bytes", bytes_of(*memory)}};
    Value& gpus = record["gpus"];
    const auto its = std::ranges::find_if(gpus, [&](const Value& gpu) { return gpu["uuid"] == (*text)[0]; });
    if (its != gpus.end())
      (*its)["processes"].push_back(std::move(process));
    else if (gpus.size() == 1)
      gpus[0]["processes"].push_back(std::move(process));
    else
      record["other_processes"].push_back(std::move(process));
  }
  return {};
}

Value most(const Value& gpus, const char* key) {
  Value found;
  for (const Value& gpu : gpus)
    if (gpu[key].is_number() && (found.is_null() || gpu[key] > found)) found = gpu[key];
  return found;
}

// The worst of all cards, for one line a host.
void add_worst(Value& record) {
  record["temperature_celsius"] = most(record["gpus"], "temperature_celsius");
  record["used_pct"] = most(record["gpus"], "used_pct");
}

Value cuda_version(const Lines& lines) {
  for (const std::string_view line : lines)
    if (const auto colon = line.find(':');
        colon != std::string_view::npos && trim(line.substr(0, colon)) == "CUDA Version")
      if (const auto version = trim(line.substr(colon + 1)); !is_missing(version)) return std::string(version);
  return nullptr;
}

Result<Value> cards(const Lines& lines, Parts& part) {
  Value record{
      {"software", "nvidia-smi"}, {"driver_version", nullptr}, {"cuda_version", cuda_version(part["version"])}};
  record["gpus"] = Value::array();
  for (const std::string_view line : lines) {
    auto one = card(line);
    if (!one) return one;
    if (const auto driver = (*fields(line, 11))[2]; !is_missing(driver)) record["driver_version"] = std::string(driver);
    record["gpus"].push_back(*std::move(one));
  }
  if (const auto added = add_processes(record, part["processes"], part["owners"]); !added)
    return Unexpected(added.error());
  add_worst(record);
  return record;
}

// `# R35 (release), REVISION: 4.1, GCID: ...`: release 35.4.1.
Value l4t_release(std::string_view line) {
  const auto major = line.find("# R"), minor = line.find("REVISION: ");
  if (major == std::string_view::npos || minor == std::string_view::npos) return nullptr;
  const auto until = [](std::string_view text, std::string_view ends) {
    return text.substr(0, text.find_first_of(ends));
  };
  return fmt::format("{}.{}", until(line.substr(major + 3), " ("), until(line.substr(minor + 10), ", "));
}

Result<Value> tegra(const Lines& lines) {
  Value gpu{{"index", 0},
            {"name", nullptr},
            {"uuid", nullptr},
            {"temperature_celsius", nullptr},
            {"used_pct", nullptr},
            {"memory_used_bytes", nullptr},  // its memory is the host's
            {"memory_total_bytes", nullptr},
            {"power_w", nullptr},
            {"power_limit_w", nullptr},
            {"fan_pct", nullptr},
            {"processes", Value::array()}};
  Value record{{"software", "tegra"}, {"driver_version", nullptr}, {"cuda_version", nullptr}};
  for (std::string_view line : lines) {
    const std::string_view key = take_word(line);
    if (is_missing(line)) continue;
    if (key == "release") record["driver_version"] = l4t_release(line);
    if (key == "model") gpu["name"] = std::string(line);
    const auto value = integer(line);
    if (key == "load" && value && *value >= 0 && *value <= 1000)
      gpu["used_pct"] = static_cast<double>(*value) / 10;
    else if (key == "load")
      return unexpected_line("the GPU's load file", line);
    if (key == "temp" && value && *value >= 1000 && *value <= 250'000)
      gpu["temperature_celsius"] = static_cast<double>(*value) / 1000;
  }
  record["gpus"] = Value::array({gpu});
  add_worst(record);
  return record;
}

std::string one_line(const Lines& lines) {
  if (lines.empty()) return "it printed nothing";
  std::string text(lines.front().substr(0, 200));
  while (!text.empty() && (text.back() == '.' || text.back() == ' ')) text.pop_back();
  return text;
}

Result<Value> parse(std::string_view text) {
  Parts part = parts(text);
  if (part.contains("tegra")) return tegra(part["tegra"]);
  const bool bus_seen = part.contains("pci");
  const Lines& pci = part["pci"];
  if (!part.contains("gpus")) {
    if (pci.empty()) return Value(nullptr);
    return Unexpected(
        Error{Code::gpu_software_missing,
              fmt::format("an NVIDIA device is on the PCI bus ({}), but nvidia-smi is not there", pci.front()), ""});
  }
  const Lines status = part["status"];
  if (status.empty() || !integer(status.front())) return unexpected("nvidia-smi's exit status is missing");
  const Lines& gpus = part["gpus"];
  const bool none = !gpus.empty() && gpus.front().starts_with("No devices");
  // One card of several that is lost: the others follow, and the exit status may be 0.
  const auto lost = std::ranges::find_if(
      gpus, [](std::string_view line) { return line.starts_with("Unable to determine the device handle"); });
  if (status.front() == "0" && !none && !gpus.empty() && lost == gpus.end()) return cards(gpus, part);
  // Without a card the software has nothing to talk to. Where the bus cannot be looked at (some containers), its word
  // that there are none is believed.
  if (pci.empty() && (bus_seen || none)) return Value(nullptr);
  return Unexpected(Error{Code::gpu_driver_error,
                          fmt::format("nvidia-smi: {} (exit status {})",
                                      one_line(lost == gpus.end() ? gpus : Lines{*lost}), status.front()),
                          ""});
}

Columns columns() {
  return {
      {"gpu", "data.gpus.*.index", Unit::none, Align::right, "number of the card", false},
      {"name", "data.gpus.*.name", Unit::none, Align::left, "model", false},
      {"temp", "data.gpus.*.temperature_celsius", Unit::celsius, Align::right, "of the card", false, hot},
      {"used%", "data.gpus.*.used_pct", Unit::percent, Align::right, "time in which it computed", false},
      {"mem_used", "data.gpus.*.memory_used_bytes", Unit::bytes, Align::right, "its memory in use", false},
      {"mem_total", "data.gpus.*.memory_total_bytes", Unit::bytes, Align::right, "its memory", true},
      {"power", "data.gpus.*.power_w", Unit::watts, Align::right, "drawn now", false},
      {"power_limit", "data.gpus.*.power_limit_w", Unit::watts, Align::right, "drawn at most", true},
      {"fan", "data.gpus.*.fan_pct", Unit::percent, Align::right, "fan, of its full speed", true},
      {"uuid", "data.gpus.*.uuid", Unit::none, Align::left, "unique id of the card", true},
      {"software", "data.software", Unit::none, Align::left, "nvidia-smi, or tegra for a Jetson", true},
      {"driver", "data.driver_version", Unit::none, Align::left, "driver; on a Jetson the L4T release", true},
      {"cuda", "data.cuda_version", Unit::none, Align::left, "newest CUDA version the driver can run", true},
  };
}

Metrics metrics() {
  return {
      {"gpu", "temperature_celsius", "temperature of the hottest GPU", "", "", "", Metric::Kind::worst},
      {"gpu", "used_pct", "time in which the busiest GPU worked", "", "", "", Metric::Kind::worst},
      {"gpu", "temperature_celsius", "temperature of a GPU", "gpus", "index", "gpu"},
      {"gpu", "used_pct", "time in which a GPU worked", "gpus", "index", "gpu"},
      {"gpu", "memory_used_bytes", "memory of a GPU in use", "gpus", "index", "gpu"},
      {"gpu", "memory_total_bytes", "memory of a GPU", "gpus", "index", "gpu"},
      {"gpu", "power_w", "power a GPU draws", "gpus", "index", "gpu"},
      {"gpu", "power_limit_w", "power a GPU may draw", "gpus", "index", "gpu"},
      {"gpu", "fan_pct", "speed of a fan of a GPU, of its highest", "gpus", "index", "gpu"},
  };
}

std::vector<Headline> headlines() {
  return {
      {60, {"gpu", "data.gpu.used_pct", Unit::percent, Align::right, "the busiest GPU", false}},
      {70, {"gpu_temp", "data.gpu.temperature_celsius", Unit::celsius, Align::right, "the hottest GPU", false, hot}},
  };
}

constexpr Usual usual[] = {{"temperature_celsius", "GPU temperature", "GPU temp.", "Hottest GPU", false},
                           {"used_pct", "GPU time used", "GPU", "Busiest GPU", false}};

}  // namespace

constinit const Probe gpu{
    .name = "gpu",
    .summary = "NVIDIA GPUs: temperature, load, memory, power, processes",
    .script = script,
    .timeout = Milliseconds(60'000),  // a driver that is not kept loaded takes seconds for each card
    .parse = parse,
    .columns = columns,
    .metrics = metrics,
    .node_limit_s = 20,
    .headlines = headlines,
    .usual = usual,
};

}  // namespace cef::probes
