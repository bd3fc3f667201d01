// What a Raspberry Pi's firmware says of its power supply and of being slowed down. Other hosts are skipped.
// Source: the kernel's get_throttled file (drivers/firmware/raspberrypi.c: hexadecimal without 0x) or `vcgencmd
// get_throttled` (throttled=0x...); bits 0 to 3 are now, 16 to 19 since boot.
#include "parts.hpp"
#include "registry.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cef::probes {

namespace power_parts {
namespace {

constexpr std::string_view script = R"(
get /proc/device-tree/model; [ "$v" = - ] && get /sys/firmware/devicetree/base/model
echo =model=; say "$v"; case $v in "Raspberry Pi"*) f=; for t in /sys/devices/platform/soc*/*firmware/get_throttled; do
[ -r $t ] && f=$t && break; done
echo =throttled=; if [ -n "$f" ]; then get $f; say "throttled=$v"
elif c=$(command -v vcgencmd || command -v /opt/vc/bin/vcgencmd); then run $c get_throttled 2>&1; fi;; esac
)";

struct Flag {
  const char* name;
  unsigned bit;
};
constexpr Flag flags[] = {{"undervoltage", 0}, {"throttled", 2}, {"capped", 1}, {"soft_limit", 3}};

Result<Value> parse(std::string_view text) {
  Parts part = parts(text);
  if (!part.contains("model")) return unexpected("the host's model is missing");
  if (!part.contains("throttled")) return Value(nullptr);
  constexpr std::string_view hint =
      "it takes the file get_throttled of the Raspberry Pi's own kernel, or vcgencmd and a user of the group video";
  if (part["throttled"].empty())
    return Unexpected(Error{Code::unsupported_platform, "neither its kernel nor vcgencmd tells about the power supply",
                            std::string(hint)});
  // The loader may have said something before it.
  const auto found =
      std::ranges::find_if(part["throttled"], [](std::string_view said) { return said.starts_with("throttled="); });
  if (found == part["throttled"].end())
    return Unexpected(Error{Code::unsupported_platform,
                            fmt::format("vcgencmd: {}", part["throttled"].front().substr(0, 120)), std::string(hint)});
  std::string_view line = found->substr(10);
  if (line.starts_with("0x")) line.remove_prefix(2);
  std::uint32_t bits = 0;
  const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), bits, 16);
  if (line.empty() || error != std::errc() || end != line.data() + line.size())
    return unexpected_line("get_throttled", *found);
  Value record;
  for (const auto& [name, bit] : flags)
    record[name] = {{"now", (bits >> bit & 1) != 0}, {"since_boot", (bits >> (bit + 16) & 1) != 0}};
  return record;
}

Columns columns() {
  return {
      {"undervoltage", "data.undervoltage.now", Unit::none, Align::left, "less than 4.63 V now", false, bad_if_true},
      {"since_boot", "data.undervoltage.since_boot", Unit::none, Align::left, "undervoltage at any time since boot",
       false, noted_if_true},
      {"throttled", "data.throttled.now", Unit::none, Align::left, "slowed down now", false, bad_if_true},
      {"was_throttled", "data.throttled.since_boot", Unit::none, Align::left, "at any time since boot", false,
       noted_if_true},
      {"capped", "data.capped.now", Unit::none, Align::left, "clock rate limited now", false, bad_if_true},
      {"was_capped", "data.capped.since_boot", Unit::none, Align::left, "at any time since boot", true, noted_if_true},
      {"soft_limit", "data.soft_limit.now", Unit::none, Align::left, "soft temperature limit reached now", true,
       bad_if_true},
      {"was_soft_limit", "data.soft_limit.since_boot", Unit::none, Align::left, "at any time since boot", true,
       noted_if_true},
  };
}

Metrics metrics() {
  return {
      {"power", "undervoltage.now", "supply voltage too low now"},
      {"power", "undervoltage.since_boot", "supply voltage too low since boot"},
      {"power", "throttled.now", "processor throttled now"},
      {"power", "throttled.since_boot", "processor throttled since boot"},
      {"power", "capped.now", "processor frequency capped now"},
      {"power", "capped.since_boot", "processor frequency capped since boot"},
      {"power", "soft_limit.now", "soft temperature limit reached now"},
      {"power", "soft_limit.since_boot", "soft temperature limit reached since boot"},
  };
}

std::vector<Headline> headlines() {
  return {
      {80,
       {"undervoltage", "data.power.undervoltage.since_boot", Unit::none, Align::left, "since boot, Raspberry Pi", true,
        noted_if_true}},
      {90,
       {"throttled", "data.power.throttled.since_boot", Unit::none, Align::left, "since boot, Raspberry Pi", true,
        noted_if_true}},
  };
}

}  // namespace
}  // namespace power_parts

constinit const Probe power{
    .name = "power",
    .summary = "Raspberry Pi: under-voltage and throttling, now and since boot",
    .script = power_parts::script,
    .timeout = Milliseconds(30'000),
    .parse = power_parts::parse,
    .columns = power_parts::columns,
    .metrics = power_parts::metrics,
    .headlines = power_parts::headlines,
};

}  // namespace cef::probes
