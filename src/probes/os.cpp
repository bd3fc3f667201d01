// Who and what a host is. Anything may be missing: containers have no model, old systems no os-release,
// BusyBox no systemd-detect-virt.
#include "parts.hpp"
#include "registry.hpp"
#include "release.hpp"

namespace cef::probes {

namespace os_parts {
namespace {

// Files of one line are read by the shell itself: each process costs a small board some milliseconds.
constexpr std::string_view script = R"(
echo =uname=; uname -nrm
echo =kernel=; get /proc/sys/kernel/hostname; say "$v"; get /proc/sys/kernel/osrelease; say "$v"
echo =release=; r=$(cat /etc/os-release 2>/dev/null || cat /usr/lib/os-release 2>/dev/null)
say "$r"; case "
$r" in *"
ID="*) ;; *) for f in /etc/*[-_]release /etc/*[-_]version; do [ -f $f ] && [ -r $f ] || continue
echo; say "=etc/${f##*/}="; head -n 20 $f; done;; esac
echo; echo =debian=; get /etc/debian_version; say "$v"
echo =uptime=; get /proc/uptime; say "$v"
echo =boot_id=; get /proc/sys/kernel/random/boot_id; say "$v"
echo =model=; get /sys/firmware/devicetree/base/model; [ "$v" = - ] && get /proc/device-tree/model
[ "$v" = - ] && v=$(grep "^Model[[:space:]]*:" /proc/cpuinfo 2>/dev/null)
say "$v"
echo =dmi=; get /sys/class/dmi/id/sys_vendor; say "$v"; get /sys/class/dmi/id/product_name; say "$v"
echo =virtualization=; if command -v systemd-detect-virt >/dev/null 2>&1; then systemd-detect-virt 2>/dev/null
elif [ -e /.dockerenv ]; then echo docker; elif [ -e /run/.containerenv ]; then echo podman
elif grep -q "^flags.* hypervisor" /proc/cpuinfo 2>/dev/null; then echo vm; fi
)";

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

// Where uname is missing the kernel's own files tell its name; nothing tells the machine.
Lines uname_of(Parts& part) {
  Lines uname;  // on one line or on three
  for (const std::string_view line : part["uname"])
    for (const std::string_view word : words(line)) uname.push_back(word);
  if (uname.size() == 3) return uname;
  uname = part["kernel"];
  uname.resize(2, "-");
  uname.push_back("-");
  return uname;
}

Value word_or_null(std::string_view word) { return word == "-" ? Value(nullptr) : text_or_null(word); }

Result<Value> parse(std::string_view text) {
  auto part = parts(text);
  const Lines uname = uname_of(part);
  Release system = release(part);
  Value record;
  record["hostname"] = word_or_null(uname[0]);
  record["kernel"] = word_or_null(uname[1]);
  record["arch"] = word_or_null(uname[2]);
  record["os_id"] = std::move(system.id);
  record["os_name"] = std::move(system.name);
  record["os_version"] = std::move(system.version);
  record["codename"] = std::move(system.codename);
  record["model"] = model(part["model"], part["dmi"]);
  record["uptime_s"] = seconds(part["uptime"]);
  record["boot_id"] = first(part["boot_id"]);
  record["virtualization"] = first(part["virtualization"]);
  if (record["hostname"].is_null() && record["kernel"].is_null() && record["os_id"].is_null())
    return unexpected("uname printed no name, and no file tells of the system");
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
}  // namespace os_parts

constinit const Probe os{
    .name = "os",
    .summary = "who and what each host is: system, kernel, hardware, uptime",
    .script = os_parts::script,
    .timeout = Milliseconds(30'000),
    .parse = os_parts::parse,
    .columns = os_parts::columns,
    .metrics = os_parts::metrics,
    .headlines = os_parts::headlines,
};

}  // namespace cef::probes
