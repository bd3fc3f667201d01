#include "host_script.hpp"

#include <cef/core/shell_lock.hpp>

#include <algorithm>

namespace cef::remote::script {

// `ls -n` is what tells facts everywhere; df's numbers stand before the one that ends in a percent sign, wherever the
// names around them have blanks.
constexpr std::string_view tools_text = R"sh(
have() { command -v "$1" >/dev/null 2>&1; };
fail() { echo "e $*"; exit 0; };
facts() { set -- $(ls -ldn "$1" 2>/dev/null); fm=$1 fl=$2 fu=$3 fg=$4 fs=$5; };
avail() { a= b= c=; for w; do case $w in *[0-9]%) [ "$a" = 0 ] || { echo "$c"; return; };; esac; a=$b b=$c c=$w; done; echo -; };
)sh";

// OpenSSL is faster where there is much to hash, and takes longer to start.
constexpr std::string_view hashing_text = R"sh(
tool=none; if have sha256sum; then tool=sha256sum; elif busybox sha256sum </dev/null >/dev/null 2>&1; then tool=busybox; fi;
if [ $tool = none ] || [ "$size" -gt 1048576 ]; then have openssl && tool=openssl; fi;
sum() { case $tool in sha256sum) sha256sum;; busybox) busybox sha256sum;; openssl) openssl dgst -sha256 -r;; esac; };
hash() { h=$(sum); h=${h%% *}; h=${h:--}; };
)sh";

constexpr std::string_view home_text = R"sh(
case $t in "~") t=$HOME;; "~/"*) t=$HOME/${t#??};; -*) t=./$t;; esac;
)sh";

constexpr std::string_view place_text = R"sh(
if [ -d "$t" ]; then t=${t%/}/$name; else case $t in */) fail missing there is no such folder;; esac; fi;
[ ! -d "$t" ] || fail kind it is a folder;
if [ -h "$t" ]; then r=$(readlink -f "$t" && echo .); r=${r%?.};
[ "$r" ] && [ -e "$r" ] || fail missing it is a symbolic link to nothing; t=$r; fi;
[ ! -e "$t" ] || [ -f "$t" ] || fail kind it is no file;
)sh";

constexpr std::string_view beside_text = R"sh(
case $t in */*) d=${t%/*}; d=${d:-/};; *) d=.;; esac; b=${t##*/};
[ -d "$d" ] || fail missing there is no folder for it;
[ ${#b} -le 240 ] || b=$(printf %.200s "$b");
no_entry() { if [ $uid = 0 ]; then echo Read-only file system; else echo Permission denied; fi; };
part=$d/.$b.cef-part lock=$d/.$b.cef-lock uid=$(id -u);
)sh";

// What the lock holds is the process that writes, by its number, its start and the boot. One that still runs is ended:
// it may hang on a connection that nobody will ever close, and of several transfers the latest is meant; but a `gentle`
// one is a later step of a transfer, which makes way. Who looks at the lock and takes it is alone in the gate; who is
// ended while somebody is in there knows why.
constexpr std::string_view locking_text = CEF_SHELL_LOCK R"sh(
life() { read -r it <"/proc/$1/stat" || return 1; set -- ${it##*) }; pg=$3 st=${20}; [ "$1" != Z ]; } 2>/dev/null;
oust() { { read -r p s x y; } <"$lock"; [ "$x" = "$boot" ] && [ "$s" ] && life "$p" && [ "$st" = "$s" ] &&
[ "$pg" -gt 1 ] && [ "$pg" != "$mine" ] || return 0; [ -z "$gentle" ] || return 1; kill -TERM "-$pg"; i=0;
while [ $i -lt 30 ] && life "$p" && [ "$st" = "$s" ]; do [ $i != 10 ] || kill -9 "-$pg"; sleep 0.1 || sleep 1; i=$((i+1)); done; } 2>/dev/null;
ousted() { [ ! -d "$lock.gate" ] || echo "e late" >&3; exit; };
guarded() { exec 3>&1; trap "$1" EXIT; trap ousted TERM; trap exit HUP INT PIPE; };
seize() { if [ -e "$lock" ] || [ -h "$lock" ]; then facts "$lock"; case $fm in "") fu=$uid;; -*) ;; *) fu=;; esac;
[ "$fu" = "$uid" ] || { why="$lock is no file of this user: Permission denied"; return 1; };
oust || { late=1 why="another transfer has taken over"; return 1; }; rm -f "$lock"; fi; why=$( (set -C; echo "$me" >"$lock") 2>&1 ); };
enter() { lock_folder "$lock.gate" 300 1 || why=$(mkdir "$lock.gate" 2>&1) || { why=${why##*: }; return 1; }; inside=1; };
leave_gate() { [ -z "$inside" ] || rmdir "$lock.gate"; inside=; } 2>/dev/null;
holds() { read -r x <"$lock" && [ "$x" = "$me" ]; } 2>/dev/null;
gentle= inside= late=; take() { boot=-; { read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null; st=-; pg=-; life $$; mine=$pg; me="$$ $st $boot";
enter || return 1; got=0; seize || got=1; leave_gate; return $got; };
release() { leave_gate; [ "$held" ] && holds && { [ -s "$part" ] || rm -f "$part"; rm -f "$lock"; }; } 2>/dev/null;
)sh";

const std::string_view tools = tools_text, hashing = hashing_text, home = home_text, place = place_text,
                       beside = beside_text, locking = locking_text;

std::string joined(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  std::replace(all.begin(), all.end(), '\n', ' ');
  return all;
}

}  // namespace cef::remote::script
