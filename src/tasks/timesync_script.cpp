#include "timesync_script.hpp"

namespace cef::tasks {

const char* const timesync_script = R"sh(
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
umask 022
mode=$1 wait=$2 max=$3 step=$4
shift 4
say() { printf '=cef %s\n' "$*"; }
t=$(mktemp) || exit 1
trap 'rm -f "$t"' EXIT
trap 'exit 1' HUP INT TERM

has() { command -v "$1" >/dev/null 2>&1; }
running() {
  for comm in /proc/[0-9]*/comm; do
    read -r name <"$comm" && [ "$name" = "$1" ] && return 0
  done 2>/dev/null
  return 1
}
systemd() { [ -d /run/systemd/system ]; }
# The one that runs, or else one that could. Names of processes end after 15 letters.
daemon=none
if running chronyd; then daemon=chrony
elif running ntpd; then daemon=ntp
elif running systemd-timesyn; then daemon=timesyncd
elif has chronyd; then daemon=chrony
elif has ntpd; then daemon=ntp
elif systemd && { [ -x /lib/systemd/systemd-timesyncd ] || [ -x /usr/lib/systemd/systemd-timesyncd ]; }; then
  daemon=timesyncd
fi
unit() {
  case $daemon in
    chrony) echo chrony ;;
    timesyncd) echo systemd-timesyncd ;;
    ntp) if [ -e /etc/init.d/ntpsec ] || [ -e /lib/systemd/system/ntpsec.service ]; then echo ntpsec; else echo ntp; fi ;;
  esac
}
control() {
  if systemd; then
    [ "$1 $daemon" != 'start timesyncd' ] || timedatectl set-ntp true
    systemctl "$1" "$(unit)"
  elif [ "$1" = restart ]; then
    # One that stops in its own time is still there when such a script's restart wants to start it, and left out.
    control stop
    n=0
    while runs && [ $n -lt 10 ]; do
      if sleep 0.2 2>/dev/null; then n=$((n + 1)); else sleep 1; n=$((n + 5)); fi
    done
    control start
  else
    "/etc/init.d/$(unit)" "$1"
  fi
}
runs() {
  case $daemon in
    chrony) running chronyd ;;
    timesyncd) running systemd-timesyn ;;
    ntp) running ntpd ;;
    none) return 1 ;;
  esac
}
state() {
  case $daemon in
    chrony) chronyc -c -n tracking ;;
    timesyncd)
      timedatectl show
      timedatectl timesync-status
      ;;
    ntp) ntpq -n -c rv ;;
  esac 2>&1
}
# Whether it says that the clock is right, within $max: 0; right, but too far off: 1; not, or not yet: 2.
judged() {
  case $daemon in
    chrony)
      chronyc -c -n tracking 2>/dev/null | awk -F , -v max="$max" '
        NF >= 14 { o = $5 < 0 ? -$5 : $5; r = $14 == "Not synchronised" || $3 < 1 || $3 > 15 ? 2 : o > max + 0 }
        END { exit r == "" ? 2 : r }'
      ;;
    timesyncd) [ "$(timedatectl show -p NTPSynchronized --value 2>/dev/null)" = yes ] || return 2 ;;
    ntp)
      ntpq -n -c rv 2>/dev/null | tr ',' '\n' | awk -F = -v max="$max" '
        /leap_alarm/ { a = 1 } $1 ~ /^ *stratum$/ { s = $2 } $1 ~ /^ *peer$/ && $2 == 0 { a = 1 }
        $1 ~ /^ *offset$/ { o = ($2 < 0 ? -$2 : $2) / 1000 }
        END { exit a || s < 1 || s > 15 ? 2 : o > max + 0 }'
      ;;
    none) return 2 ;;
  esac
}

# put PATH: what is in $t, where the file there is another.
changed=
put() {
  ! cmp -s "$t" "$1" || return 0
  say "config $1"
  cat "$t"
  say before
  cat "$1" 2>/dev/null
  changed=$1
  [ "$mode" = run ] || return 0
  mkdir -p "${1%/*}" && cat "$t" >"$1.cef" && mv -f "$1.cef" "$1" || { say "unwritten $1"; exit 1; }
}
configure() {
  case $daemon in
    chrony)
      for name in "$@"; do echo "server $name iburst prefer"; done >"$t"
      if grep -q '^sourcedir /etc/chrony/sources.d' /etc/chrony/chrony.conf 2>/dev/null; then
        put /etc/chrony/sources.d/cef.sources
      elif grep -q '^confdir /etc/chrony/conf.d' /etc/chrony/chrony.conf 2>/dev/null; then
        put /etc/chrony/conf.d/cef.conf
      else
        say no_drop_in /etc/chrony/chrony.conf
      fi
      ;;
    timesyncd)
      { echo '[Time]'; echo "NTP=$*"; } >"$t"
      put /etc/systemd/timesyncd.conf.d/cef.conf
      ;;
    ntp)
      for name in "$@"; do echo "server $name iburst prefer"; done >"$t"
      # ntpsec reads this folder beside its configuration where there is one.
      if [ -e /etc/ntpsec/ntp.conf ]; then put /etc/ntpsec/ntp.d/cef.conf
      elif [ -d /etc/ntp.d ]; then put /etc/ntp.d/cef.conf
      else say no_drop_in /etc/ntp.conf; fi
      ;;
  esac
}
# Sources can be told to a chronyd that runs.
take_config() {
  case $daemon:$changed in
    chrony:*.sources) chronyc reload sources >/dev/null ;;
    *) control restart >/dev/null ;;
  esac
}
step_clock() {
  case $daemon in
    chrony) chronyc makestep ;;
    timesyncd) control restart ;;
    ntp)
      control stop
      ntpd -g -q
      control start
      ;;
  esac >"$t" 2>&1 || say "unstepped $(head -n 1 "$t")"
  say stepped
}

say "daemon $daemon $(if runs; then echo running; else echo stopped; fi)"
say before_state
state
[ "$daemon" = none ] || [ $# -eq 0 ] || configure "$@"
if ! runs && [ "$daemon" != none ]; then
  say start
  if [ "$mode" = run ]; then
    changed=
    control start >"$t" 2>&1 </dev/null
    status=$?
    # Some init scripts end with 0 whatever became of the daemon.
    for _ in 1 2 3; do
      runs || sleep 1
    done
    if ! runs; then
      say "unstarted $(grep . "$t" | head -n 1) (exit status $status)"
      wait=0
    fi
  fi
fi
judged
right=$?
if [ "$mode" = run ] && [ "$daemon" != none ]; then
  [ -z "$changed" ] || { take_config >/dev/null 2>&1 </dev/null; sleep 1; }
  waited=0 stepped=
  while :; do
    judged
    right=$?
    [ "$right" -ne 0 ] || break
    # It has to know how far off the clock is.
    if [ "$right" -eq 1 ] && [ -n "$step" ] && [ -z "$stepped" ]; then
      step_clock
      stepped=yes
      continue
    fi
    [ "$waited" -lt "$wait" ] || break
    [ "$waited" -gt 0 ] || say waiting
    sleep 1
    waited=$((waited + 1))
  done
elif [ "$right" -eq 1 ] && [ -n "$step" ]; then
  say stepped
fi
say after_state
state
say end
)sh";

}  // namespace cef::tasks
