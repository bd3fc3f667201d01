#include "tree_script.hpp"

#include "host_script.hpp"

#include <cef/core/shell.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <ctime>
#include <initializer_list>
#include <string_view>

namespace cef::remote {

namespace {

// A folder is meant by its own name; one that ends in a slash takes the source's name.
constexpr std::string_view place = R"sh(
case $t in */) t=$t$name;; esac; case $t in /*) ;; *) t=$PWD/$t;; esac;
if [ -h "$t" ]; then r=$(readlink -f "$t" && echo .); r=${r%?.}; [ "$r" ] && [ -d "$r" ] || fail kind it is a symbolic link to no folder; t=$r; fi;
[ ! -e "$t" ] || [ -d "$t" ] || fail kind it is no folder;
)sh";

// Files are moved into place, which mounts prevent: what lies on one of its own, or in a folder that may not be written
// to, gets its part inside. `below`: something is mounted in the target.
constexpr std::string_view mounts = R"sh(
own= below=; if [ -d "$t" ]; then w=$(cd "$t" && pwd -P); { while read -r x y z; do case $y in *\\*) y=$(printf %b "$y");; esac;
case $y in "$w") own=1;; "${w%/}"/*) below=1;; esac; done </proc/self/mounts; } 2>/dev/null; [ -w "$d" ] || [ ! -w "$t" ] || own=1; fi;
[ ! "$own" ] || { d=$t part=$t/.$b.cef-part lock=$t/.$b.cef-lock; };
)sh";

// The folder beside the target is nobody else's. `id` tells whether it is of this tree. pure: the hashes alone, as
// tools differ in how they spell odd names. by: which transfer has made it ready, so that a step that comes late leaves
// alone what another one has put there since.
constexpr std::string_view stage = R"sh(
pure() { sed -n "s/^[\\]\{0,1\}\([0-9a-f]\{64\}\)  .*/\1/p"; };
mine() { [ -d "$part" ] && [ ! -h "$part" ] && [ -O "$part" ]; };
by() { b=-; { read -r b <"$part/by"; } 2>/dev/null; echo "${b:--}"; };
lists() { l=$(mktemp 2>&1) || fail write "no temporary file can be made: ${l##*: }"; guarded tidy;
cat >"$l" || fail write the lists could not be kept in ${l%/*}: No space left on device; };
tidy() { release; rm -f "$l" "$l.h"; };
begin() { guarded release; why= gentle=1; take || { [ -z "$late" ] || fail late; fail write $why; }; held=1;
[ -d "$part" ] && [ ! -h "$part" ] || rm -f "$part"; mine || [ ! -e "$part" ] || fail write "$part is of another user: Permission denied"; };
)sh";

// One hash of all that is in the target, as `find` tells it: kinds, names, sizes and times; and when the last push put
// it there. Where find cannot tell them it is the hash of nothing.
constexpr std::string_view glance = R"sh(
size=0; if [ -d "$t" ]; then q=$(cd "$t" && find . "(" -type f -printf "f %s %T@ %p\0" -o -type d -printf "d %p\0" -o -type l -printf "l %p %l\0"
 -o -printf "? %p\0" ")" 2>/dev/null | sort -z 2>/dev/null | sum); m=$(stat -c %Y "$t" 2>/dev/null); echo "q ${q%% *} ${m:--}"; else echo n; fi;
if mine; then echo p; fi;
)sh";

constexpr std::string_view facts = R"sh(
[ -w "$d" ] || echo "x $(no_entry)";
echo "s $(avail $(df -Pk "$d" 2>/dev/null)) $(avail $(df -Pi "$d" 2>/dev/null))"; echo "w $part"; echo "r $tool";
)sh";

// $l: the lists. Of files one line each comes back, unless all are as they should be.
constexpr std::string_view look = R"sh(
folders() { head -n $nd "$l"; }; links() { tail -n +$((nd+1)) "$l" | head -n $((2*nl)); }; files() { tail -n +$((nd+2*nl+1)) "$l"; };
differs() ( cd "$1" || exit;
folders | while IFS= read -r p; do [ -d "$p" ] && [ ! -h "$p" ] || echo "d $p"; done;
links | while IFS= read -r p && IFS= read -r q; do [ -h "$p" ] && [ "$(readlink "$p")" = "$q" ] || echo "l $p"; done;
files | xargs -0 $hash >"$l.h" 2>/dev/null; if [ "$(pure <"$l.h" | sum | cut -c 1-64)" = $digest ]; then echo same; else echo files; cat "$l.h"; fi; echo . );
lists; size=0; hash=sha256sum; [ $tool != busybox ] || hash="busybox sha256sum"; [ $tool = sha256sum ] || [ $tool = busybox ] || hash=false;
if [ $check = 0 ]; then why=; take || fail write $why; held=1;
[ -d "$part" ] && [ ! -h "$part" ] || rm -f "$part"; mine || [ ! -e "$part" ] || fail write "$part is of another user: Permission denied";
if mine && { [ $force = 1 ] || [ "$(cat "$part/id" 2>/dev/null)" != $id ]; }; then rm -rf "$part"; fi;
x=$( { mkdir -p "$part" && echo $new >"$part/by"; } 2>&1) || fail write "$part cannot be made: ${x##*: }"; fi;
if [ -d "$t" ]; then echo t; if [ $force = 0 ]; then differs "$t"; else echo files; echo .; fi;
if [ $deletes = 1 ]; then echo a; ( cd "$t" && find . -mindepth 1 ! -path "./${part##*/}" ! -path "./${part##*/}/*" ! -path "./${lock##*/}*" -print0 | tr "\000\n" "\n\000" ); echo .; fi; else echo n; fi;
if mine && [ -d "$part/tree" ]; then echo g; differs "$part/tree"; fi;
)sh";

// The stream is hashed as it comes. What follows the archive's end is read, too: else tee would break off before the
// hash has it.
constexpr std::string_view unpack = R"sh(
take_in() { { tar -xpof - -C "$part/tree" 2>&1 && cat >/dev/null || echo "exit $?"; } | tail -n 3; };
begin; [ "$(by)" = "$was" ] || fail late; [ $was != - ] || [ ! -e "$t" ] || fail late; [ -d "$part" ] || { x=$(mkdir -m 700 "$part" 2>&1) || fail write $x; }; x=$( { mkdir -p "$part/tree" && echo $id >"$part/id" && echo $new >"$part/by"; } 2>&1) || fail write $x;
h=-; if [ $verify = 1 ] && [ $tool != none ] && rm -f "$part/pipe" && mkfifo "$part/pipe" 2>/dev/null; then
sum <"$part/pipe" >"$part/sum" & s=$!; x=$(tee "$part/pipe" | take_in); wait $s; read -r h y <"$part/sum"; rm -f "$part/pipe" "$part/sum"; else x=$(take_in); fi;
case $x in *"exit "[0-9]*) fail write $x;; esac; echo "h $h"; echo d;
)sh";

// A folder that is not there yet is moved as a whole; into one that is there its files are, those of a folder at once.
// Where something is mounted below each file is copied beside its place first: moved there, a file that the disk has no
// room for would have taken the place of the old one.
constexpr std::string_view settle = R"sh(
begin; mine && [ -d "$part/tree" ] || fail gone; [ "$(by)" = "$new" ] || fail late; lists;
sync -f "$part" 2>/dev/null || sync;
put="d=\$1; shift; exec mv -f -- \"\$@\" \"\$d/\"";
[ ! "$below" ] || put="d=\$1 n=.cef-part.$$; shift; for f; do cp -pP \"\$f\" \"\$d/\$n\" && mv -f \"\$d/\$n\" \"\$d/\${f##*/}\" && rm -f \"\$f\" || { rm -f \"\$d/\$n\"; exit 1; }; done";
merge() { cd "$part/tree" || return; find . -type d | while IFS= read -r p; do [ -d "$p" ] || continue; g=$t/$p;
[ ! -h "$g" ] || [ "$p" = . ] || rm -f "$g"; [ ! -e "$g" ] || [ -d "$g" ] || rm -f "$g";
[ -d "$g" ] || [ ! "$below" ] || tar -cf - --no-recursion "$p" | tar -xpf - -C "$t";
if [ -d "$g" ]; then find "$p" -maxdepth 1 ! -type d -exec /bin/sh -c "$put" cef "$g" {} +; else mv "$p" "$g"; fi; done;
[ -z "$(find . ! -type d | head -n 1)" ]; };
if [ -d "$t" ]; then x=$(merge 2>&1) || fail write $x; else chmod $m "$part/tree"; x=$(mv "$part/tree" "$t" 2>&1) || fail write $x; fi;
if [ $nr != 0 ]; then x=$(cd "$t" && xargs -0 rm -rf -- <"$l" 2>&1) || fail write $x; fi;
TZ=UTC0 touch -t $stamp "$t" 2>/dev/null; rm -rf "$part"; sync "$d" 2>/dev/null; echo d;
)sh";

constexpr std::string_view still = R"sh(
mine && [ "$(by)" = "$new" ] || fail late; echo d;
)sh";

// Nothing was to be done after all.
constexpr std::string_view drop = R"sh(
begin; [ "$(by)" != "$new" ] || rm -rf "$part"; echo d;
)sh";

std::string line(std::string_view arguments, std::initializer_list<std::string_view> parts,
                 std::initializer_list<std::string> words) {
  std::string text = script::joined({"export LC_ALL=C; set -f; umask 077; t=$1 name=$2 force=$3; shift 3; ", arguments,
                                     " size=0 held= why=; echo \"=cef tree\"; ", script::tools, script::hashing,
                                     script::home, place, script::beside, mounts, script::locking, stage});
  text += script::joined(parts);
  std::string all = "exec /bin/sh -c " + shell_quote(text) + " cef";
  for (const std::string& word : words) all += ' ' + shell_quote(word);
  return all;
}

std::string flag(bool on) { return on ? "1" : "0"; }

}  // namespace

std::string tree_glance_line(const PushOrders& orders, const std::string& name) {
  return line("", {glance, facts}, {orders.dest, name, flag(orders.force)});
}

std::string tree_look_line(const PushOrders& orders, const std::string& name, const TreeLists& lists, bool deletes,
                           const std::string& by) {
  return line("nd=$1 nl=$2 id=$3 digest=$4 deletes=$5 check=$6 new=$7;", {look, facts},
              {orders.dest, name, flag(orders.force), std::to_string(lists.folders), std::to_string(lists.links),
               lists.id, lists.digest, flag(deletes), flag(orders.check), by});
}

std::string tree_unpack_line(const PushOrders& orders, const std::string& name, const std::string& id, bool looked,
                             const std::string& by) {
  return line("id=$1 verify=$2 was=$3 new=$4;", {unpack},
              {orders.dest, name, flag(orders.force), id, flag(orders.verify), looked ? by : "-", by});
}

std::string tree_still_line(const PushOrders& orders, const std::string& name, const std::string& by) {
  return line("new=$1;", {still}, {orders.dest, name, flag(orders.force), by});
}

std::string tree_drop_line(const PushOrders& orders, const std::string& name, const std::string& by) {
  return line("new=$1;", {drop}, {orders.dest, name, flag(orders.force), by});
}

std::string tree_settle_line(const PushOrders& orders, const std::string& name, std::size_t removed, unsigned mode,
                             std::int64_t read_at, const std::string& by) {
  return line("nr=$1 m=$2 stamp=$3 new=$4;", {settle},
              {orders.dest, name, flag(orders.force), std::to_string(removed), fmt::format("{:o}", mode),
               fmt::format("{:%Y%m%d%H%M.%S}", fmt::gmtime(static_cast<std::time_t>(read_at))), by});
}

}  // namespace cef::remote
