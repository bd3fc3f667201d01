// NVIDIA cards through nvidia-smi, and the GPU of a Jetson through its own files in sysfs. What can be wrong is told
// apart: a card on the PCI bus without its software, software that gets no answer from the driver, no card at all.
// Source: `nvidia-smi --help-query-gpu`, nvidia-smi(1) for exit codes; on Jetsons the nvgpu driver's `load`
// (thousandths) and the thermal zone of the GPU.
#include "nvidia_smi.hpp"
#include "parts.hpp"
#include "registry.hpp"

#include <fmt/format.h>

namespace cef::probes {

namespace gpu_parts {
namespace {

// nvidia-smi of a Jetson has nearly nothing to tell: its files come first. Names may hold commas and stand last. A card
// that is lent to a virtual machine (vfio-pci) is not this host's. A driver that does not know one of the fields (2)
// answers for none of them: then each is asked for by itself. With most other exit statuses there is no driver to ask
// any more.
constexpr std::string_view script = R"(
g=; for f in /sys/devices/gpu.0/load /sys/devices/platform/gpu.0/load /sys/devices/*.g[apv]1*/load \
/sys/devices/*.gpu/load /sys/devices/platform/*.g[apv]1*/load /sys/devices/platform/*.gpu/load \
/sys/devices/platform/bus@0/*.gpu/load; do [ -r $f ] && g=$f && break; done
n=; command -v nvidia-smi >/dev/null 2>&1 && n=1
if [ -n "$g" ] || [ -z "$n" -a -r /etc/nv_tegra_release ]; then
echo =tegra=; get "$g"; say "load $v"; get /etc/nv_tegra_release; say "release $v"
get /proc/device-tree/model; say "model $v"
for z in /sys/class/thermal/thermal_zone*; do get $z/type; case $v in GPU*|gpu*) get $z/temp; say "temp $v"; break;; esac; done
else if [ -n "$n" ]; then
echo =gpus=; run nvidia-smi --query-gpu=index,uuid,driver_version,temperature.gpu,utilization.gpu,memory.used,memory.total,power.draw,power.limit,fan.speed,name --format=csv,noheader,nounits 2>&1
s=$?; echo; echo =status=; say $s
if [ $s -eq 2 ]; then for f in uuid driver_version temperature.gpu utilization.gpu memory.used memory.total power.draw power.limit fan.speed name; do
say "=field $f="; run nvidia-smi --query-gpu=index,$f --format=csv,noheader,nounits 2>/dev/null; echo; done; fi
case $s in 6|9|10|12|18|127|255) ;; *)
echo =version=; run nvidia-smi -q -d COMPUTE -i 0 2>/dev/null || run nvidia-smi -q -d COMPUTE 2>/dev/null
a=$(limit 15 nvidia-smi --query-compute-apps=gpu_uuid,pid,used_gpu_memory,process_name --format=csv,noheader,nounits)
echo; echo =processes=; say "$a"
case $a in *MIG-*) echo =list=; run nvidia-smi -L 2>/dev/null; echo;; esac
set --; while IFS=", " read -r u p x; do [ -d "/proc/$p" ] && set -- "$@" "/proc/$p"; done <<end
$a
end
echo =owners=; [ $# -eq 0 ] || stat -c "%n %U" "$@" 2>/dev/null
k=; echo =containers=; for d; do c=$(sed -n "s/.*[/-]\([0-9a-f]\{64\}\)\(\.scope\)*\$/\1/p" "$d/cgroup" 2>/dev/null | head -n 1)
[ -z "$c" ] || { k=1; say "${d##*/} $c"; }; done
if [ -n "$k" ] && command -v docker >/dev/null 2>&1; then echo =names=; limit 5 docker ps --no-trunc --format "{{.ID}} {{.Names}}"; echo; fi;; esac; fi
if [ -d /sys/bus/pci/devices ]; then echo =pci=
for d in /sys/bus/pci/devices/*; do get $d/vendor; [ "$v" = 0x10de ] || continue
get $d/class; case $v in 0x03*) [ -e /sys/bus/pci/drivers/vfio-pci/${d##*/} ] || say "${d##*/}";; esac; done; fi; fi
)";

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
    if (key == "load" && value && *value >= 0 && *value <= 1000) gpu["used_pct"] = static_cast<double>(*value) / 10;
    if (key == "temp" && value && *value >= 1000 && *value <= 250'000)
      gpu["temperature_celsius"] = static_cast<double>(*value) / 1000;
  }
  record["gpus"] = Value::array({gpu});
  record["temperature_celsius"] = most(record["gpus"], "temperature_celsius");
  record["used_pct"] = most(record["gpus"], "used_pct");
  return record;
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
  if (auto record = nvidia_cards(part); !record.is_null()) return record;
  // Without a card the software has nothing to talk to. Where the bus cannot be looked at (some containers), its word
  // that there are none is believed.
  const Lines& said = part["gpus"];
  if (pci.empty() && (bus_seen || nvidia_has_none(said))) return Value(nullptr);
  return Unexpected(Error{Code::gpu_driver_error,
                          fmt::format("nvidia-smi: {} (exit status {})", nvidia_complaint(said), status.front()), ""});
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
      {"containers", "data.gpus.*.containers", Unit::none, Align::left, "whose processes use it", false, {}, true},
      {"uuid", "data.gpus.*.uuid", Unit::none, Align::left, "unique id of the card", true},
      {"software", "data.software", Unit::none, Align::left, "nvidia-smi, or tegra for a Jetson", true},
      {"driver", "data.driver_version", Unit::none, Align::left, "driver; on a Jetson the L4T release", true},
      {"cuda", "data.cuda_version", Unit::none, Align::left, "newest CUDA version the driver can run", true},
      {"warnings", "data.warnings", Unit::none, Align::left, "what nvidia-smi warned of", true},
      {"error", "data.gpus.*.error", Unit::none, Align::left, "why nothing is known of a card", false, {}, true},
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
}  // namespace gpu_parts

constinit const Probe gpu{
    .name = "gpu",
    .summary = "NVIDIA GPUs: temperature, load, memory, power, processes",
    .script = gpu_parts::script,
    .timeout = Milliseconds(60'000),  // a driver that is not kept loaded takes seconds for each card
    .parse = gpu_parts::parse,
    .columns = gpu_parts::columns,
    .metrics = gpu_parts::metrics,
    .node_limit_s = 20,
    .headlines = gpu_parts::headlines,
    .usual = gpu_parts::usual,
};

}  // namespace cef::probes
