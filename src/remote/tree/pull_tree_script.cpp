#include "pull_tree_script.hpp"

#include "host_script.hpp"

#include <cef/core/shell.hpp>

#include <string_view>

namespace cef::remote {

namespace {

// Lists of names, in which newlines and NULs have changed places; z: the files' sizes in the same order, where find
// tells them.
constexpr std::string_view list = R"sh(
cd "$t" || fail open no such folder; lines() { tr "\000\n" "\n\000"; };
hash=sha256sum; [ $tool != busybox ] || hash="busybox sha256sum"; [ $tool = sha256sum ] || [ $tool = busybox ] || hash=;
for k in d l f; do echo $k; find . -type $k -print0 2>/dev/null | lines; echo .; done;
echo b; find . -type f -size +8192 -print0 2>/dev/null | lines; echo .;
echo z; find . -type f -printf "%s\n" 2>/dev/null; echo .;
echo h; [ -z "$hash" ] || find . -type f -print0 2>/dev/null | xargs -0 $hash 2>/dev/null; echo .;
case $(tar --version 2>/dev/null) in *GNU*) echo "r gnu";; *) echo "r other";; esac;
)sh";

// With a rate, the names are read before anything else is, and then the host sends as many bytes as it is told, each
// time it is told.
constexpr std::string_view fetch = R"sh(
cd "$t" || fail open no such folder; exact() { dd iflag=fullblock status=none "$@"; };
[ -z "$names" ] || exact count=0 </dev/null >/dev/null 2>&1 || fail rate; echo s;
pack() { if [ $gnu = 1 ]; then tar -cf - --null --no-recursion -T -; else tar -cf - -T -; fi; r=$?; echo; echo "d $r"; };
if [ -z "$names" ]; then pack; else exec 4<&0; end="\n"; [ $gnu = 0 ] || end="\000";
all=$(exact bs=$names count=1); printf "%s\n" "$all" | tr "\n\\$newline" "$end\n" | pack |
while read -r n <&4; do exact bs=$n count=1; done; fi;
)sh";

std::string line(std::string_view what, std::string_view path, bool gnu, const std::string& paced) {
  std::string text = script::joined({"export LC_ALL=C; set -f; t=$1 gnu=$2 names=$3 newline=$4 size=0; ",
                                     "echo \"=cef tree\"; ", script::tools, script::hashing, script::home, what});
  return "exec /bin/sh -c " + shell_quote(text) + " cef " + shell_quote(path) + (gnu ? " 1 " : " 0 ") + paced;
}

}  // namespace

std::string tree_list_line(const PullOrders& orders) { return line(list, orders.path, false, ""); }
std::string tree_fetch_line(const PullOrders& orders, bool gnu, const std::string& paced) {
  return line(fetch, orders.path, gnu, paced);
}

}  // namespace cef::remote
