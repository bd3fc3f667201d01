#include "push_script.hpp"

#include "host_script.hpp"

#include <cef/core/shell.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <string_view>

namespace cef::remote {

namespace {

// What is there of it.
constexpr std::string_view look = R"sh(
fits() { { [ -z "$o" ] || [ "$(find "$1" -prune -user "$o")" ]; } && { [ -z "$g" ] || [ "$(find "$1" -prune -group "$g")" ]; }; } 2>/dev/null;
look() { ps=0 ph=-; if [ -e "$part" ] || [ -h "$part" ]; then facts "$part"; case $fm in -*) ;; *) fu=;; esac;
if [ "$fl" = 1 ] && [ "$fu" = "$uid" ] && [ "$fs" -le "$size" ] && [ $force = 0 ]; then ps=$fs;
[ $ps = 0 ] || { hash <"$part"; ph=$h; }; elif [ -d "$part" ] && [ ! -h "$part" ] && [ -O "$part" ]; then rm -rf "$part"; else rm -f "$part"; fi; fi;
[ -e "$part" ] || why=$( (set -C; true >"$part") 2>&1 ) || return 1; echo "p $ps $ph"; };
)sh";

// Exactly so many bytes are read, and no more: what follows is for the script. The file is hashed as it comes where tee
// tells at once that it cannot write; BusyBox's does at the end. Where processors are what is waited for, pipes would
// cost more than to read it again from memory.
constexpr std::string_view receive = R"sh(
own() { [ "$cu$cg" ] || return 0; facts "$1"; [ "$cu:$cg" = "$fu:$fg" ] || chown "$cu${cg:+:$cg}" "$1"; };
bytes() { if [ $exact ]; then [ $q = 0 ] || dd bs=65536 count=$q iflag=fullblock status=none;
[ $r = 0 ] || dd bs=$r count=1 iflag=fullblock status=none; else head -c $count; fi; };
crowded() { [ $near = 1 ] && [ "$(nproc 2>/dev/null || echo 9)" -le 2 ] && [ -r /proc/meminfo ] || return;
while read -r x y z; do [ $x != MemAvailable: ] || break; done </proc/meminfo; [ $((${y:-0}/4)) -gt $((size/1024)) ]; };
gnu_tee() { case $(tee --version 2>/dev/null) in *GNU*) true;; *) false;; esac; };
receive() { count=$((size-off)) q=$(((size-off)/65536)) r=$(((size-off)%65536)) exact= h=-;
dd iflag=fullblock status=none count=0 </dev/null >/dev/null 2>&1 && exact=1;
if [ $off = 0 ]; then true >"$part"; elif [ $off != $ps ]; then dd if=/dev/null of="$part" bs=1 seek=$off 2>/dev/null; fi;
if [ $count = 0 ]; then return; fi;
if [ $verify = 0 ] || [ $tool = none ]; then bytes >>"$part";
elif ! crowded && gnu_tee; then h=$(bytes | tee -a "$part" | sum); h=${h%% *};
else bytes >>"$part"; h=$(if [ $off = 0 ]; then sum <"$part"; else tail -c +$((off+1)) "$part" | sum; fi); h=${h%% *}; fi; };
finish() { dd if=/dev/null of="$part" bs=1 seek=$size conv=notrunc,fsync 2>/dev/null || sync;
TZ=UTC0 touch -t $stamp "$part" 2>/dev/null; x=$(own "$part" 2>&1) || fail owner $x;
x=$(chmod $m "$part" 2>&1) || [ -z "$mode" ] || fail write $x;
x=$(mv -f "$part" "$t" 2>&1) || fail write $x; sync "$d" 2>/dev/null; echo d; };
)sh";

constexpr std::string_view dialogue = R"sh(
case $t in /*) w=$t;; *) w=$PWD/$t;; esac; nl=$(printf "\n."); case $w in *"${nl%.}"*) ;; *) [ ${#w} -gt 4000 ] || echo "w $w";; esac;
tu= tg= held= h=; if [ -e "$t" ]; then facts "$t"; tu=$fu tg=$fg h=-; [ $force = 1 ] || [ $fs != $size ] || hash 2>/dev/null <"$t";
owned=1; fits "$t" || owned=0; echo "t $fm $fs $h $owned"; fi;
if [ $verb = check ]; then [ -w "$d" ] || echo "x $(no_entry)";
elif [ "$known" = - ] || [ "$h" != "$known" ]; then guarded release; why=;
if take; then held=1; look || echo "x $why"; else echo "x $why"; fi;
elif [ -f "$part" ]; then guarded release; gentle=1; if take; then held=1; fi; fi;
echo "s $(avail $(df -Pk "$d" 2>/dev/null)) $(avail $(df -Pi "$d" 2>/dev/null))"; echo "r $tool $um";
read -r what off want m && [ $verb = push ] || exit 0;
while [ "$what" = hash ]; do h=$(head -c "$off" "$part" | sum); echo "p $off ${h%% *}"; read -r what off want m || exit 0; done;
cu=${o:-$tu} cg=${g:-$tg};
case $what in same|none) [ ! "$held" ] || [ -d "$part" ] || rm -f "$part"; [ $what = same ] || exit 0; m=$off; x=$(own "$t" 2>&1) || fail owner $x; [ $m = - ] || x=$(chmod $m "$t" 2>&1) || fail write $x; echo d;;
send) [ $held ] || fail late; x=$(own "$lock" 2>&1) || fail owner $x; [ -O "$lock" ] || chown $uid "$lock";
receive; facts "$part"; [ "$fs" = "$size" ] || fail short $fs;
if [ $verify = 1 ] && [ $tool != none ] && [ $count != 0 ]; then
if [ $want = - ]; then echo "h $h"; read -r want || exit 0; fi; [ "$want" = "$h" ] || { rm -f "$part"; fail hash; }; fi; holds || fail late; finish;; esac;
)sh";

std::string one_line() {
  constexpr std::string_view start =
      "um=$(umask); export LC_ALL=C; set -f; umask 077; verb=$1 t=$2 name=$3 size=$4 known=$5 verify=$6 force=$7 "
      "mode=$8 stamp=$9; shift 9; o=$1 g=$2 near=$3; echo \"=cef push\"; read -r hello; ";
  return shell_quote(script::joined({start, script::tools, script::hashing, script::home, script::place, script::beside,
                                     script::locking, look, receive, dialogue}));
}

}  // namespace

std::string push_line(const Source& source, const PushOrders& orders, const std::string& sha256, bool near) {
  static const std::string script_text = one_line();
  const std::string mode = orders.mode ? fmt::format("{:o}", *orders.mode) : "";
  const auto modified = static_cast<std::time_t>(std::max<std::int64_t>(0, source.modified()));
  std::string line = "exec /bin/sh -c " + script_text + " cef";
  for (const std::string& word :
       {std::string(orders.check ? "check" : "push"), orders.dest, orders.name.empty() ? source.name() : orders.name,
        std::to_string(source.size()), sha256.empty() ? std::string("-") : sha256,
        std::string(orders.verify ? "1" : "0"), std::string(orders.force ? "1" : "0"), mode,
        fmt::format("{:%Y%m%d%H%M.%S}", fmt::gmtime(modified)), orders.owner, orders.group,
        std::string(near ? "1" : "0")})
    line += ' ' + shell_quote(word);
  return line;
}

}  // namespace cef::remote
