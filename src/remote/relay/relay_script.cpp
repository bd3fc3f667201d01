#include "relay_script.hpp"

#include "host_script.hpp"

#include <cef/core/shell.hpp>
#include <cef/core/shell_lock.hpp>

#include <fmt/format.h>

#include <string_view>

namespace cef::remote {

namespace {

// The neighbour's login shell may say something before the file, which a line of its own marks. What came is kept for
// a push to go on from, if it is more than what is there.
constexpr std::string_view fetch = R"sh(
have ssh && have ssh-keygen && have mkfifo || fail there is no ssh, ssh-keygen or mkfifo;
k= ssh= taker= teller= held= near=$d/.$b.cef-near;
leave() { { kill $ssh $taker $teller; [ -z "$k" ] || rm -rf "$k"; rm -f "$near"; } 2>/dev/null; release; };
trap leave EXIT; trap "exit 1" HUP INT TERM PIPE;
take || fail $why; held=1;
k=$(mktemp -d /tmp/cef-relay.XXXXXX) && mkfifo "$k/pipe" && ssh-keygen -q -t ed25519 -N "" -C cef-relay -f "$k/key" >/dev/null || fail no key can be made;
read -r kt kb x <"$k/key.pub"; echo "k $kt $kb";
read -r user addr port ht hb && [ "$hb" ] || exit 0; echo "cef-relay $ht $hb" >"$k/known";
take_all() { while IFS= read -r line; do case $line in *"=cef file=") cat >>"$near"; return;; esac; done; };
at() { echo $(($(wc -c <"$near"))); };
rm -f "$near"; (set -C; true >"$near") || fail $near cannot be written; n=0 try=0;
{ trap "" PIPE; while sleep 1 >/dev/null 2>&1 && echo "a $(at)" 2>/dev/null; do :; done; kill $$; } & teller=$!;
while [ $n -lt $size ] && [ $try -lt 3 ]; do try=$((try+1)) was=$n;
ssh -F /dev/null -i "$k/key" -o BatchMode=yes -o IdentitiesOnly=yes -o IdentityAgent=none -o StrictHostKeyChecking=yes
 -o "UserKnownHostsFile=$k/known" -o GlobalKnownHostsFile=/dev/null -o HostKeyAlias=cef-relay -o PreferredAuthentications=publickey
 -o ConnectTimeout=10 -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -o LogLevel=ERROR -p "$port" -l "$user" -- "$addr" "$n" </dev/null >"$k/pipe" 2>"$k/said" & ssh=$!;
take_all <"$k/pipe" & taker=$!; wait $taker;
wait $ssh; n=$(at); [ $n -le $was ] || try=0; done;
kill $teller; wait $teller; echo "a $n"; said=; [ $n = $size ] || read -r said <"$k/said";
s=0; if [ -e "$part" ] || [ -h "$part" ]; then facts "$part"; s=$fs; case $fm in -*) ;; *) s=0;; esac; [ "$fl" = 1 ] && [ "$fu" = $uid ] || s=0; fi;
if [ $n -gt 0 ] && { [ $n -gt $s ] || [ $n = $size ]; }; then mv -f "$near" "$part" || fail $near cannot be renamed; fi;
echo "g $n $said";
)sh";

// authorized_keys is replaced as a whole, by one at a time. Whatever an earlier relay left that has expired goes with
// it.
constexpr std::string_view serve = CEF_SHELL_LOCK R"sh(
[ -r "$file" ] || { [ "$as" ] && sudo -n -u "$as" test -r "$file"; } 2>/dev/null || fail the file cannot be read there by who logs in;
set -- $SSH_CONNECTION; [ "$4" ] || fail it is not known where the host is; addr=$3 port=$4;
id=$(id -un); h=$HOME/.ssh k= mine=; umask 077; mkdir -p "$h" && k=$(mktemp -d /tmp/cef-relay.XXXXXX) || fail no key can be let in; mark=cef-relay-${k##*.};
find /tmp/. ! -name . -prune -name "cef-relay.*" -user "$id" -mtime +0 -exec rm -rf {} + 2>/dev/null;
edit() { lock_folder "$h/.cef-lock" 100 2 || return 1; f=$h/authorized_keys new=; [ -e "$f" ] || new=1; [ ! -h "$f" ] || f=$(readlink -f "$f"); x=$f.cef.$$;
{ [ $new ] || cp -p "$f" "$x"; } && { [ $new ] && true || awk -v mark="$mark" -v now="$(date +%Y%m%d%H%M)" "{ old = 0;
if (\$NF == mark) old = 1; else if (\$NF ~ /^cef-relay-/ && match(\$0, /expiry-time=.[0-9]+/)) old = substr(\$0, RSTART + 13, 12) < now; if (!old) print }" "$f"; [ -z "$1" ] || printf "%s\n" "$1"; } >"$x" && mv -f "$x" "$f"; r=$?;
rm -f "$x"; [ -s "$f" ] || rm -f "$f"; rmdir "$h/.cef-lock"; return $r; };
leave() { [ -z "$mine" ] || edit; rm -rf "$k"; };
trap leave EXIT; trap "exit 1" HUP INT TERM PIPE;
echo "a $id $addr $port"; read -r kt kb && [ "$kb" ] || exit 0;
until=$(date -d "@$(($(date +%s)+seconds))" +%Y%m%d%H%M) || fail its date cannot tell when a key expires;
printf "%s" "$file" >"$k/path"; printf "%s" "$as" >"$k/as";
printf "%s\n" "k=$k" "n=\$SSH_ORIGINAL_COMMAND" "case \$n in \"\"|*[!0-9]*) exit 1;; esac" "f=\$(cat \"\$k/path\" && echo .) as=\$(cat \"\$k/as\")" "f=\${f%.}"
 "echo =cef file=" "[ ! -r \"\$f\" ] || exec tail -c +\$((n+1)) \"\$f\"" "exec sudo -n -u \"\$as\" tail -c +\$((n+1)) \"\$f\"" >"$k/serve";
mine=1; edit "restrict,expiry-time=\"$until\",command=\"exec /bin/sh $k/serve\" $kt $kb $mark" || { mine=; [ ! -d "$h/.cef-lock" ] || fail $h/.cef-lock is there: somebody else changes its keys; fail $h/authorized_keys cannot be written; };
echo r; cat >/dev/null;
)sh";

}  // namespace

std::string relay_fetch_line(const PushOrders& orders, const std::string& name, std::size_t size) {
  static const std::string text =
      shell_quote(script::joined({"export LC_ALL=C; set -f; umask 077; t=$1 name=$2 size=$3; echo \"=cef relay\"; ",
                                  script::tools, script::home, script::place, script::beside, script::locking, fetch}));
  return fmt::format("exec /bin/sh -c {} cef {} {} {}", text, shell_quote(orders.dest), shell_quote(name), size);
}

std::string relay_serve_line(const std::string& path, const std::string& become, Milliseconds valid) {
  static const std::string text = shell_quote(script::joined(
      {"export LC_ALL=C; set -f; file=$1 as=$2 seconds=$3; echo \"=cef relay\"; ", script::tools, serve}));
  return fmt::format("exec /bin/sh -c {} cef {} {} {}", text, shell_quote(path), shell_quote(become),
                     std::chrono::ceil<std::chrono::seconds>(valid).count());
}

}  // namespace cef::remote
