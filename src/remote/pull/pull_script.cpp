#include "pull_script.hpp"

#include <cef/core/shell.hpp>

#include <algorithm>
#include <string_view>

namespace cef::remote {

namespace {

// The file's bytes go out beside the hashing of the same bytes: the disk is read once, as a rule, and the output is no
// pipe that tee could be told to write to. What grows while it is read is taken as it was. A file of the kernel's says
// that it has no bytes, or a page of them, and has others, and gives them in small pieces.
//
// Offsets are whole blocks. With a rate, the host sends as many bytes as it is told, each time it is told.
constexpr std::string_view script = R"sh(
export LC_ALL=C; set -f; t=$1 have=$2; echo "=cef pull"; read -r hello;
has() { command -v "$1" >/dev/null 2>&1; };
fail() { echo "e $*"; exit 0; };
case $t in "~") t=$HOME;; "~/"*) t=$HOME/${t#??};; -*) t=./$t;; esac;
[ -e "$t" ] || { x=$(ls -ldL "$t" 2>&1); fail open ${x:-No such file or directory}; };
[ ! -d "$t" ] || fail folder; [ -f "$t" ] || fail kind;
x=$( (true <"$t") 2>&1) || fail open $x;
set -- $(ls -ldnL "$t"); mode=$1 size=$5; case $size in 0|4096) size=$(($(wc -c <"$t")));; esac;
tool=none; if has sha256sum; then tool=sha256sum; elif busybox sha256sum </dev/null >/dev/null 2>&1; then tool=busybox; fi;
if [ $tool = none ] || [ "$size" -gt 1048576 ]; then has openssl && tool=openssl; fi;
sum() { case $tool in sha256sum) sha256sum;; busybox) busybox sha256sum;; openssl) openssl dgst -sha256 -r;; *) cat >/dev/null;; esac; };
full=; exact=0; dd iflag=fullblock status=none count=0 </dev/null >/dev/null 2>&1 && exact=1 full=iflag=fullblock;
blocks() { q=$((($2-$1)/65536)) r=$(($2%65536)) k=$(($1/65536)); { [ $q = 0 ] || dd if="$t" bs=65536 $full skip=$k count=$q;
[ $r = 0 ] || dd if="$t" bs=65536 $full skip=$((k+q)) count=1 | head -c $r; } 2>/dev/null; };
now() { set -- $(ls -ldnL "$t"); echo "$5"; };
hash() { if [ $1 = $size ] && [ "$(now)" = $size ]; then h=$(sum <"$t"); else h=$(blocks 0 $1 | sum); fi; h=${h%% *}; h=${h:--}; };
h=-; [ "$have" != "$size" ] || hash $size; time=$(date -r "$t" +%s 2>/dev/null);
echo "f $mode $size ${time:-0} $h $tool $exact";
read -r off want verify paced || exit 0; [ $tool != none ] || verify=0;
if [ $off != 0 ]; then hash $off; [ "$h" = "$want" ] || off=0; fi; echo "o $off"; h=-;
if [ $paced = 1 ]; then exec 4<&0; blocks $off $size | while read -r n <&4 && [ "$n" -gt 0 ]; do
dd bs=$n count=1 iflag=fullblock status=none; done; [ $verify = 0 ] || hash $size;
else blocks $off $size & [ $verify = 0 ] || hash $size; wait; fi; echo; echo "h $h";
)sh";

}  // namespace

std::string pull_line(const PullOrders& orders, std::optional<std::size_t> size) {
  static const std::string script_text = [] {
    std::string all(script);
    std::replace(all.begin(), all.end(), '\n', ' ');
    return shell_quote(all);
  }();
  return "exec /bin/sh -c " + script_text + " cef " + shell_quote(orders.path) + ' ' +
         (size ? std::to_string(*size) : "-");
}

}  // namespace cef::remote
