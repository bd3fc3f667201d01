// Who and what a host is. Everything but the kernel's own words may be missing: containers have no model, old systems
// no os-release, BusyBox no systemd-detect-virt.
#include "parts.hpp"
#include "registry.hpp"

#include <fmt/format.h>

namespace cef::probes {

namespace {

// Files of one line are read by the shell itself: each process costs a small board some milliseconds.
constexpr std::string_view script = R"(
echo =uname=; uname -nrm
echo =release=; cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null
echo; echo =debian=; get /etc/debian_version; echo "$v"
echo =uptime=; get /proc/uptime; echo "$v"
echo =boot_id=; get /proc/sys/kernel/random/boot_id; echo "$v"
echo =model=; get /sys/firmware/devicetree/base/model; [ "$v" = - ] && get /proc/device-tree/model
[ "$v" = - ] && v=$(grep "^Model[[:space:]]*:" /proc/cpuinfo 2>/dev/null)
echo "$v"
echo =dmi=; get /sys/class/dmi/id/sys_vendor; echo "$v"; get /sys/class/dmi/id/product_name; echo "$v"
echo =virtualization=; if command -v systemd-detect-virt >/dev/null 2>&1; then systemd-detect-virt 2>/dev/null
elif [ -e /.dockerenv ]; then echo docker; elif [ -e /run/.containerenv ]; then echo podman
elif grep -q "^flags.* hypervisor" /proc/cpuinfo 2>/dev/null; then echo vm; fi
)";

// A value of os-release: a shell assignment, possibly quoted (os-release(5)).
Value release_value(const Lines& lines, std::string_view key) {
  for (std::string_view line : lines) {
    if (!line.starts_with(key) || line.substr(key.size(), 1) != "=") continue;
    line.remove_prefix(key.size() + 1);
    const char quote = line.empty() ? '\0' : line.front();
    if (line.size() >= 2 && (quote == '"' || quote == '\'') && line.back() == quote)
      line = line.substr(1, line.size() - 2);
    std::string value;
    for (std::size_t i = 0; i < line.size(); ++i) {
      if (line[i] == '\\' && quote == '"' && i + 1 < line.size()) ++i;
      value += line[i];
    }
    if (!value.empty()) return value;
  }
  return nullptr;
}

// What is not there is an empty part, or `-`.
Value first(const Lines& lines) {
  return lines.empty() || lines.front() == "-" ? Value(nullptr) : Value(std::string(lines.front()));
}

Value seconds(const Lines& lines) {
  if (lines.empty()) return nullptr;
  std::string_view line = lines.front();
  const auto value = number(take_word(line));
  return value && *value >= 0 ? Value(*value) : Value(nullptr);
}

Value model(const Lines& tree, const Lines& dmi) {
  for (std::string_view line : tree) {
    if (const auto colon = line.find(": "); line.starts_with("Model") && colon != std::string_view::npos)
      line.remove_prefix(colon + 2);
    if (!line.empty() && line != "-") return std::string(line);
  }
  std::string joined;
  for (const std::string_view line : dmi) {
    // What boards without a name of their own say.
    if (line.find("To Be Filled") != std::string_view::npos || line == "Default string" ||
        line == "System Product Name" || line == "-")
      continue;
    joined += (joined.empty() ? "" : " ") + std::string(line);
  }
  return joined.empty() ? Value(nullptr) : Value(joined);
}

Result<Value> parse(std::string_view text) {
  auto part = parts(text);
  Lines uname;  // on one line or on three
  for (const std::string_view line : part["uname"])
    for (const std::string_view word : words(line)) uname.push_back(word);
  if (uname.size() != 3) return unexpected(fmt::format("uname printed {} words instead of 3", uname.size()));
  const Lines& release = part["release"];
  Value version = release_value(release, "VERSION_ID");
  // os-release knows Debian's major version only.
  if (release_value(release, "ID") == "debian" && !first(part["debian"]).is_null()) version = first(part["debian"]);
  Value name = release_value(release, "PRETTY_NAME");
  if (name.is_null()) name = release_value(release, "NAME");
  Value record;
  record["hostname"] = std::string(uname[0]);
  record["kernel"] = std::string(uname[1]);
  record["arch"] = std::string(uname[2]);
  record["os_id"] = release_value(release, "ID");
  record["os_name"] = std::move(name);
  record["os_version"] = std::move(version);
  record["codename"] = release_value(release, "VERSION_CODENAME");
  record["model"] = model(part["model"], part["dmi"]);
  record["uptime_s"] = seconds(part["uptime"]);
  record["boot_id"] = first(part["boot_id"]);
  record["virtualization"] = first(part["virtualization"]);
  return record;
}

Columns columns() {
  return {
      {"hostname", "data.hostname", Unit::none, Align::left, "name the host gives itself", true},
      {"os", "data.os_id", Unit::none, Align::left, "operating system: ID of os-release", false},
      {"version", "data.os_version", Unit::none, Align::left, "its version", false},
      {"arch", "data.arch", Unit::none, Align::left, "machine type of the kernel", false},
      {"model", "data.model", Unit::none, Align::left, "board or product", false},
      {"uptime", "data.uptime_s", Unit::seconds, Align::right, "time since boot", false},
      {"kernel", "data.kernel", Unit::none, Align::left, "kernel release", false},
      {"os_name", "data.os_name", Unit::none, Align::left, "operating system with its version, in words", true},
      {"codename", "data.codename", Unit::none, Align::left, "release name", true},
      {"virtualization", "data.virtualization", Unit::none, Align::left,
       "hypervisor or container, `none` on bare metal", true},
      {"boot_id", "data.boot_id", Unit::none, Align::left, "changes with every boot", true},
  };
}

Metrics metrics() {
  return {
      {"os", "uptime_s", "time since boot"},
  };
}

std::vector<Headline> headlines() {
  return {
      {100, {"uptime", "data.os.uptime_s", Unit::seconds, Align::right, "time since boot", true}},
      {110, {"model", "data.os.model", Unit::none, Align::left, "board or product", true}},
  };
}

}  // namespace

constinit const Probe os{
    .name = "os",
    .summary = "who and what each host is: system, kernel, hardware, uptime",
    .script = script,
    .timeout = Milliseconds(30'000),
    .parse = parse,
    .columns = columns,
    .metrics = metrics,
    .headlines = headlines,
};

}  // namespace cef::probes
