#include "modules/files.hpp"

#include <cef/core/text.hpp>
#include <cef/core/utf8.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <memory>
#include <sstream>

namespace cef::tasks::modules {

// stat -c is GNU's and BusyBox's.
const char* const file_functions = R"sh(
uid_of() { case $1 in *[!0-9]*) id -u -- "$1" 2>/dev/null ;; *) echo "$1" ;; esac; }
gid_of() {
  case $1 in
    *[!0-9]*) { getent group "$1" 2>/dev/null || grep "^$1:" /etc/group; } | sed -n '1s/^[^:]*:[^:]*:\([0-9]*\).*/\1/p' | grep . ;;
    *) echo "$1" ;;
  esac
}
# bare MODE: into $b, without its zeros
bare() { b=${1#0}; b=${b#0}; b=${b#0}; b=${b:-0}; }
# mode_after MODE FOLDER: what chmod makes of a mode, tried on something that nobody needs.
mode_after() {
  case $mode in
    [0-7]*) bare "$mode"; echo "$b" ;;
    *)
      if [ -n "$2" ]; then m=$(mktemp -d 2>&1); else m=$(mktemp 2>&1); fi || die "no temporary file can be made: ${m##*: }"
      chmod "$1" "$m" && chmod "$mode" "$m"
      stat -c %a -- "$m"
      rm -rf -- "$m"
      ;;
  esac
}
# GNU's chmod keeps a folder's set-id bits unless there are five digits.
chmod_word() { case $mode in [0-7]*) echo "0$mode" ;; *) echo "$mode" ;; esac; }
differs() { say "differs $1 $2 $3"; changed; }
told='%a %u %g %s %h %U %G %F'
# attributes PATH: mode, owner and group as asked for; in check mode only whether they are otherwise.
attributes() {
  at=$1 deref=-L link= seen_of=
  if [ -h "$at" ]; then
    [ -n "$follow" ] || deref= link=-h
  elif [ -n "$mode" ] && [ -z "$owner$group" ]; then
    # What facts() will tell, unless the mode is changed.
    case $mode in
      *[!0-7]*) ;;
      *)
        seen=$(stat -c "$told" -- "$at")
        bare "$mode"
        [ "${seen%% *}" != "$b" ] || { seen_of=$at; return; }
        ;;
    esac
  fi
  # shellcheck disable=SC2086
  if [ -n "$owner" ]; then
    want=$(uid_of "$owner") || die "chown failed: failed to look up user $owner"
    now=$(stat $deref -c %u -- "$at")
    if [ "$want" != "$now" ]; then
      differs owner "$now" "$want"
      [ -n "$check" ] || chown $link -- "$want" "$at" 2>/dev/null || die "chown failed: $owner may not be given $at"
    fi
  fi
  # shellcheck disable=SC2086
  if [ -n "$group" ]; then
    want=$(gid_of "$group") || die "chgrp failed: failed to look up group $group"
    now=$(stat $deref -c %g -- "$at")
    if [ "$want" != "$now" ]; then
      differs group "$now" "$want"
      [ -n "$check" ] || chgrp $link -- "$want" "$at" 2>/dev/null || die "chgrp failed: $group may not be given $at"
    fi
  fi
  # shellcheck disable=SC2086
  if [ -n "$mode" ] && [ -z "$link" ]; then
    now=$(stat $deref -c %a -- "$at") folder=
    [ ! -d "$at" ] || folder=yes
    want=$(mode_after "$now" "$folder")
    if [ "$want" != "$now" ]; then
      differs mode "0$now" "0$want"
      [ -n "$check" ] || chmod "$(chmod_word)" "$at" 2>/dev/null || die "chmod failed: $at may not be changed"
    fi
  fi
}
# attributes_below PATH: the same for all that is below, in few processes however much that is.
attributes_below() {
  if [ -n "$owner" ]; then
    want=$(uid_of "$owner") || die "chown failed: failed to look up user $owner"
    if [ -n "$(find "$1" ! -user "$want" -print | head -n 1)" ]; then
      changed
      [ -n "$check" ] || find "$1" ! -user "$want" -exec chown -h "$want" {} + || die "chown failed below $1"
    fi
  fi
  if [ -n "$group" ]; then
    want=$(gid_of "$group") || die "chgrp failed: failed to look up group $group"
    if [ -n "$(find "$1" ! -group "$want" -print | head -n 1)" ]; then
      changed
      [ -n "$check" ] || find "$1" ! -group "$want" -exec chgrp -h "$want" {} + || die "chgrp failed below $1"
    fi
  fi
  [ -n "$mode" ] || return 0
  others=$(
    find "$1" ! -type l -exec stat -c '%a %F' {} + | sort -u | while read -r now kind; do
      folder=
      [ "$kind" != directory ] || folder=yes
      [ "$(mode_after "$now" "$folder")" = "$now" ] || echo other
    done
  )
  if [ -n "$others" ]; then
    changed
    [ -n "$check" ] || find "$1" ! -type l -exec chmod "$(chmod_word)" {} + || die "chmod failed below $1"
  fi
}
# facts PATH: also into $seen
facts() {
  [ -e "$1" ] || [ -h "$1" ] || { say "is absent"; return; }
  [ "${seen_of-}" = "$1" ] || seen=$(stat -c "$told" -- "$1")
  seen_of=
  say "is $seen"
}
sha1() {
  summed=$(sha1sum <"$1")
  echo "${summed%% *}"
}
backup_of() {
  if [ -n "$backup" ] && [ -e "$1" ]; then
    # Other tasks may be of this shell, and of this second.
    kept_by=$$ kept_at=$(date '+%Y-%m-%d@%H:%M:%S')
    while kept=$1.$kept_by.$kept_at~ && [ -e "$kept" ]; do kept_by=$((kept_by + 1)); done
    say "backup $kept"
    cp -p -- "$1" "$kept" || die "Could not make backup of $1 to $kept"
  fi
}
# valid FILE: by the command `validate`, which has %s for its name.
valid() {
  [ -n "$validate" ] || return 0
  case $validate in *%s*) ;; *) die "validate must contain %s: $validate" ;; esac
  checked=$(cd / && sh -c "${validate%%%s*}\"\$1\"${validate#*%s}" sh "$1" 2>&1 </dev/null) || {
    say "rc $?"
    die "failed to validate: $(printf %s "$checked" | tail -n 3 | tr '\n' ' ')"
  }
}
# put FILE PATH: its bytes take the place of what is there, whole; what was there lends its owner and mode.
put() {
  case $2 in */*) beside=${2%/*}/.${2##*/}.cef.$$ ;; *) beside=./.$2.cef.$$ ;; esac
  why=$(
    if [ -e "$2" ]; then
      cp -p -- "$2" "$beside" && cat <"$1" >"$beside"
    else
      new_mode=$(printf %o $((0666 & ~0$(umask))))
      case $mode in ([0-7]*) new_mode=$mode ;; esac
      (umask 077 && cat <"$1" >"$beside") && chmod "$new_mode" "$beside"
    fi 2>&1
  ) || {
    rm -f -- "$beside"
    [ -n "$unsafe_writes" ] || die "nothing can be written in ${2%/*}: ${why##*: }"
    cat <"$1" >"$2" || die "$2 cannot be written"
    return 0
  }
  mv -f -- "$beside" "$2" 2>/dev/null && return 0
  rm -f -- "$beside"
  # What is mounted there cannot be replaced.
  [ -n "$unsafe_writes" ] || die "Could not replace file: $2 (unsafe_writes: yes writes into it)"
  cat <"$1" >"$2" || die "$2 cannot be written"
}
)sh";

Sheet file_sheet(const Arguments& arguments) {
  Sheet sheet(arguments);
  sheet.take({"mode", "owner", "group", "follow", "backup", "validate", "unsafe_writes"}).add(file_functions);
  return sheet;
}

void put_facts(Value& data, const Answer& answer) {
  std::istringstream words(answer.text("is"));
  std::string mode, owner, owning_group, kind;
  std::int64_t uid = 0, gid = 0, size = 0, links = 0;
  if (words.str() == "absent") data["state"] = "absent";
  if (!(words >> mode >> uid >> gid >> size >> links >> owner >> owning_group)) return;
  std::getline(words >> std::ws, kind);
  const bool special = kind != "directory" && kind != "symbolic link";
  data["uid"] = uid;
  data["gid"] = gid;
  data["owner"] = owner == "UNKNOWN" ? std::to_string(uid) : owner;
  data["group"] = owning_group == "UNKNOWN" ? std::to_string(gid) : owning_group;
  data["mode"] = fmt::format("0{:0>3}", mode);  // 01777 as 0755
  data["state"] = kind == "directory"       ? "directory"
                  : kind == "symbolic link" ? "link"
                  : special && links > 1    ? "hard"
                                            : "file";
  data["size"] = size;
}

void put_kind(Value& facts, unsigned mode) {
  const unsigned kind = mode & 0170000;
  facts["isdir"] = kind == 0040000;
  facts["ischr"] = kind == 0020000;
  facts["isblk"] = kind == 0060000;
  facts["isreg"] = kind == 0100000;
  facts["isfifo"] = kind == 0010000;
  facts["islnk"] = kind == 0120000;
  facts["issock"] = kind == 0140000;
}

void put_permissions(Value& facts, unsigned mode) {
  const std::pair<const char*, unsigned> bits[] = {{"wusr", 0200}, {"rusr", 0400},   {"xusr", 0100},  {"wgrp", 0020},
                                                   {"rgrp", 0040}, {"xgrp", 0010},   {"woth", 0002},  {"roth", 0004},
                                                   {"xoth", 0001}, {"isuid", 04000}, {"isgid", 02000}};
  for (const auto& [name, bit] : bits) facts[name] = (mode & bit) != 0;
}

bool is_text(std::string_view bytes) { return bytes.find('\0') == std::string_view::npos; }

Value text_diff(std::string_view path, std::string_view before, std::string_view after) {
  constexpr std::size_t most = 104'448;  // bytes, as in Ansible
  const auto shown = [&](std::string_view bytes) {
    if (!is_text(bytes)) return std::string("(binary)\n");
    if (bytes.size() > most) return fmt::format("({} bytes)\n", bytes.size());
    return std::string(bytes);
  };
  return {{"before_header", std::string(path)},
          {"after_header", std::string(path)},
          {"before", shown(before)},
          {"after", shown(after)}};
}

Value attribute_diff(std::string_view path, const Answer& answer) {
  Value before{{"path", std::string(path)}}, after = before;
  for (const std::string& line : answer.all("differs")) {
    std::istringstream words(line);
    std::string name, was, will;
    words >> name >> was >> will;
    before[name] = was;
    after[name] = will;
  }
  if (before.size() == 1) return nullptr;
  return {{"before", std::move(before)}, {"after", std::move(after)}};
}

std::string base64_of(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

std::string sha1_of(std::string_view bytes) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), &size, EVP_sha1(), nullptr) != 1) return "";
  std::string hex;
  for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
  return hex;
}

}  // namespace cef::tasks::modules
