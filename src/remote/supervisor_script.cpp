#include "supervisor_script.hpp"

#include <cef/core/shell.hpp>
#include <cef/core/shell_take.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace cef::remote {

namespace {

// $b: the folder of this user's jobs, which nobody else may have made.
constexpr std::string_view common = R"sh(
u=$(umask); umask 077; boot=-; read -r boot </proc/sys/kernel/random/boot_id;
while read -r k uid x; do [ "$k" = Uid: ] && break; done </proc/self/status;
t=/tmp; [ -d /var/tmp ] && [ -w /var/tmp ] && t=/var/tmp; b=$t/cef-$uid;
mine() { [ -d "$b" ] && [ ! -h "$b" ] && [ -O "$b" ]; };
)sh";

// Whether the supervisor of $d runs, or $why it does not.
constexpr std::string_view look = R"sh(
alive() { p=; why=never; read -r p st s bt x <"$d/pid" || return 1;
why=rebooted; [ "$bt" = "$boot" ] || return 1;
why=killed; read -r l <"/proc/$p/stat" || return 1; set -- ${l##*) }; [ "${20}" = "$st" ] && [ "$1" != Z ];
} 2>/dev/null;
)sh";

// Ends the processes of the session $s and the descendants of $p, but not those in the file `keep`; first gently.
constexpr std::string_view finish = R"sh(
scan() { g=1; while [ $g = 1 ]; do g=0; for f in /proc/[0-9]*/stat; do { read -r l <$f; } 2>/dev/null || continue;
q=${l%% *}; set -- ${l##*) }; case "$k$v" in *" $q "*) continue;; esac;
if [ "$4" = "$s" ] || [ "$2" = "$p" ]; then v="$v$q "; g=1;
else case "$v" in *" $2 "*) v="$v$q "; g=1;; esac; fi; done; done; };
finish() { k=; read -r k <"$d/keep"; k=" $k "; v=" "; scan; kill -TERM $v;
i=0; while [ $i -lt 10 ]; do i=$((i+1)); up=; for q in $v; do kill -0 $q && up=1; done; [ "$up" ] || break;
sleep 0.1 || sleep 1; done; v=" "; scan; [ "$v" = " " ] || kill -KILL $v; } 2>/dev/null;
)sh";

// $1: `keep` leaves what keeps the command from being run again. With the last folder goes what was changed for it.
constexpr std::string_view forget = R"sh(
forget() { if [ "$1" = keep ]; then for f in "$d"/*; do case $f in */started) ;; *) rm -rf "$f";; esac; done;
else rm -rf "$d"; fi;
if [ -e "$b/linger" ]; then for f in "$b"/*/; do [ -d "$f" ] && return; done;
loginctl disable-linger && rm -f "$b/linger"; fi; rmdir "$b"; } >/dev/null 2>&1;
)sh";

// What stands in the file `run`: $1 the folder, $2 the command's umask, $3 how much it may say, $4 its standard input
// or nothing, $5 the command. It is one line, so that all of it has been read before the file goes.
//
// The command writes to pipes, as it would without a supervisor: it might cut off a file, or open it anew. Both ends
// are held here, so that neither the command nor who copies waits for the other to open one, and a disk that is full
// does not end the command. exec closes them, not a redirection of watch: for that dash would keep them open elsewhere.
constexpr std::string_view run_script = R"sh(
gone() { read -r l <"/proc/$1/stat" || return 0; set -- ${l##*) }; [ "$1" = Z ]; };
drain() { rm -f "$d/whole"; exec cat >/dev/null; };
watch() { still=0; n=; while :; do sleep 1 || sleep 1; [ -d "$d" ] || exit; w=$n;
set -- $(LC_ALL=C ls -ln "$d/out" "$d/err"); [ $# = 18 ] || continue; n=$(($5+${14}));
if [ "$n" -gt "$max" ] && [ -e "$d/within" ]; then rm -f "$d/within"; finish; fi;
if [ -e "$d/rc" ]; then [ "$n" != "$w" ] || still=$((still+1)); [ $still -lt 2 ] || kill $a $c;
else if gone $a; then drain <&6 & a=$!; fi; if gone $c; then drain <&8 & c=$!; fi; fi; done; };
ring() { for f in "$d"/bell.*; do [ ! -p "$f" ] || echo $1 1<>"$f"; done; };
main() { d=$1; u=$2; max=$3; in=$4; cmd=$5; umask 077;
mkdir "$d/started" || exit;
read -r boot </proc/sys/kernel/random/boot_id; read -r l </proc/self/stat; p=${l%% *};
set -- ${l##*) }; s=-; [ "$4" != "$p" ] || s=$p;
mkfifo "$d/o" "$d/e" && echo "$p ${20} $s $boot" >"$d/pid.new" && mv -f "$d/pid.new" "$d/pid" || exit;
exec 4<>"$d/o" 6<"$d/o" 7>"$d/o"; exec 4<>"$d/e" 8<"$d/e" 9>"$d/e" 4>&- 3</dev/null; rm -f "$d/o" "$d/e";
if [ "$in" ]; then exec 3<"$in"; rm -f "$in"; fi;
cat <&6 >>"$d/out" 3<&- 6<&- 7>&- 8<&- 9>&- & a=$!;
cat <&8 >>"$d/err" 3<&- 6<&- 7>&- 8<&- 9>&- & c=$!;
{ exec 3<&- 7>&- 9>&-; watch; } & m=$!;
echo "$p $a $c $m" >"$d/keep";
ring s; umask "$u";
"${SHELL:-/bin/sh}" -c "$cmd" <&3 >&7 2>&9 3<&- 6<&- 7>&- 8<&- 9>&-;
r=$?; umask 077; true >"$d/rc"; exec 3<&- 7>&- 9>&-;
wait $a; x=$?; wait $c; y=$?;
case $x,$y in 0,0|0,143|143,0|143,143) ;; *) rm -f "$d/whole";; esac;
kill $m; echo $r 1<>"$d/spare"; mv -f "$d/spare" "$d/end"; ring e; };
{ main "$@"; exit; } 2>/dev/null
)sh";

// $1, $2: so much of the outputs is known. $3: `once` not to wait, `begun` to wait before the first look. $bell is
// open. Whoever has told how it ended needs the folder no more; who takes it away waits a little for others who have
// not.
constexpr std::string_view follow = R"sh(
send() { n=$(($2-$3)); [ $n -gt 0 ] || return 0; t=0.25; echo "$1 $n"; q=$((n/65536)); r=$((n%65536));
{ [ $q = 0 ] || dd bs=65536 count=$q; [ $r = 0 ] || dd bs=$r count=1; } <&$4 2>/dev/null; };
begun() { [ "$known" ] || { known=1; echo s; }; };
others() { for f in "$d"/bell.*; do [ -p "$f" ] && kill -0 "${f##*.}" 2>/dev/null && return; done; return 1; };
settle() { i=0; while others && [ $i -lt 20 ]; do i=$((i+1)); sleep 0.1 || sleep 1; done; };
hear() { case $1 in s) begun;; wgone|wkeep) settle; forget "${1#w}"; exit;; w) rm -f "$bell"; exit;;
wkill) mkdir "$d/killed" 2>/dev/null; alive && finish; return 1;; *) return 1;; esac; };
follow() { [ -e "$d/err" ] || { echo "l gone"; rm -f "$bell"; exit; };
o=$1; e=$2; how=$3; known=; tries=0; t=0.1; exec 4<&0 6<"$d/out" 8<"$d/err";
[ $o = 0 ] || dd bs=1 skip=$o count=0 <&6 2>/dev/null; [ $e = 0 ] || dd bs=1 skip=$e count=0 <&8 2>/dev/null;
{ while read -r w <&4; do echo "w$w"; done; echo w; } >&5 2>/dev/null 6<&- 8<&- &
while :; do if [ $how != begun ]; then
up=; alive && up=1; end=; [ -e "$d/end" ] && end=1; [ -s "$d/pid" ] && begun;
set -- $(LC_ALL=C ls -ln "$d/err" "$d/out" 2>/dev/null); [ $# = 18 ] || { echo "l gone"; break; };
send o ${14} $o 6; send e $5 $e 8; o=${14}; e=$5;
if [ $end ]; then r=; read -r r x <"$d/end"; [ -e "$d/whole" ] || echo f; [ -e "$d/within" ] || echo m;
[ -d "$d/killed" ] && echo k; echo "d $r"; break; fi;
if [ ! $up ]; then if [ $why = never ] && [ $tries -lt 12 ]; then tries=$((tries+1));
else [ -d "$d/killed" ] && echo k; echo "l $why"; break; fi; fi;
[ $how != once ] || { echo r; break; }; fi; how=${how#begun}; how=${how:-wait};
{ sleep $t || sleep 1; echo t; } >&5 2>/dev/null </dev/null 4<&- 6<&- 8<&- &
case $t in 0.1) t=0.2;; 0.2*) t=0.5;; *) t=1;; esac;
while read -r x <&5 && hear "$x"; do :; done; done; rm -f "$bell";
while read -r x <&5; do hear "$x"; done; };
)sh";

// $1 the id, $2 whether to follow it, $3 bytes of input, $4 how much it may say, $5 its label, $6 the command, $7 the
// script.
//
// Another one's end may take the common folder away at any moment before there is one in it.
//
// The host may end all processes of a login with it; what is in a scope of its own stays. And the command is not put
// into the background: what a shell puts there ignores interrupts for ever. So it is one part of a pipeline whose other
// part ends the shell that would wait for it.
constexpr std::string_view begin = R"sh(
refuse() { [ "$d" ] && rm -rf "$d"; rmdir "$b" 2>/dev/null; echo "x $1"; exit 0; };
ends_with_login() { n=; while read -r l; do case $l in */session-*.scope*) n=1;; esac; done </proc/self/cgroup;
[ "$n" ] || return 1; n=;
for f in /etc/systemd/logind.conf /usr/lib/systemd/logind.conf.d/*.conf /run/systemd/logind.conf.d/*.conf
/etc/systemd/logind.conf.d/*.conf; do [ -r "$f" ] || continue;
while IFS="= " read -r k v x; do case $k,$v in "#KillUserProcesses,yes") n=1;;
KillUserProcesses,[yY]*|KillUserProcesses,[tT]*|KillUserProcesses,1|KillUserProcesses,on) n=1;;
KillUserProcesses,*) n=;; esac; done <"$f"; done; [ "$n" ]; };
scope() { w=; ends_with_login || return 0;
if [ "$uid" = 0 ]; then w="systemd-run --scope --quiet --"; else w="systemd-run --user --scope --quiet --";
[ -e "/var/lib/systemd/linger/$USER" ] || { loginctl enable-linger && true >"$b/linger"; } || w=false; fi;
$w true </dev/null >/dev/null || { w=; echo w; }; } 2>/dev/null;
)sh" CEF_SHELL_TAKE R"sh(
launch() { in=; if [ $3 != 0 ]; then in=$d/in.$$; take $3 >"$in" || refuse "full $t";
[ $(($(wc -c <"$in"))) = $3 ] || { rm -f "$in"; exit 1; }; fi;
{ printf %s "$6" >"$d/command" && echo "$5" >"$d/label" && printf %s "$7" >"$d/run" && printf %64s . >"$d/spare" &&
true >"$d/whole" && true >"$d/within" && true >>"$d/out" && true >>"$d/err"; } 2>/dev/null || refuse "full $t";
scope; x="trap \"\" HUP;"; command -v setsid >/dev/null && x=setsid;
{ /bin/sh -c "$x $w /bin/sh \"\$@\" </dev/null >/dev/null 2>&1 | kill -9 \$\$"
cef "$d/run" "$d" "$u" "$4" "$in" "$6" 5>&-; } 2>/dev/null; };
begin() { d= n=0; until mkdir -m 700 "$b"; mine && { mkdir "$b/$1" || [ -d "$b/$1" ]; } && mine; do n=$((n+1));
[ $n -lt 10 ] || { [ ! -e "$b" ] || mine || refuse "foreign $b"; n=$(mkdir -p "$b/$1" 2>&1); refuse "unmade $t ${n##*: }"; }; done 2>/dev/null; d=$b/$1; bell=$d/bell.$$;
mkfifo "$bell" 2>/dev/null || { command -v mkfifo >/dev/null || refuse mkfifo; refuse "full $t"; };
exec 5<>"$bell"; [ -d "$d/started" ] || launch "$@";
if [ $2 = follow ]; then follow 0 0 begun; fi; i=0;
while [ $i -lt 100 ]; do { [ -s "$d/pid" ] || [ ! -d "$d" ]; } && echo s && break; i=$((i+1)); sleep 0.1 || sleep 1; done; rm -f "$bell"; };
)sh";

// $1 the id, and the arguments of follow().
constexpr std::string_view attach = R"sh(
attach() { d=$b/$1; bell=$d/bell.$$; mine && [ -d "$d" ] || { echo "l gone"; exit; };
mkfifo "$bell" || { [ -d "$d" ] && echo "x full $t" || echo "l gone"; exit; }; exec 5<>"$bell"; shift; follow "$@"; };
)sh";

// Of one whose supervisor is gone the session is left; its number is nobody else's as long as there is somebody in it.
constexpr std::string_view kill_one = R"sh(
end_it() { d=$b/$1; mine && [ -d "$d" ] || { echo "l gone"; exit; };
[ ! -e "$d/end" ] || { echo "l over"; exit; };
if alive; then mkdir "$d/killed"; finish;
i=0; until [ -e "$d/end" ] || [ $i -ge 30 ]; do sleep 0.1 || sleep 1; i=$((i+1)); done;
[ -e "$d/end" ] || { read -r k <"$d/keep"; kill -KILL ${k:-$p}; }; echo k;
else l=") Z"; read -r l <"/proc/$p/stat"; set -- ${l##*) }; [ $why = killed ] && [ "$1" = Z ] &&
{ rm -f "$d/keep"; mkdir "$d/killed"; finish; }; echo "l $why"; fi; } 2>/dev/null;
)sh";

constexpr std::string_view list = R"sh(
entry() { state=lost; up=; alive && up=1; r=-; a=-; z=-; label=-;
if [ -e "$d/end" ]; then state=done; read -r r x <"$d/end"; z=$(date -r "$d/end" +%s); elif [ $up ]; then state=running; fi;
[ -d "$d/killed" ] && [ ! $up ] && state=killed; [ -e "$d/pid" ] && a=$(date -r "$d/pid" +%s);
read -r label x <"$d/label"; c=$(head -c 4096 "$d/command" && echo .) || return; c=${c%.};
echo "j ${d##*/} $state ${a:--} ${z:--} ${r:--} ${label:--} $(($(printf %s "$c" | wc -c)))"; printf %s "$c"; } 2>/dev/null;
list() { mine || exit; for d in "$b"/${1:-*}/; do d=${d%/}; [ ! -e "$d/command" ] || entry; done; };
clean() { mine || exit; for d in "$b"/*/; do d=${d%/}; [ -d "$d" ] && ! alive || continue;
if [ -e "$d/pid" ] && [ -e "$d/command" ]; then entry; forget;
elif [ "$(find "$d" -prune -mtime +0)" ]; then forget; fi; done; };
)sh";

// One line of all of these.
std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  std::replace(all.begin(), all.end(), '\n', ' ');
  return all;
}

// A script that says its mark and then does the call.
std::string quoted(std::initializer_list<std::string_view> parts, std::string_view call) {
  return shell_quote(joined(parts) + fmt::format("echo \"=cef job $1 $boot\"; {} \"$@\"", call));
}

template <class... Words>
std::string line(const std::string& script, const Words&... words) {
  std::string all = "exec /bin/sh -c " + script + " cef";
  ((all += ' ', all += shell_quote(words)), ...);
  return all;
}

}  // namespace

std::string begin_line(std::string_view id, const Assignment& assignment, bool follows) {
  static const std::string script = quoted({common, look, finish, forget, follow, begin}, "begin");
  static const std::string run = shell_quote(joined({look, finish, run_script}));
  return line(script, id, follows ? "follow" : "leave", std::to_string(assignment.input.size()),
              std::to_string(assignment.output_limit), assignment.label, assignment.text) +
         ' ' + run;
}

std::string attach_line(std::string_view id, LogPlace from, bool waits) {
  static const std::string script = quoted({common, look, finish, forget, follow, attach}, "attach");
  return line(script, id, std::to_string(from.out), std::to_string(from.err), waits ? "wait" : "once");
}

std::string kill_line(std::string_view id) {
  static const std::string script = quoted({common, look, finish, kill_one}, "end_it");
  return line(script, id);
}

std::string list_line(std::string_view id) {
  static const std::string script = quoted({common, look, list}, "list");
  return line(script, id);
}

std::string clean_line() {
  static const std::string script = quoted({common, look, forget, list}, "clean");
  return line(script, std::string_view());
}

}  // namespace cef::remote
