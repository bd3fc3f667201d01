// Rates of the network interfaces now, from two readings of the kernel's counters. Left out: the loopback, the hosts'
// ends of containers' links (veth), and virtual interfaces that never carried anything.
// Source: /proc/net/dev, which shows the caller's own network namespace; /proc/uptime, in hundredths of a second: the
// rates are right to some 2 %.
#include "parts.hpp"
#include "registry.hpp"

namespace cef::probes {

namespace net_parts {
namespace {

constexpr std::string_view script = R"(
echo =interfaces=; for i in /sys/class/net/*; do [ -e $i/type ] || continue
d=virtual; [ -e $i/device ] && d=device; get $i/speed; say "${i##*/} $d $v"; done
)";
constexpr std::string_view sample = R"(get /proc/uptime; say "uptime ${v%% *}"; cat /proc/net/dev)";

struct Counters {
  std::string_view name;
  std::int64_t rx = 0, tx = 0;  // bytes
};

struct Sample {
  std::optional<double> uptime;  // seconds
  std::vector<Counters> interfaces;
  std::string_view strange;  // a line that is not understood
};

// `  eth0: rx_bytes packets errs drop fifo frame compressed multicast tx_bytes ...`, on old kernels with no blank after
// the colon.
Sample read(const Lines& lines) {
  Sample taken;
  for (std::string_view line : lines) {
    if (line.starts_with("uptime ")) {
      taken.uptime = number(line.substr(7));
      continue;
    }
    if (line.find('|') != std::string_view::npos) continue;  // the header
    const auto colon = line.find(':');
    const Lines fields = colon == std::string_view::npos ? Lines{} : words(line.substr(colon + 1));
    const auto rx = fields.size() < 9 ? std::nullopt : integer(fields[0]);
    const auto tx = fields.size() < 9 ? std::nullopt : integer(fields[8]);
    if (!rx || !tx || *rx < 0 || *tx < 0) {
      taken.strange = line;
      continue;
    }
    taken.interfaces.push_back({trim(line.substr(0, colon)), *rx, *tx});
  }
  return taken;
}

struct Link {
  bool is_virtual = true;
  Value speed = nullptr;
};

Link link_of(const Lines& lines, std::string_view name) {
  for (const std::string_view line : lines) {
    const Lines fields = words(line);
    if (fields.size() != 3 || fields[0] != name) continue;
    const auto speed = integer(fields[2]);
    // "Unknown" is -1, in drivers that know no sign 65535 or 2^32 - 1.
    const bool known = speed && *speed > 0 && *speed != 65535 && *speed < 10'000'000;
    return {fields[1] != "device", known ? Value(*speed) : Value(nullptr)};
  }
  return {};
}

// Null when the counter was set back in between.
Value rate(std::int64_t before, std::int64_t after, double seconds) {
  if (after < before || seconds <= 0) return nullptr;
  return rounded(static_cast<double>(after - before) * 8 / 1e6 / seconds, 3);
}

Result<Value> parse(std::string_view text) {
  Parts part = parts(text);
  const Sample first = read(part["first"]), second = read(part["second"]);
  if (second.interfaces.empty() && !second.strange.empty()) return unexpected_line("/proc/net/dev", second.strange);
  if (second.interfaces.empty()) return unexpected("/proc/net/dev names no interface");
  const double seconds = first.uptime && second.uptime ? *second.uptime - *first.uptime : 0;
  Value record;
  record["interfaces"] = Value::array();
  for (const Counters& now : second.interfaces) {
    const Link link = link_of(part["interfaces"], now.name);
    if (now.name == "lo" || now.name.starts_with("veth")) continue;
    if (link.is_virtual && now.rx == 0 && now.tx == 0) continue;
    Value one{{"name", std::string(now.name)},
              {"rx_mbit_s", nullptr},
              {"tx_mbit_s", nullptr},
              {"rx_bytes", now.rx},
              {"tx_bytes", now.tx},
              {"speed_mbit_s", link.speed}};
    for (const Counters& before : first.interfaces)
      if (before.name == now.name) {
        one["rx_mbit_s"] = rate(before.rx, now.rx, seconds);
        one["tx_mbit_s"] = rate(before.tx, now.tx, seconds);
      }
    record["interfaces"].push_back(std::move(one));
  }
  return record;
}

Columns columns() {
  return {
      {"interface", "data.interfaces.*.name", Unit::none, Align::left, "network interface", false},
      {"rx", "data.interfaces.*.rx_mbit_s", Unit::mbit_s, Align::right, "received now", false},
      {"tx", "data.interfaces.*.tx_mbit_s", Unit::mbit_s, Align::right, "sent now", false},
      {"rx_total", "data.interfaces.*.rx_bytes", Unit::bytes, Align::right, "received since boot", false},
      {"tx_total", "data.interfaces.*.tx_bytes", Unit::bytes, Align::right, "sent since boot", false},
      {"speed", "data.interfaces.*.speed_mbit_s", Unit::mbit_s, Align::right, "what the link could carry", true},
  };
}

Metrics metrics() {
  return {
      {"net", "rx_mbit_s", "what an interface receives now", "interfaces", "name", "interface"},
      {"net", "tx_mbit_s", "what an interface sends now", "interfaces", "name", "interface"},
      {"net", "rx_bytes", "received since the interface came up", "interfaces", "name", "interface",
       Metric::Kind::counter},
      {"net", "tx_bytes", "sent since the interface came up", "interfaces", "name", "interface", Metric::Kind::counter},
      {"net", "speed_mbit_s", "what the link could do", "interfaces", "name", "interface"},
  };
}

}  // namespace
}  // namespace net_parts

constinit const Probe net{
    .name = "net",
    .summary = "what each network interface receives and sends right now",
    .script = net_parts::script,
    .sample = net_parts::sample,
    .timeout = Milliseconds(30'000),
    .parse = net_parts::parse,
    .columns = net_parts::columns,
    .metrics = net_parts::metrics,
};

}  // namespace cef::probes
