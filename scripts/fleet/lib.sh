# Shared by the scripts of the demo fleet: which nodes there are, and how one is told from a stranger with its old pid.
# shellcheck shell=bash disable=SC2034

# name, persona, loopback address, port (0: the port after the last one), seconds since boot
# Six Raspberry Pis behind one address, as behind a router that forwards a port to each.
fleet_nodes='
rpi6401 rpi4    127.64.1.1  39001  3651234
rpi6402 rpi4    127.64.1.1  39002  3651198
rpi6403 rpi4    127.64.1.1  39003   912345
rpi6404 rpi5    127.64.1.1  39004  1209600
rpi6405 rpi4    127.64.1.1  39005    86512
rpi6406 rpi5    127.64.1.1  39006  1209533
rpi6471 rpi3    127.64.3.71 39022  8640123
w01     gpu     127.64.4.1  39022  2592011
p01     server  127.64.4.2  39022  5184022
c01     control 127.64.0.1  39022  7776033
'

# The 22nd field of stat, counted after the name in brackets: with the pid it names a process for good. None for one
# that has ended and waits to be reaped.
start_time() {
  local stat
  stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  stat=${stat##*) }
  # shellcheck disable=SC2086  # split into fields
  set -- $stat
  [[ $1 != Z ]] || return 1
  echo "${20}"
}

# Where this machine has the second version of control groups, in which a systemd of a node's own may have some.
control_groups() { awk '$3 == "cgroup2" { print $2; exit }' /proc/self/mounts; }

# Whether the node that FOLDER/pid tells of runs still.
node_runs() {
  local pid started
  read -r pid started 2>/dev/null <"$1/pid" || return 1
  [[ -n $started && $(start_time "$pid") == "$started" ]]
}
