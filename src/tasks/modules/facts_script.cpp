#include "modules/facts.hpp"

namespace cef::tasks::modules {

// Sections of what the host's own files and tools say; each subset has its part. Every process counts: a Pi, or a
// machine with more to do, takes some tens of milliseconds to start one.
const char* const facts_script = R"sh(
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
section() { n=$1; shift; "$@" >"$t" 2>/dev/null </dev/null; [ ! -s "$t" ] || blob "$n" "$t"; }
# one FILE: its first line in $v, without another process
one() { v=; { [ ! -r "$1" ] || IFS= read -r v <"$1"; } 2>/dev/null || :; }
# line NAME FILE: of one line
line() { one "$2"; [ -z "$v" ] || say "$1 $v"; }
# still NAME FILE: that nobody writes to meanwhile
still() { [ ! -r "$2" ] || blob "$1" "$2"; }
file() { [ ! -r "$2" ] || { cat "$2" >"$t" 2>/dev/null && blob "$1" "$t"; }; }
still os_release /etc/os-release
line debian_version /etc/debian_version
line alpine_version /etc/alpine-release
still lsb_release /etc/lsb-release
set -- $(uname -snrm)
say "uname $1|$2|$3|$4|$(uname -v)"
say "fqdn $(hostname -f 2>/dev/null)"
say "bits $(getconf LONG_BIT 2>/dev/null)"
file environ "/proc/$$/environ"
uid=$(id -u)
say "user $uid|$(id -g)|$(id -un)"
if have getent; then section passwd getent passwd "$uid"; else section passwd grep "^[^:]*:[^:]*:$uid:" /etc/passwd; fi
say "date $(date '+%Y|%m|%A|%w|%W|%d|%H|%M|%S|%s|%Z|%z')"
say "utc $(date -u '+%Y-%m-%dT%H:%M:%S|%N')"
line machine_id /etc/machine-id
line cmdline /proc/cmdline
line init /proc/1/comm
if [ -d /run/systemd/system ]; then say systemd; fi
if [ -e /sbin/openrc ] || [ -e /sbin/openrc-run ]; then say openrc; fi
if [ -d /etc/init.d ]; then say initd; fi
for tool in apt-get:apt dnf:dnf yum:yum zypper:zypper pacman:pacman apk:apk opkg:opkg; do
  if have "${tool%%:*}"; then say "pkg_mgr ${tool#*:}"; break; fi
done
if have getenforce; then section selinux getenforce; else line selinux /sys/fs/selinux/enforce; fi
[ ! -e /sys/module/apparmor ] || say apparmor
line fips /proc/sys/crypto/fips_enabled
still resolv /etc/resolv.conf
for key in /etc/ssh/ssh_host_*_key.pub; do
  [ ! -r "$key" ] || { read -r kind text _ <"$key" && say "host_key $kind $text ${key##*/}"; }
done
if [ -d "$fact_path" ]; then
  for f in "$fact_path"/*.fact; do
    [ -e "$f" ] || continue
    name=${f##*/}
    if [ -x "$f" ]; then section "local:${name%.fact}" "$f"; else file "local:${name%.fact}" "$f"; fi
  done
fi
if have lsb_release; then section lsb lsb_release -a; fi
if [ -n "$hardware" ]; then
  file cpuinfo /proc/cpuinfo
  file meminfo /proc/meminfo
  line uptime /proc/uptime
  line loadavg /proc/loadavg
  say "nproc $(nproc 2>/dev/null)"
  for id in product_name product_serial product_uuid product_version sys_vendor bios_date bios_vendor bios_version board_name board_vendor board_version board_serial board_asset_tag chassis_vendor chassis_version chassis_serial chassis_asset_tag; do
    one "/sys/class/dmi/id/$id"
    [ -z "$v" ] || say "dmi $id $v"
  done
  if [ -r /proc/device-tree/model ]; then say "model $(tr -d '\0' </proc/device-tree/model)"; fi
  grep -e '^/' -e '^[^ ]*:/' /proc/mounts 2>/dev/null | while read -r device mount type options _; do
    say "mount $device $mount $type $options"
    say "space $(stat -f -c '%S %b %a %c %d' "$(printf "$mount")" 2>/dev/null)"
  done
  for l in /dev/disk/by-uuid/*; do [ ! -e "$l" ] || say "uuid $(readlink -f "$l") ${l##*/}"; done
  for d in /sys/block/*; do
    [ -e "$d" ] || continue
    line=${d##*/}
    for f in size removable queue/rotational device/model device/vendor queue/hw_sector_size; do
      one "$d/$f"
      line="$line|$v"
    done
    say "disk $line"
    for p in "$d/${d##*/}"*; do
      [ -e "$p/size" ] || continue
      one "$p/size"
      line="${d##*/}|${p##*/}|$v"
      one "$p/start"
      say "part $line|$v"
    done
  done
fi
if [ -n "$network" ]; then
  if have ip; then
    section links ip -o link show
    section addresses ip -o addr show
    section route4 ip -4 route show default
    section route6 ip -6 route show default
  fi
  for i in /sys/class/net/*; do
    [ -e "$i/mtu" ] || continue
    line=${i##*/}
    for f in mtu address operstate; do
      one "$i/$f"
      line="$line|$v"
    done
    kind=
    if [ -d "$i/bridge" ]; then kind=bridge; elif [ -d "$i/bonding" ]; then kind=bonding; fi
    one "$i/type"
    line="$line|$kind|$v"
    one "$i/speed"
    say "interface $line|$v"
  done
fi
if [ -n "$virtual" ]; then
  if have systemd-detect-virt; then say "virt $(systemd-detect-virt 2>/dev/null)"
  elif [ -e /.dockerenv ]; then say "virt docker"
  elif [ -e /run/.containerenv ]; then say "virt podman"
  elif tr '\0' '\n' </proc/1/environ 2>/dev/null | grep -q '^container=lxc'; then say "virt lxc"
  elif grep -q '^flags.* hypervisor' /proc/cpuinfo; then say "virt kvm"; fi
  if [ -e /sys/module/kvm ]; then say kvm_host; fi
fi
if [ "$(stat -c %i / 2>/dev/null)" != "$(stat -L -c %i /proc/1/root 2>/dev/null || stat -c %i /)" ]; then say chroot; fi
end
)sh";

}  // namespace cef::tasks::modules
