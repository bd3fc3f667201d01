# For the scripts of this folder: servers to measure against, and medians. Source it, then call bench_begin.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=${CEF_BUILD:-$root/build}
cef=$build/cef
runs=5
children=()

# A folder for everything that is made, gone at the end with the servers; and one key pair for each side.
bench_begin() {
  [[ -n ${CEF_BUILD:-} ]] || "$root/scripts/build" cef sshsim measure relay wire bench_sessions
  state=$(mktemp -d)
  trap bench_end EXIT
  trap 'exit 130' INT TERM
  ssh-keygen -q -t ed25519 -N '' -C bench -f "$state/host"
  ssh-keygen -q -t ed25519 -N '' -C bench -f "$state/user"
  mkdir "$state/samples"
  # Nobody's settings but ours.
  export HOME=$state XDG_CONFIG_HOME=$state/config XDG_STATE_HOME=$state/state XDG_CACHE_HOME=$state/cache
  unset SSH_AUTH_SOCK
  ulimit -n "$(ulimit -Hn)"
}

bench_end() {
  local child
  for child in "${children[@]}"; do kill "$child" 2>/dev/null || true; done
  for child in "${children[@]}"; do wait "$child" 2>/dev/null || true; done
  rm -rf "$state"
}

die() {
  echo "${0##*/}: $*" >&2
  exit 1
}

# start_simulator [OPTION...]: sets simulator_port.
start_simulator() {
  mkfifo "$state/simulator"
  "$build/sshsim" --host-key "$state/host" "$@" >"$state/simulator" &
  children+=($!)
  exec 7<"$state/simulator"
  read -r _ simulator_port <&7 || die "the simulator does not start"
}

# One OpenSSH server for every loopback address; sets sshd_port. Lines in sshd_extra end its configuration. As root its
# users have a plain sh and no start-up files, which would cost more than all the rest; and what the command in host_setup
# mounts, with $1 as the state.
host_setup=true
start_sshd() {
  local listen='0.0.0.0 rdomain lo' tries
  sshd_port=$((20000 + RANDOM % 10000))
  ((EUID == 0)) || listen=127.0.0.1
  cp "$state/user.pub" "$state/authorized_keys"
  cat >"$state/sshd_config" <<TEXT
Port $sshd_port
ListenAddress $listen
HostKey $state/host
AuthorizedKeysFile $state/authorized_keys
PidFile none
UsePAM no
UseDNS no
StrictModes no
MaxStartups 20000
MaxSessions 20000
LogLevel ERROR
Subsystem sftp internal-sftp
${sshd_extra:-}
TEXT
  if ((EUID == 0)); then
    mkdir -p /run/sshd
    sed "s#^root:.*#root:*:0:0::$state:/bin/sh#" /etc/passwd >"$state/passwd"
    # shellcheck disable=SC2016  # expanded by the inner shell
    unshare --mount sh -c "$host_setup"' && mount --bind "$1/passwd" /etc/passwd && exec /usr/sbin/sshd -D -f "$1/sshd_config"' \
      sh "$state" &
  else
    /usr/sbin/sshd -D -f "$state/sshd_config" &
  fi
  children+=($!)
  for ((tries = 0; tries < 400; tries++)); do
    (exec 6<>"/dev/tcp/127.0.0.1/$sshd_port") 2>/dev/null && return
    sleep 0.05
  done
  die "sshd does not start"
}

# addresses COUNT: that many hosts' addresses, a line each.
addresses() { awk -v n="$1" 'BEGIN { for (i = 0; i < n; i++) printf "127.1.%d.%d\n", int(i / 250), i % 250 + 1 }'; }

# write_fleet NAME PORT COUNT [VARS]: the hosts as an inventory (NAME.yml) and a plain list (NAME.hosts), their host keys
# a line each (NAME.known_hosts), and what ssh needs to know of them (NAME.ssh_config).
write_fleet() {
  local name=$state/$1 port=$2 count=$3 vars=${4:-} key
  key=$(cut -d' ' -f1,2 "$state/host.pub")
  addresses "$count" >"$name.hosts"
  sed "s|.*|[&]:$port $key|" "$name.hosts" >"$name.known_hosts"
  {
    echo "all: {vars: {user: $(id -un), key_file: $state/user, port: $port, host_key: strict," \
      "known_hosts: $name.known_hosts}}"
    echo "farm:"
    [[ -z $vars ]] || echo "  vars: { $vars }"
    echo "  hosts:"
    awk -v n="$count" 'BEGIN { for (i = 0; i * 250 < n; i++) {
      last = n - i * 250 < 250 ? n - i * 250 : 250
      printf "    n%d-[1-%d]: { address: \"127.1.%d.[1-%d]\" }\n", i, last, i, last } }'
  } >"$name.yml"
  cat >"$name.ssh_config" <<TEXT
Host *
  User $(id -un)
  Port $port
  IdentityFile $state/user
  IdentitiesOnly yes
  UserKnownHostsFile $name.known_hosts
  GlobalKnownHostsFile /dev/null
  StrictHostKeyChecking yes
  BatchMode yes
  LogLevel ERROR
  KexAlgorithms curve25519-sha256
  HostKeyAlgorithms ssh-ed25519
  Ciphers aes128-gcm@openssh.com
TEXT
}

# Virtual machines give free memory back to their host, and wait some 25 us for each page of it that they use again: had
# it been used just before, a page costs one. Uses and frees `warm` MiB.
warm=512
warm_memory() {
  [[ -d /dev/shm ]] || return 0
  head -c "${warm}M" /dev/zero >/dev/shm/cef-warm-$$ || true
  rm -f /dev/shm/cef-warm-$$
}

# sample NAME COMMAND...: runs it once and notes `wall cpu peak largest` (measure.cpp) under NAME. It must succeed.
sample() {
  local name=$1 status wall cpu peak largest
  shift
  warm_memory
  "$build/measure" ${memory:+--memory} "$@" 3>"$state/cost" >"$state/out" 2>"$state/err" </dev/null || true
  read -r wall cpu peak largest status <"$state/cost"
  if ((status != 0)); then
    head -n 5 "$state/err" "$state/out" >&2
    die "$name ended with status $status"
  fi
  echo "$wall $cpu $peak $largest" >>"$state/samples/$name"
}

# median NAME COLUMN, lowest NAME COLUMN, highest NAME COLUMN; of an even number of samples the lower middle one.
ranked() { cut -d' ' -f"$2" "$state/samples/$1" | sort -g; }
median() { ranked "$1" "$2" | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
lowest() { ranked "$1" "$2" | head -n 1; }
highest() { ranked "$1" "$2" | tail -n 1; }
# calc EXPRESSION FORMAT
calc() { awk "BEGIN { printf \"$2\", $1 }"; }

machine() {
  echo "$(nproc) processors ($(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1))," \
    "load $(cut -d' ' -f1 /proc/loadavg), $(date +%F)"
  echo "$("$cef" --version | head -n 2 | paste -sd' '), $(ssh -V 2>&1)"
}
