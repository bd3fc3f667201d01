// The processor: what it is, and how busy. Source: /proc/cpuinfo, /proc/stat, /proc/loadavg (proc(5)); sysfs for the
// highest clock rate and, on ARM, where cpuinfo does not tell, for the cores.
#include "arm_cores.hpp"
#include "parts.hpp"
#include "registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace cef::probes {

namespace cpu_parts {
namespace {

// To be noticed, but no fault: it is there to be used.
constexpr Levels busy{90, {}};

// Not the whole of cpuinfo: a server with many threads has some 200 KiB of it. What a line is called depends on the
// architecture: the kernel's show_cpuinfo() of each.
constexpr std::string_view script = R"(
echo =cpuinfo=
c=$(grep -iE "^(processor|# processors|hart|model name|vendor|vendor_id|physical id|core id|package|core|cpu implementer|cpu part|cpu model|cpu type|cpu family|cpu-family|cpu|uarch|mvendorid|family|model|n?cpus active|cpu count|chip type|c-sky cpu model)( ?\[?[0-9]+\]?)?[[:space:]]*:" /proc/cpuinfo 2>/dev/null)
say "$c"
echo =stat=; n=0; { while read -r k x; do case $k in cpu) ;; cpu[0-9]*) n=$((n+1));; *) break;; esac; done </proc/stat; } 2>/dev/null
say $n
echo =board=; get /proc/device-tree/model; say "$v"
echo =topology=; case $c in *"physical id"*|*package*) ;; *)
for t in /sys/devices/system/cpu/cpu[0-9]*/topology; do [ -d $t ] || continue
get $t/physical_package_id; p=$v; get $t/core_id; say "$p $v"; done;; esac
echo =max_khz=; for f in /sys/devices/system/cpu/cpufreq/policy*/cpuinfo_max_freq; do
[ -r $f ] || f=/sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq
get $f; say "$v"; done
echo =load=; get /proc/loadavg; say "$v"
)";
constexpr std::string_view sample = R"(get /proc/stat; say "$v")";

struct CpuInfo {
  std::optional<std::int64_t> threads;
  std::map<std::string_view, std::string_view> said;               // the first value of each key
  std::vector<std::pair<std::string_view, std::string_view>> arm;  // implementer and part, each kind of core once
  std::set<std::string_view> sockets;
  std::set<std::pair<std::string_view, std::string_view>> cores;  // socket and core
};

std::string_view value_of(const CpuInfo& info, std::string_view key) {
  const auto found = info.said.find(key);
  return found == info.said.end() ? std::string_view() : found->second;
}

// A third of all architectures has no line `processor : 0` for each: there the kernel's count of /proc/stat is asked,
// and only where that is not to be seen, what cpuinfo says of itself.
std::optional<std::int64_t> threads(const CpuInfo& info, const Lines& stat, std::int64_t lines, std::int64_t others) {
  constexpr std::int64_t most = 1 << 20;
  if (lines > 0) return lines;
  if (const auto count = stat.empty() ? std::nullopt : integer(stat.front()); count && *count > 0 && *count <= most)
    return count;
  for (const std::string_view key : {"ncpus active", "cpus active", "# processors", "CPU count", "cpu count"})
    if (const auto count = integer(value_of(info, key)); count && *count > 0 && *count <= most) return count;
  return others > 0 ? std::optional(others) : std::nullopt;
}

CpuInfo read(const Lines& lines, const Lines& stat) {
  CpuInfo info;
  std::string_view implementer, socket;
  std::int64_t processors = 0, others = 0;
  for (const std::string_view line : lines) {
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, colon)), value = trim(line.substr(colon + 1));
    info.said.emplace(key, value);
    if (key == "processor") ++processors;
    if (key == "hart" || key.starts_with("processor ")) ++others;  // old RISC-V; `processor 0: version = FF, ...`
    if (key == "CPU implementer") implementer = value;
    if (key == "CPU part" && std::ranges::find(info.arm, std::pair(implementer, value)) == info.arm.end())
      info.arm.emplace_back(implementer, value);
    if (key == "physical id" || key == "package") info.sockets.insert(socket = value);
    if (key == "core id" || key == "core") info.cores.emplace(socket, value);
  }
  info.threads = threads(info, stat, processors, others);
  return info;
}

bool has_letter(std::string_view text) {
  return std::ranges::any_of(text, [](unsigned char c) { return std::isalpha(c) != 0; });
}

// 64-bit ARM kernels give no model name, and 32-bit ones the architecture (ARMv7 Processor): the part number is better.
// On PA-RISC `model name` is the computer. RISC-V may tell nothing but its board.
Value model(const CpuInfo& info, const Lines& board) {
  std::string names;
  for (const auto& [implementer, part] : info.arm)
    if (const auto name = arm_core(implementer, part); !name.empty())
      names += (names.empty() ? "" : " + ") + std::string(name);
  if (!names.empty()) return names;
  if (value_of(info, "cpu family").starts_with("PA-RISC"))
    if (const auto name = value_of(info, "cpu"); !name.empty()) return std::string(name);
  for (const std::string_view key : {"model name", "Model Name", "cpu model", "C-SKY CPU model", "uarch", "cpu type",
                                     "chip type", "cpu", "CPU", "Processor", "processor [0]"})
    if (const auto name = value_of(info, key); !name.empty()) return std::string(name);
  if (!info.arm.empty()) return fmt::format("{} part {}", info.arm.front().first, info.arm.front().second);
  for (const std::string_view key : {"model", "family", "cpu family", "CPU Family", "CPU-Family"})  // often numbers
    if (const auto name = value_of(info, key); has_letter(name)) return std::string(name);
  return board.empty() || board.front() == "-" ? Value(nullptr) : Value(std::string(board.front()));
}

Value vendor(const CpuInfo& info) {
  for (const std::string_view key : {"vendor_id", "vendor"})
    if (const auto id = value_of(info, key); !id.empty()) return std::string(id);
  for (const std::string_view key : {"Model Name", "model name", "cpu model", "CPU Family"})
    if (value_of(info, key).find("Loongson") != std::string_view::npos) return "Loongson";
  // JEDEC's numbers, as RISC-V has them in mvendorid.
  constexpr std::pair<std::string_view, std::string_view> riscv[] = {
      {"0x489", "SiFive"}, {"0x5b7", "T-Head"}, {"0x710", "SpacemiT"}, {"0x31e", "Andes"}};
  for (const auto& [number, name] : riscv)
    if (value_of(info, "mvendorid") == number) return name;
  return info.arm.empty() ? Value(nullptr) : text_or_null(arm_vendor(info.arm.front().first));
}

struct Topology {
  std::optional<std::int64_t> sockets, cores;
};

Topology topology(const CpuInfo& info, const Lines& from_sysfs) {
  if (!info.sockets.empty() && !info.cores.empty())
    return {static_cast<std::int64_t>(info.sockets.size()), static_cast<std::int64_t>(info.cores.size())};
  std::set<std::string_view> packages;
  std::set<std::pair<std::string_view, std::string_view>> cores;
  for (std::string_view line : from_sysfs) {
    const std::string_view package = take_word(line);
    if (integer(package).value_or(-1) < 0 || integer(line).value_or(-1) < 0) return {};  // -1 is "not known"
    packages.insert(package);
    cores.emplace(package, line);
  }
  // Processors that are switched off are missing in one of the two.
  if (from_sysfs.empty() || static_cast<std::int64_t>(from_sysfs.size()) != info.threads) return {};
  // Kernels before 5.x call each cluster of cores a package: two of them may be one socket or two.
  return {packages.size() == 1 ? std::optional<std::int64_t>(1) : std::nullopt, cores.size()};
}

Value max_mhz(const Lines& lines) {
  std::int64_t most = 0;
  for (const std::string_view line : lines) most = std::max(most, integer(line).value_or(0));
  return most > 0 ? Value(most / 1000) : Value(nullptr);
}

struct Ticks {
  std::int64_t all = 0, idle = 0;
};

// user nice system idle iowait irq softirq steal; the guests' time that may follow is in user's already.
std::optional<Ticks> ticks(const Lines& lines) {
  if (lines.empty() || !lines.front().starts_with("cpu ")) return std::nullopt;
  const Lines fields = words(lines.front());
  if (fields.size() < 5) return std::nullopt;
  Ticks sum;
  for (std::size_t i = 1; i < std::min<std::size_t>(fields.size(), 9); ++i) {
    const auto value = integer(fields[i]);
    constexpr std::int64_t most = std::int64_t{1} << 58;
    if (!value || *value < 0 || *value > most) return std::nullopt;
    sum.all += *value;
    if (i == 4 || i == 5) sum.idle += *value;
  }
  return sum;
}

Value used_pct(const Lines& first, const Lines& second) {
  const auto before = ticks(first), after = ticks(second);
  if (!before || !after || after->all <= before->all) return nullptr;
  const double all = static_cast<double>(after->all - before->all);
  const double idle = static_cast<double>(after->idle - before->idle);
  return rounded(std::clamp(100 * (1 - idle / all), 0.0, 100.0), 1);
}

Result<Value> parse(std::string_view text) {
  Parts part = parts(text);
  const CpuInfo info = read(part["cpuinfo"], part["stat"]);
  const Topology found = topology(info, part["topology"]);
  const Lines load = part["load"].empty() ? Lines{} : words(part["load"].front());
  const auto average = [&](std::size_t i) { return or_null(i < load.size() ? number(load[i]) : std::nullopt); };
  Value record;
  record["model"] = model(info, part["board"]);
  record["vendor"] = vendor(info);
  record["sockets"] = or_null(found.sockets);
  record["cores"] = or_null(found.cores);
  record["threads"] = or_null(info.threads);
  record["max_mhz"] = max_mhz(part["max_khz"]);
  record["load1"] = average(0);
  record["load5"] = average(1);
  record["load15"] = average(2);
  record["used_pct"] = used_pct(part["first"], part["second"]);
  if (!info.threads && record["load1"].is_null() && record["used_pct"].is_null())
    return unexpected("/proc/cpuinfo names no processor, and /proc/stat and /proc/loadavg say nothing");
  return record;
}

Columns columns() {
  return {
      {"model", "data.model", Unit::none, Align::left, "processor, or its kinds of cores", false},
      {"vendor", "data.vendor", Unit::none, Align::left, "who made or designed it", true},
      {"sockets", "data.sockets", Unit::none, Align::right, "processors", true},
      {"cores", "data.cores", Unit::none, Align::right, "cores of all of them", true},
      {"threads", "data.threads", Unit::none, Align::right, "what the kernel can run at the same time", false},
      {"max_mhz", "data.max_mhz", Unit::none, Align::right, "highest clock rate, MHz", false},
      {"load1", "data.load1", Unit::none, Align::right, "processes that want to run, mean of a minute", false},
      {"load5", "data.load5", Unit::none, Align::right, "of five minutes", false},
      {"load15", "data.load15", Unit::none, Align::right, "of fifteen minutes", true},
      {"used%", "data.used_pct", Unit::percent, Align::right, "time not idle, all processors, over half a second",
       false, busy},
  };
}

Metrics metrics() {
  return {
      {"cpu", "load1", "processes that want to run, mean of a minute"},
      {"cpu", "load5", "processes that want to run, mean of five minutes"},
      {"cpu", "load15", "processes that want to run, mean of a quarter of an hour"},
      {"cpu", "used_pct", "processor time not idle"},
      {"cpu", "threads", "processors the system sees"},
  };
}

std::vector<Headline> headlines() {
  return {
      {20, {"load", "data.cpu.load1", Unit::none, Align::right, "processes that want to run, mean of a minute", false}},
      {30, {"cpu", "data.cpu.used_pct", Unit::percent, Align::right, "processor time not idle", false, busy}},
  };
}

constexpr Usual usual[] = {{"used_pct", "Processor time used", "processor", "Busiest"}};

}  // namespace
}  // namespace cpu_parts

constinit const Probe cpu{
    .name = "cpu",
    .summary = "processor, load, and how busy it is right now",
    .script = cpu_parts::script,
    .sample = cpu_parts::sample,
    .timeout = Milliseconds(30'000),
    .parse = cpu_parts::parse,
    .columns = cpu_parts::columns,
    .metrics = cpu_parts::metrics,
    .headlines = cpu_parts::headlines,
    .usual = cpu_parts::usual,
};

}  // namespace cef::probes
