// Memory and swap. Source: /proc/meminfo (proc(5)), where "kB" means 1024 bytes.
#include "parts.hpp"
#include "registry.hpp"

#include <algorithm>

namespace cef::probes {

namespace mem_parts {
namespace {

constexpr std::string_view script = "echo =meminfo=; cat /proc/meminfo";

using Sizes = std::map<std::string_view, std::int64_t>;  // bytes

std::optional<std::int64_t> size(const Sizes& sizes, std::string_view name) {
  const auto found = sizes.find(name);
  return found == sizes.end() ? std::nullopt : std::optional(found->second);
}

// Kernels before 3.14 do not say what is available. As `free` did then: what is free, and the cache, less the part of
// it that is in use (Shmem, which counts as cached), and what the kernel can give back of its own.
std::optional<std::int64_t> available(const Sizes& sizes) {
  if (const auto said = size(sizes, "MemAvailable")) return said;
  const auto free = size(sizes, "MemFree"), cached = size(sizes, "Cached");
  if (!free || !cached) return std::nullopt;
  const auto shared = size(sizes, "Shmem").value_or(0), own = size(sizes, "SReclaimable").value_or(0);
  return *free + size(sizes, "Buffers").value_or(0) + std::max<std::int64_t>(*cached - shared, 0) + own;
}

Result<Value> parse(std::string_view text) {
  Sizes sizes;
  Parts part = parts(text);
  for (std::string_view line : part["meminfo"]) {
    const std::string_view name = take_word(line);
    const auto value = integer(take_word(line));
    constexpr std::int64_t most = std::int64_t{1} << 50;
    // The few lines in other units (HugePages_Total) are not of interest.
    if (value && *value >= 0 && *value < most && line == "kB" && name.ends_with(':'))
      sizes[name.substr(0, name.size() - 1)] = *value * 1024;
  }
  const auto total = size(sizes, "MemTotal");
  if (!total || *total <= 0) return unexpected("/proc/meminfo does not say how much memory there is");
  const auto free = available(sizes);
  const auto used = free ? std::optional(std::max<std::int64_t>(*total - *free, 0)) : std::nullopt;
  Value record;
  record["total_bytes"] = *total;
  record["available_bytes"] = or_null(free);
  record["used_bytes"] = or_null(used);
  record["used_pct"] =
      used ? Value(rounded(100 * static_cast<double>(*used) / static_cast<double>(*total), 1)) : Value(nullptr);
  const auto swap = size(sizes, "SwapTotal"), swap_free = size(sizes, "SwapFree");
  const bool has_swap = swap && *swap > 0;
  record["swap_total_bytes"] = has_swap ? Value(*swap) : Value(nullptr);
  record["swap_used_bytes"] =
      has_swap && swap_free ? Value(std::max<std::int64_t>(*swap - *swap_free, 0)) : Value(nullptr);
  return record;
}

Columns columns() {
  return {
      {"total", "data.total_bytes", Unit::bytes, Align::right, "memory the kernel has", false},
      {"used", "data.used_bytes", Unit::bytes, Align::right, "all but what is available", false},
      {"available", "data.available_bytes", Unit::bytes, Align::right, "what programs can have without swapping",
       false},
      {"used%", "data.used_pct", Unit::percent, Align::right, "part of the memory that is used", false, full},
      {"swap", "data.swap_total_bytes", Unit::bytes, Align::right, "swap space, `-` without any", false},
      {"swap_used", "data.swap_used_bytes", Unit::bytes, Align::right, "swap space in use", false},
  };
}

Metrics metrics() {
  return {
      {"mem", "total_bytes", "memory"},
      {"mem", "available_bytes", "memory that can be had without swapping"},
      {"mem", "used_bytes", "memory that cannot be had without swapping"},
      {"mem", "used_pct", "memory that cannot be had without swapping"},
      {"mem", "swap_total_bytes", "swap space"},
      {"mem", "swap_used_bytes", "swap space in use"},
  };
}

std::vector<Headline> headlines() {
  return {
      {40, {"mem", "data.mem.used_pct", Unit::percent, Align::right, "memory used", false, full}},
  };
}

constexpr Usual usual[] = {{"used_pct", "Memory used", "memory", "Fullest memory"}};

}  // namespace
}  // namespace mem_parts

constinit const Probe mem{
    .name = "mem",
    .summary = "memory and swap: how much there is and how much is used",
    .script = mem_parts::script,
    .timeout = Milliseconds(30'000),
    .parse = mem_parts::parse,
    .columns = mem_parts::columns,
    .metrics = mem_parts::metrics,
    .headlines = mem_parts::headlines,
    .usual = mem_parts::usual,
};

}  // namespace cef::probes
