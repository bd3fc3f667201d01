#include "apt.hpp"

namespace cef::tasks::apt {

// Nothing may ask: no terminal, no debconf, no question about a changed configuration file, whose owner's version
// stays. The lock that apt-get itself waits for is only one of four, so the wait is the script's own.
const char* const prelude = R"sh(
export LC_ALL=C LANGUAGE=C DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical DEBCONF_NONINTERACTIVE_SEEN=true \
  APT_LISTCHANGES_FRONTEND=none NEEDRESTART_SUSPEND=1 UCF_FORCE_CONFFOLD=1 \
  PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
umask 022
mode=$1 lock_wait=$2 update=$3
shift 3
waited=0
say() { printf '=cef %s\n' "$*"; }
finish() {
  say "waited $waited"
  say end
  exit 0
}
command -v apt-get >/dev/null && command -v dpkg-query >/dev/null || { say missing; finish; }
t=$(mktemp -d "${TMPDIR:-/var/tmp}/cef.XXXXXXXX") || exit 1
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM

# The process that has one of these locked; /proc/locks has it as "1: POSIX ADVISORY WRITE PID MAJOR:MINOR:INODE".
holder() {
  for f in /var/lib/dpkg/lock-frontend /var/lib/dpkg/lock /var/lib/apt/lists/lock /var/cache/apt/archives/lock; do
    [ -e "$f" ] || continue
    i=$(ls -i "$f") && i=${i%% *} || continue
    while read -r _ kind _ _ pid place _; do
      case $kind:$place in
        POSIX:*:"$i") ls -l "/proc/$pid/fd" 2>/dev/null | grep -q -F " -> $f" && return 0 ;;
      esac
    done </proc/locks
  done 2>/dev/null
  return 1
}
name_of() {
  printf '%s %s %s' "$1" "$(cat "/proc/$1/comm" 2>/dev/null)" \
    "$(tr '\0\n' '  ' <"/proc/$1/cmdline" 2>/dev/null | cut -c 1-200)"
}
wait_more() {  # wait_more PID
  if [ "$waited" -ge "$lock_wait" ]; then
    say "locked $(name_of "$1")"
    finish
  fi
  [ "$pid_told" = "$1" ] || say "waiting $(name_of "$1")"
  pid_told=$1
  sleep 1
  waited=$((waited + 1))
}
pid_told=
wait_locks() { while holder; do wait_more "$pid"; done; }

# stream COMMAND...: its output as it comes, and in $t/log; its status in $status. Descriptor 3 is for apt's progress. No
# pipe: a daemon that a package starts may keep it open for ever.
stream() {
  : >"$t/log"
  "$@" >>"$t/log" 2>&1 3>&1 </dev/null &
  tail -n +1 -s 0.1 -f --pid=$! "$t/log"
  wait $!
  status=$?
}
quiet='-q -y -o Dpkg::Use-Pty=0 -o APT::Get::Show-Versions=false -o APT::Color=0'
keep='-o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold'
# Once more as long as another takes a lock between the look at it and apt-get's own.
apt_get() {
  while :; do
    wait_locks
    # shellcheck disable=SC2086
    stream apt-get $quiet $keep $own -o APT::Status-Fd=3 "$@"
    [ "$status" -eq 0 ] && return 0
    grep -q -e '^E: Could not get lock' -e '^E: Unable to acquire' -e '^E: Unable to lock' "$t/log" || return 0
    holder || pid=$(sed -n 's/.*held by process \([0-9]*\).*/\1/p' "$t/log" | head -n 1)
    wait_more "${pid:-0}"
  done
}

arch=$(dpkg --print-architecture)
installed() {
  dpkg-query -W -f='${Package}:${Architecture} ${Version} ${db:Status-Status}\n' |
    sed -e "s/:$arch / /" -e 's/:all / /' -e '/ not-installed$/d' -e '/ config-files$/d' | sort
}
broken() {
  ls /var/lib/dpkg/updates/[0-9]* >/dev/null 2>&1 ||
    dpkg-query -W -f='${db:Status-Status}\n' | grep -q -e half -e unpacked -e triggers
}
mend() {
  broken || return 0
  say mend
  wait_locks
  stream dpkg --force-confdef --force-confold --configure -a
  apt_get -f install
  if broken; then
    say "unmended $status"
    changes
    finish
  fi
}
changes() {
  installed >"$t/after"
  say changes
  comm -3 "$t/before" "$t/after"
}
# Lists and caches of its own, so that a check leaves even the host's lists as they are: those are seen through links,
# which apt replaces by what is newer. What apt is told to run after an update would change the host.
own=
own_lists() {
  mkdir -p "$t/lists/partial" "$t/cache/archives/partial"
  chmod 711 "$t"
  cp -s /var/lib/apt/lists/*_* "$t/lists/" 2>/dev/null
  chown _apt "$t/lists/partial" "$t/cache/archives/partial" 2>/dev/null
  cat >"$t/conf" <<EOF
#clear APT::Update::Pre-Invoke;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
Dir::State::Lists "$t/lists";
Dir::Cache "$t/cache";
EOF
  own="-c $t/conf"
}
# A source that accepts and never answers would hold it for minutes; one that cannot be had is not always an error.
refresh() {
  say update
  apt_get update -o APT::Update::Error-Mode=any -o Acquire::Retries=1 -o Acquire::http::Timeout=20 \
    -o Acquire::https::Timeout=20 -o Acquire::ftp::Timeout=20
  say "updated $status"
  # One that begins to answer may yet have nothing of use.
  [ "$status" -eq 0 ] ||
    awk '/^(Get|Hit|Ign|Err):/ {
        split($1, word, ":"); n = word[2]; suite = $3; sub("/.*", "", suite); delete ok[n]; delete bad[n]
        if (word[1] == "Get" || word[1] == "Hit") ok[n] = $2 " " suite
        else if (word[1] == "Err" && /Packages|Release/) bad[n] = $2 " " suite }
      END { for (n in bad) failed[bad[n]] = 1; for (n in ok) if (!(ok[n] in failed)) exit 0; exit 1 }' "$t/log" || finish
}
begin() {
  if [ "$mode" = check ]; then
    own_lists
    holder() { return 1; }
    if broken; then say broken; fi
  else
    wait_locks
    installed >"$t/before"
    mend
  fi
  [ -z "$update" ] || refresh
}
# simulate ARGUMENTS...: the plan in $t/plan, and how many packages it means in $count.
simulate() {
  # shellcheck disable=SC2086
  apt-get $quiet $own -s "$@" >"$t/plan" 2>&1 </dev/null
  status=$?
  count=$(grep -c -e '^Inst ' -e '^Remv ' -e '^Purg ' "$t/plan")
  say "plan $status"
  cat "$t/plan"
}
# What is installed already stays in the plan's way: nothing is begun where there is nothing to do.
carry_out() {
  [ "$status" -eq 0 ] && [ "$count" -gt 0 ] && [ "$mode" = run ] || return 0
  say "run $count"
  apt_get "$@"
  say "ran $status"
}
modules=/lib/modules/$(uname -r)
[ -d "$modules" ] || modules=
reboot_state() {
  say reboot
  if [ -e /run/reboot-required ] || [ -e /var/run/reboot-required ]; then
    echo required
    cat /run/reboot-required.pkgs 2>/dev/null | sort -u
  elif [ -n "$modules" ] && ! [ -d "$modules" ]; then
    echo required
    echo "kernel $(uname -r)"
  fi
}
)sh";

}  // namespace cef::tasks::apt
