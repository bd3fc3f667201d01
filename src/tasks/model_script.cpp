#include "model_script.hpp"

namespace cef::tasks {

const char* const model_prelude = R"sh(
export LC_ALL=C
umask 022
case $1 in
  /*) dest=$1 ;;
  "~") dest=$HOME ;;
  "~/"*) dest=$HOME/${1#"~/"} ;;
  *) dest=$PWD/$1 ;;
esac
shift
while [ "$dest" != / ] && [ "$dest" != "${dest%/}" ]; do dest=${dest%/}; done
own=$dest/.cef-models
say() { printf '=cef %s\n' "$*"; }
fail() {
  printf '=cef failed %s %s\n' "$1" "$2"
  exit 1
}
has() { command -v "$1" >/dev/null 2>&1; }
# A note has four lines: name, version, hash, and the folder.
noted() {
  n_name= n_version= n_hash=
  [ -f "$own/notes/$1" ] || return 1
  { read -r n_name && read -r n_version && read -r n_hash; } <"$own/notes/$1"
}
# The folder that the link leads to, if it is one of ours.
current() {
  link=$(readlink "$dest/$1" 2>/dev/null) || return 0
  [ "${link#*/}" != "$link" ] || ! noted "$link" || [ "$n_name" != "$1" ] || echo "$link"
}
version_of() {
  if [ -n "$1" ] && noted "$1"; then echo "$n_version"; fi
}
# The link changes from one version to the next at once: a new one is renamed over it.
lay() {
  rm -f "$own/link.$$"
  ln -s "$2" "$own/link.$$" || fail permission "cannot make a link in $own"
  mv -T "$own/link.$$" "$dest/$1" 2>/dev/null && return
  # An mv that would go into the folder which the link leads to.
  if [ -h "$dest/$1" ] || [ ! -e "$dest/$1" ]; then
    rm -f "$own/link.$$"
    ln -sfn "$2" "$dest/$1" && return
  fi
  fail permission "cannot lay the link $dest/$1"
}
)sh";

const char* const model_look = R"sh(
mode=$1 name=$2 version=$3 hash=$4 folder=$5
if [ -e "$dest" ] && [ ! -d "$dest" ]; then fail not_a_folder "$dest is no folder"; fi
if [ "$mode" = run ]; then
  # Others may look at models, but not at what is half there.
  mkdir -p "$own/notes" && (umask 077 && mkdir -p "$own/incoming") || fail permission "cannot make $own"
  find "$own/incoming" -type f -mtime +7 -exec rm -f {} + 2>/dev/null  # of transfers that were given up
fi
if [ -e "$dest/$name" ] && [ ! -h "$dest/$name" ]; then
  fail occupied "$dest/$name is there, and is no link that could be laid anew"
fi
state=none
if noted "$folder"; then
  if [ "$n_name" != "$name" ] || [ "$n_version" != "$version" ]; then
    fail occupied "$dest/$folder is that of $n_name:$n_version"
  elif [ ! -d "$dest/$folder" ]; then
    state=none
  elif [ "$n_hash" != "$hash" ]; then
    fail other "$name:$version is there already, and holds something else: its SHA-256 is $n_hash"
  else
    state=complete
  fi
elif [ -e "$dest/$folder" ] || [ -h "$dest/$folder" ]; then
  fail occupied "$dest/$folder is there, and cef did not put it there"
fi
if [ "$mode$state" = runcomplete ]; then rm -f "$own/incoming/$(printf %.24s "$hash")".*; fi  # lent once
at=$(current "$name")
say dest "$dest"
say state "$state"
say serving "$(version_of "$at")"
[ "$at" != "$folder" ] || say serves yes
for program in tar gzip xz zstd bzip2 curl wget sha256sum; do has "$program" && say has "$program"; done
# BusyBox has an unzip that knows no more than 4 GiB.
if has unzip; then
  case $(unzip -v 2>/dev/null | head -n 1) in UnZip*) say has unzip ;; esac
fi
there=$dest
while [ ! -d "$there" ]; do
  there=${there%/*}
  there=${there:-/}
done
if [ ! -w "$there" ]; then
  [ "$(id -u)" != 0 ] || fail permission "$there may not be written to: Read-only file system"
  fail permission "$there may not be written to"
fi
df -P -k "$there" 2>/dev/null | {
  read -r _
  read -r _ _ _ free _
  say free "$free"
}
if [ -d "$own/incoming" ]; then
  du -sk "$own/incoming" 2>/dev/null | {
    read -r size _
    say incoming "$size"
  }
fi
say end
)sh";

const char* const model_serves = R"sh(
say serving "$(version_of "$(current "$1")")"
[ ! -d "$dest/$1" ] || say there
say end
)sh";

const char* const model_place = R"sh(
name=$1 version=$2 hash=$3 folder=$4 keep=$5 file=$6 form=$7 file_name=$8 files=$9
shift 9
lends=$1
mkdir -p "$own/notes" || fail permission "cannot make $own"
# One at a time. A lock whose holder is gone is nobody's, and a number that came again is not the holder: so it has its
# start and the boot beside it.
boot=-
{ read -r boot </proc/sys/kernel/random/boot_id; } 2>/dev/null
started() {
  at=-
  { read -r at <"/proc/$1/stat"; } 2>/dev/null
  set -- ${at##*) }
  at=${20}
}
lives() { [ "$its_boot" = "$boot" ] && started "$1" && [ "$at" = "$2" ]; }
holder() {
  pid= start= its_boot=
  { read -r pid start its_boot <"$own/lock/pid"; } 2>/dev/null
}
refused=0
until mkdir "$own/lock" 2>/dev/null; do
  if [ ! -d "$own/lock" ]; then
    refused=$((refused + 1))
    [ $refused -lt 3 ] || fail permission "cannot make $own/lock"
    continue
  fi
  holder || { sleep 1; holder; }
  if lives "$pid" "$start"; then
    say waits "$pid"
    sleep 1
  else
    rm -rf "$own/lock"
  fi
done
started $$
new=$own/new.$$
trap 'rm -rf "$own/lock" "$new"' EXIT
trap 'exit 1' HUP INT TERM
echo "$$ $at $boot" >"$own/lock/pid"
for stale in "$own"/new.* "$own"/gone.* "$own"/link.*; do [ "$stale" = "$new" ] || rm -rf "$stale"; done

unpack() {
  case $form in
    zip) LC_ALL=C.UTF-8 unzip -q -o "$file" -d "$new" </dev/null || [ $? -eq 1 ] ;;  # 1: with warnings; in C it spells names out
    tar) tar -xof "$file" -C "$new" ;;
    tar.gz) through gzip ;;
    tar.xz) through xz ;;
    tar.zst) through zstd ;;
    tar.bz2) through bzip2 ;;
    *)
      if [ -z "$lends" ]; then mv "$file" "$new/$file_name"
      else ln "$file" "$new/$file_name" 2>/dev/null || cp "$file" "$new/$file_name"; fi && chmod 644 "$new/$file_name" ;;
  esac
}
# The statuses of both ends of the pipe count.
through() {
  { "$1" -dc <"$file" || echo "$1 ended with status $?" >"$own/new.bad.$$"; } | tar -xof - -C "$new" || return 1
  [ ! -e "$own/new.bad.$$" ]
}
full() {
  df -P -k "$own" 2>/dev/null | {
    read -r _
    read -r _ _ _ free _
    [ "${free:-1}" -lt 64 ]
  }
}
is_whole() { noted "$folder" && [ "$n_hash" = "$hash" ] && [ -d "$dest/$folder" ]; }

if ! is_whole; then
  [ -n "$file" ] || fail gone "$dest/$folder is gone"
  rm -f "$own/new.bad.$$"
  mkdir "$new" || fail permission "cannot make $new"
  say unpacks "$name"
  if ! unpack 2>"$own/new.said.$$" >&2; then
    tail -n 3 "$own/new.said.$$" 2>/dev/null
    cat "$own/new.bad.$$" 2>/dev/null
    rm -f "$own/new.said.$$" "$own/new.bad.$$"
    ! full || fail full "no space is left in $dest"
    fail unpack "it could not be unpacked there"
  fi
  rm -f "$own/new.said.$$"
  if [ -n "$form" ]; then
    # Names may hold line breaks.
    found=$(find "$new" ! -type d -exec sh -c 'for f do printf .; done' sh {} + | wc -c)
    [ "$((found))" -eq "$files" ] || fail unpack "$((found)) files came out of it instead of $files"
  fi
  sync
  rm -rf "${dest:?}/$folder"
  printf '%s\n%s\n%s\n%s\n' "$name" "$version" "$hash" "$folder" >"$own/new.note.$$" &&
    mv "$own/new.note.$$" "$own/notes/$folder" && mv "$new" "$dest/$folder" ||
    fail permission "cannot put $dest/$folder into place"
fi
before=$(current "$name")
say previous "$(version_of "$before")"
lay "$name" "$folder"
[ -z "$file" ] || [ -n "$lends" ] || rm -f "$file"

# Those that served, the last one last; what was gone back from counts as older than that to which one went.
touch "$own/order.$name"
older= newer= met=
while read -r each; do
  [ "$each" != "$folder" ] && [ -d "$dest/$each" ] && noted "$each" || continue
  if [ -n "$met" ]; then newer="$newer $each"; else older="$older $each"; fi
  [ "$each" != "$before" ] || met=yes
done <"$own/order.$name"
[ -n "$met" ] || newer=
# shellcheck disable=SC2086
set -- $newer $older "$folder"
while [ $# -gt "$keep" ]; do
  say removed "$(version_of "$1")"
  rm -f "$own/notes/$1"
  mv "$dest/$1" "$own/gone.$$" && rm -rf "$own/gone.$$"
  shift
done
printf '%s\n' "$@" >"$own/new.order.$$" && mv "$own/new.order.$$" "$own/order.$name"
sync
say end
)sh";

const char* const model_fetch = R"sh(
export LC_ALL=C
url=$1 path=$2 hash=$3
say() { printf '=cef %s\n' "$*"; }
sum() {
  if command -v openssl >/dev/null 2>&1; then openssl dgst -sha256 -r "$1" | cut -c -64
  else sha256sum <"$1" | cut -c -64; fi
}
fetch() {
  if command -v curl >/dev/null 2>&1; then
    curl --fail --silent --show-error --location --retry 5 --retry-delay 2 -C - -o "$path.part" -- "$url"
  elif command -v wget >/dev/null 2>&1; then
    wget -q -c -O "$path.part" "$url"
  else
    say failed missing
    exit 1
  fi
}
[ ! -f "$path" ] || [ "$(sum "$path")" != "$hash" ] || { say end; exit 0; }
# One that is complete is not asked for again: servers refuse what begins at a file's end.
if [ ! -f "$path.part" ] || [ "$(sum "$path.part")" != "$hash" ]; then
  say fetches
  begun=
  [ ! -s "$path.part" ] || begun=yes
  fetch 2>&1
  status=$?
  # A server that cannot go on in the midst of a file says so (22, 33, 36 of curl, 8 of wget): then from its beginning.
  case $begun:$status in
    yes:22 | yes:33 | yes:36 | yes:8)
      rm -f "$path.part"
      fetch 2>&1
      status=$?
      ;;
  esac
  [ $status -eq 0 ] || { say failed fetch; exit 1; }
  if [ "$(sum "$path.part")" != "$hash" ]; then
    say failed hash "$(sum "$path.part")"
    rm -f "$path.part"
    exit 1
  fi
fi
sync
mv "$path.part" "$path" && say end
)sh";

const char* const model_go_back = R"sh(
mode=$1 name=$2
from=$(current "$name")
[ -n "$from" ] || fail none "no version of $name that cef deployed serves in $dest"
to=
if [ -f "$own/order.$name" ]; then
  last=
  while read -r each; do
    [ "$each" != "$from" ] || to=$last
    [ ! -d "$dest/$each" ] || ! noted "$each" || last=$each
  done <"$own/order.$name"
fi
[ -n "$to" ] || fail none "there is no version of $name before $(version_of "$from") in $dest"
[ "$mode" = check ] || { lay "$name" "$to" && sync; }
say from "$(version_of "$from")"
say to "$(version_of "$to")"
say dest "$dest"
say end
)sh";

}  // namespace cef::tasks
