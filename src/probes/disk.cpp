// Space on the file systems that are the host's own: those on a disk, and the root whatever it is (overlay in a
// container, tmpfs on a diskless node). Network file systems are left out: they belong to their server, and df hangs
// with it. So are bind mounts and subvolumes: of several mounts of a device the first one counts.
// Source: /proc/mounts (fstab(5), octal escapes) and POSIX `df -P -k` (1024-byte blocks).
#include "parts.hpp"
#include "registry.hpp"

#include <algorithm>

namespace cef::probes {

namespace {

// Containers have single files mounted from the disk of their host (/etc/hosts): only folders are listed.
constexpr std::string_view script = R"(
echo =mounts=; set --; seen=" "
while read -r d m t x; do case $t in rootfs) continue;;
ext[234]|xfs|btrfs|bcachefs|f2fs|jfs|reiserfs|zfs|vfat|msdos|exfat|ntfs|ntfs3|fuseblk|hfsplus|ubifs|jffs2|nilfs2) ;;
*) [ "$m" = / ] || continue;; esac
case $seen in *" $d "*) continue;; esac
p=$m; case $m in *[\\]*) p=$(printf %b_ "$m"); p=${p%_};; esac
[ -d "$p" ] || continue
seen="$seen$d "; set -- "$@" "$p"; printf "%s %s %s\n" "$t" "$d" "$m"; done </proc/mounts
echo =df=; [ $# -eq 0 ] || run df -P -k "$@"
)";

// /proc/mounts writes blanks, line ends and backslashes as three octal digits.
std::string unescaped(std::string_view text) {
  std::string out;
  const auto octal = [&](std::size_t i) { return i < text.size() && text[i] >= '0' && text[i] <= '7'; };
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && octal(i + 1) && octal(i + 2) && octal(i + 3)) {
      out += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
      i += 3;
    } else {
      out += text[i];
    }
  }
  return out;
}

struct Space {
  std::int64_t total = 0, used = 0, available = 0;  // bytes
};

// `device blocks used available capacity% mount`: device and mount may hold blanks, so the three numbers are looked
// for, and the mount is the rest.
std::optional<std::pair<std::string_view, Space>> space(std::string_view line) {
  for (std::string_view rest = line; !rest.empty();) {
    take_word(rest);
    std::string_view next = rest;
    const auto total = integer(take_word(next)), used = integer(take_word(next)), available = integer(take_word(next));
    const std::string_view capacity = take_word(next);
    constexpr std::int64_t most = std::int64_t{1} << 52;
    const auto fits = [](std::optional<std::int64_t> blocks) { return blocks && *blocks >= -most && *blocks <= most; };
    if (!fits(total) || !fits(used) || !fits(available) || !(capacity.ends_with('%') || capacity == "-")) continue;
    if (!next.starts_with('/') || *total < 0 || *used < 0) continue;
    return std::pair(next, Space{*total * 1024, *used * 1024, *available * 1024});
  }
  return std::nullopt;
}

// As df computes it: what is reserved for root counts neither as used nor as free.
Value used_pct(const Space& space) {
  const double used = static_cast<double>(space.used);
  const double usable = used + static_cast<double>(std::max<std::int64_t>(space.available, 0));
  return usable > 0 ? Value(rounded(100 * used / usable, 1)) : Value(nullptr);
}

Result<Value> parse(std::string_view text) {
  Parts part = parts(text);
  if (!part.contains("mounts") || !part.contains("df")) return unexpected("the list of mounts is missing");
  std::map<std::string, Space> spaces;
  Lines table = part["df"];
  if (!table.empty() && table.front().starts_with("Filesystem")) table.erase(table.begin());
  for (const std::string_view line : table) {
    const auto one = space(line);
    if (!one) return unexpected_line("df", line);
    spaces[std::string(one->first)] = one->second;
  }
  if (part["mounts"].empty() || spaces.empty()) return unexpected("df tells of no file system");
  Value record;
  record["used_pct"] = nullptr;
  record["fullest"] = nullptr;
  record["filesystems"] = Value::array();
  for (std::string_view line : part["mounts"]) {
    const std::string_view type = take_word(line), device = take_word(line);
    if (line.empty()) return unexpected_line("the list of mounts", device);
    Value one{{"mount", unescaped(line)}, {"device", unescaped(device)}, {"type", std::string(type)},
              {"total_bytes", nullptr},   {"used_bytes", nullptr},       {"available_bytes", nullptr},
              {"used_pct", nullptr}};
    if (const auto found = spaces.find(unescaped(line)); found != spaces.end()) {
      one["total_bytes"] = found->second.total;
      one["used_bytes"] = found->second.used;
      one["available_bytes"] = std::max<std::int64_t>(found->second.available, 0);
      one["used_pct"] = used_pct(found->second);
      if (one["used_pct"].is_number() && (record["used_pct"].is_null() || one["used_pct"] > record["used_pct"]))
        record["used_pct"] = one["used_pct"], record["fullest"] = one["mount"];
    }
    record["filesystems"].push_back(std::move(one));
  }
  return record;
}

Columns columns() {
  return {
      {"mount", "data.filesystems.*.mount", Unit::none, Align::left, "mount point", false},
      {"device", "data.filesystems.*.device", Unit::none, Align::left, "what is mounted there", false},
      {"type", "data.filesystems.*.type", Unit::none, Align::left, "kind of file system", false},
      {"total", "data.filesystems.*.total_bytes", Unit::bytes, Align::right, "its size", false},
      {"used", "data.filesystems.*.used_bytes", Unit::bytes, Align::right, "space in use", true},
      {"available", "data.filesystems.*.available_bytes", Unit::bytes, Align::right, "space left for users", false},
      {"used%", "data.filesystems.*.used_pct", Unit::percent, Align::right, "part of the usable space, as df has it",
       false, full},
  };
}

Metrics metrics() {
  return {
      {"disk", "used_pct", "space used on the fullest file system", "", "", "", Metric::Kind::worst},
      {"disk", "total_bytes", "size of a file system", "filesystems", "mount", "mountpoint"},
      {"disk", "used_bytes", "space used on a file system", "filesystems", "mount", "mountpoint"},
      {"disk", "available_bytes", "space left to users on a file system", "filesystems", "mount", "mountpoint"},
      {"disk", "used_pct", "space used on a file system, of what users can have", "filesystems", "mount", "mountpoint"},
  };
}

std::vector<Headline> headlines() {
  return {
      {50, {"disk", "data.disk.used_pct", Unit::percent, Align::right, "the fullest file system", false, full}},
      {120, {"fullest", "data.disk.fullest", Unit::none, Align::left, "mount point of the fullest file system", true}},
  };
}

constexpr Usual usual[] = {{"used_pct", "Fullest file system", "disk", "Fullest disk"}};

}  // namespace

constinit const Probe disk{
    .name = "disk",
    .summary = "space on each of the host's own file systems",
    .script = script,
    .timeout = Milliseconds(30'000),
    .parse = parse,
    .columns = columns,
    .metrics = metrics,
    .headlines = headlines,
    .usual = usual,
};

}  // namespace cef::probes
