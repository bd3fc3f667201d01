// Space on the file systems that are the host's own: those on a disk, and the root whatever it is (overlay in a
// container, tmpfs on a diskless node). Network file systems are left out: they belong to their server, and df hangs
// with it. So are bind mounts and subvolumes: of several mounts of a device the first one counts. A file system that
// gives an error (ENOTCONN, EIO, ESTALE) or no answer is listed without values, and with the reason.
// Source: /proc/mounts (fstab(5), octal escapes) and POSIX `df -P -k` (1024-byte blocks).
#include "parts.hpp"
#include "registry.hpp"

#include <algorithm>

namespace cef::probes {

namespace disk_parts {
namespace {

// Containers have single files mounted from the disk of their host (/etc/hosts): only folders are listed, and what
// cannot be asked what it is. All that touches a file system happens in a process that can be left behind, all mounts
// at once first; only where that hangs, each by itself, so that the others are told of.
constexpr std::string_view script = R"(
wanted() { case $t in rootfs) return 1;;
ext[234]|xfs|btrfs|bcachefs|f2fs|jfs|reiserfs|zfs|vfat|msdos|exfat|ntfs|ntfs3|fuseblk|hfsplus|ubifs|jffs2|nilfs2) ;;
*) [ "$m" = / ] || return 1;; esac
case $seen in *" $d "*) return 1;; esac
p=$m; case $m in *[\\]*) p=$(printf "%s" "$m" | sed "s/%/%%/g"); p=$(printf "${p}_"); p=${p%_};; esac; }
every() { set --; seen=" "; while read -r d m t x; do wanted || continue
[ -d "$p" ] || { [ -e "$p" ] && continue; }
seen="$seen$d "; set -- "$@" "$p"; printf "%s %s %s\n" "$t" "$d" "$m"; done </proc/mounts
echo =df=; [ $# -eq 0 ] || exec df -P -k "$@" 2>&1; }
single() { [ -d "$p" ] || [ ! -e "$p" ] || exit 3; exec df -P -k "$p" 2>&1; }
echo =mounts=; limit 4 every || [ $? -lt 128 ] || { echo; seen=" "; late=0
while read -r d m t x; do wanted || continue
echo =space=; s=137; [ $late -ge 4 ] || { limit 2 single; s=$?; }; echo
[ $s -ne 3 ] || continue
seen="$seen$d "; echo =mount=; printf "%s %s %s\n" "$t" "$d" "$m"
[ $s -lt 128 ] || { late=$((late+1)); echo =late=; say "$m"; }; done </proc/mounts; }
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

struct Told {
  std::map<std::string, Space> spaces;  // by mount point
  Lines complaints;                     // `df: /mnt: Input/output error`
  std::string_view strange;             // a line that is neither
};

// An old df breaks the line after a device with a long name.
Told read(const Lines& lines) {
  Told told;
  std::string_view device;
  for (const std::string_view line : lines) {
    auto one = space(line);
    if (!one && !device.empty() && (line.starts_with(' ') || line.starts_with('\t')))
      one = space({device.data(), line.data() + line.size()});
    device = {};
    if (one)
      told.spaces[std::string(one->first)] = one->second;
    else if (line.starts_with("df:") && told.complaints.size() < 500)
      told.complaints.push_back(line);
    else if (line.find_first_of(" \t") == std::string_view::npos)
      device = line;
    else if (!line.starts_with("Filesystem") && told.strange.empty())
      told.strange = line;
  }
  return told;
}

// df shows characters that would break its line as `?`.
std::string as_df_shows(std::string mount) {
  std::ranges::replace_if(
      mount, [](unsigned char c) { return c < ' ' || c == 0x7f; }, '?');
  return mount;
}

// What df complains of at a mount point: after `df: `, the name and maybe quotes around it.
std::string complaint(const Lines& complaints, std::string_view mount) {
  for (const std::string_view line : complaints) {
    for (auto at = line.find(mount); at != std::string_view::npos; at = line.find(mount, at + 1)) {
      std::string_view rest = line.substr(at + mount.size());
      const bool is_whole = at > 0 && std::string_view(" '`").find(line[at - 1]) != std::string_view::npos;
      if (rest.starts_with('\'')) rest.remove_prefix(1);
      if (is_whole && rest.starts_with(": ")) return std::string(rest.substr(2, 200));
    }
  }
  return "df does not tell of it";
}

Value filesystem(std::string_view type, std::string_view device, const std::string& mount) {
  return {{"mount", mount},        {"device", unescaped(device)}, {"type", std::string(type)}, {"total_bytes", nullptr},
          {"used_bytes", nullptr}, {"available_bytes", nullptr},  {"used_pct", nullptr}};
}

void add_space(Value& filesystem, const Space& space) {
  filesystem["total_bytes"] = space.total;
  filesystem["used_bytes"] = space.used;
  filesystem["available_bytes"] = std::max<std::int64_t>(space.available, 0);
  filesystem["used_pct"] = used_pct(space);
}

// The one with the highest part in use, for one line a host.
void add_fullest(Value& record) {
  for (const Value& one : record["filesystems"])
    if (one["used_pct"].is_number() && (record["used_pct"].is_null() || one["used_pct"] > record["used_pct"]))
      record["used_pct"] = one["used_pct"], record["fullest"] = one["mount"];
}

Unexpected<Error> nothing(const Told& told, bool is_late) {
  if (is_late) return Unexpected(Error{Code::command_timeout, "df does not come to an end for any file system", ""});
  if (!told.strange.empty()) return unexpected_line("df", told.strange);
  const std::string why = told.complaints.empty() ? "" : ": " + std::string(told.complaints.front().substr(0, 200));
  return unexpected("df tells of no file system" + why);
}

Result<Value> parse(std::string_view text) {
  Parts part = parts(text);
  if (!part.contains("mounts")) return unexpected("the list of mounts is missing");
  const bool one_by_one = part.contains("mount");
  const Told told = read(part[one_by_one ? "space" : "df"]);
  const Lines& late = part["late"];
  if (told.spaces.empty()) return nothing(told, !late.empty());
  Value record{{"used_pct", nullptr}, {"fullest", nullptr}, {"filesystems", Value::array()}};
  std::map<std::string, std::size_t> places;  // of mount points in the list
  for (std::string_view line : part[one_by_one ? "mount" : "mounts"]) {
    const std::string_view type = take_word(line), device = take_word(line);
    if (line.empty()) continue;
    const std::string mount = unescaped(line);
    Value one = filesystem(type, device, mount);
    if (const auto found = told.spaces.find(as_df_shows(mount)); found != told.spaces.end())
      add_space(one, found->second);
    else if (std::ranges::find(late, line) != late.end())
      one["error"] = "it does not answer";
    else
      one["error"] = complaint(told.complaints, mount);
    // What is mounted over another one hides it.
    const auto [at, is_new] = places.try_emplace(mount, places.size());
    if (is_new)
      record["filesystems"].push_back(std::move(one));
    else
      record["filesystems"][at->second] = std::move(one);
  }
  add_fullest(record);
  return record;
}

Columns columns() {
  return {
      {"mount", "data.filesystems.*.mount", Unit::none, Align::left, "mount point", false},
      {"device", "data.filesystems.*.device", Unit::none, Align::left, "what is mounted there", true},
      {"type", "data.filesystems.*.type", Unit::none, Align::left, "kind of file system", true},
      {"total", "data.filesystems.*.total_bytes", Unit::bytes, Align::right, "its size", false},
      {"used", "data.filesystems.*.used_bytes", Unit::bytes, Align::right, "space in use", false},
      {"available", "data.filesystems.*.available_bytes", Unit::bytes, Align::right, "space left for users", false},
      {"used%", "data.filesystems.*.used_pct", Unit::percent, Align::right, "part of the usable space, as df has it",
       false, full},
      {"error", "data.filesystems.*.error", Unit::none, Align::left, "why nothing is known of it", false, {}, true},
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
}  // namespace disk_parts

constinit const Probe disk{
    .name = "disk",
    .summary = "space on each of the host's own file systems",
    .script = disk_parts::script,
    .timeout = Milliseconds(30'000),
    .parse = disk_parts::parse,
    .columns = disk_parts::columns,
    .metrics = disk_parts::metrics,
    .node_limit_s = 15,
    .headlines = disk_parts::headlines,
    .usual = disk_parts::usual,
};

}  // namespace cef::probes
