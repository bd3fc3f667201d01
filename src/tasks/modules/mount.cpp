// mount, filesystem: what is mounted where, now and after a reboot.
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace mount_parts {
namespace {

using Kind = Param::Kind;

constexpr const char* mount_script = R"sh(
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
escaped() { printf %s "$1" | sed 's/ /\\040/g'; }
path=${path%/}
path=${path:-/}
at=$(escaped "$path") from=$(escaped "$src")
mounted() { awk -v at="$at" '$2 == at { found = 1 } END { exit !found }' /proc/mounts; }
[ -e "$fstab" ] || { [ "$state" = unmounted ] || [ "$state" = ephemeral ] || [ -n "$check" ] || : >>"$fstab"; }
write_fstab() {
  if cmp -s "$t" "$fstab"; then return 1; fi
  changed
  [ -z "$diff" ] || { blob before "$fstab"; blob after "$t"; }
  if [ -z "$check" ]; then
    backup_of "$fstab"
    put "$t" "$fstab"
  fi
  return 0
}
entry="$from $at $fstype $opts $dump $passno"
with_entry() {
  awk -v at="$at" -v entry="$entry" '
    /^[[:space:]]*#/ || NF < 3 { print; next }
    $2 == at { if (done) next; done = 1; split(entry, e, " ")
      d = (NF > 4) ? $5 : 0; p = (NF > 5) ? $6 : 0
      if ($1 == e[1] && $3 == e[3] && $4 == e[4] && d == e[5] && p == e[6]) print; else print entry
      next }
    { print }
    END { if (!done) print entry }' "$fstab" 2>/dev/null >"$t" || printf '%s\n' "$entry" >"$t"
}
without_entry() { awk -v at="$at" '/^[[:space:]]*#/ || NF < 3 || $2 != at { print }' "$fstab" 2>/dev/null >"$t"; }
case $state in
  present | mounted)
    [ -n "$src" ] && [ -n "$fstype" ] || die "state is $state but all of the following are missing: src, fstype"
    with_entry
    other=
    if write_fstab; then other=yes; fi
    if [ "$state" = mounted ]; then
      if ! [ -e "$path" ]; then
        changed
        [ -n "$check" ] || mkdir -p -- "$path" || die "Error making dir $path"
      fi
      if mounted; then
        if [ -n "$other" ] && [ -z "$check" ]; then mount -o remount "$path" 2>/dev/null || { umount "$path" && run mount "$path"; }; fi
      else
        changed
        [ -n "$check" ] || run mount "$path"
      fi
    fi ;;
  absent)
    without_entry
    write_fstab || :
    if mounted; then
      changed
      [ -n "$check" ] || run umount "$path"
    fi
    if [ -d "$path" ] && [ -z "$check" ]; then rmdir -- "$path" 2>/dev/null || :; fi ;;
  unmounted)
    if mounted; then
      changed
      [ -n "$check" ] || run umount "$path"
    fi ;;
  remounted)
    changed
    [ -n "$check" ] || run mount -o "remount${opts:+,$opts}" "$path" ;;
  ephemeral)
    [ -n "$src" ] && [ -n "$fstype" ] || die "state is ephemeral but all of the following are missing: src, fstype"
    if mounted; then
      awk -v at="$at" -v from="$from" '$2 == at { last = $1 } END { exit last != from }' /proc/mounts || die "Ephemeral mount point is already mounted with a different source than the specified one."
    else
      changed
      if [ -z "$check" ]; then
        mkdir -p -- "$path"
        run mount -t "$fstype" -o "$opts" "$src" "$path"
      fi
    fi ;;
esac
end
)sh";

Course mount_course(Arguments arguments) {
  Value& params = arguments.params;
  std::string options = text_of(params, "opts");
  if (options.empty()) options = text_of(params, "state") == "remounted" ? "" : "defaults";
  if (params.contains("boot") && !is_set(params, "boot") && options.find("noauto") == std::string::npos)
    options += ",noauto";
  Sheet sheet = file_sheet(arguments);
  sheet.take({"src", "fstype", "dump", "passno", "state"})
      .paths({"path", "fstab"})
      .set("opts", options)
      .add(mount_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  for (const char* const name : {"src", "fstype", "dump", "passno", "fstab"})
    if (is_set(params, name)) data[name] = text_of(params, name);
  data["name"] = text_of(params, "path");
  data["opts"] = options;
  data["boot"] = is_set(params, "boot") ? "yes" : "no";
  if (answer.has("backup")) data["backup_file"] = answer.text("backup");
  if (answer.has("after"))
    verdict.diff = text_diff(text_of(params, "fstab"), answer.text("before"), answer.text("after"));
  co_return verdict;
}

constexpr Param mount_params[] = {{.name = "path", .kind = Kind::path, .aliases = "name", .required = true},
                                  {.name = "src"},
                                  {.name = "fstype"},
                                  {.name = "opts"},
                                  {.name = "dump", .otherwise = "0"},
                                  {.name = "passno", .otherwise = "0"},
                                  {.name = "state",
                                   .kind = Kind::choice,
                                   .choices = "absent,ephemeral,mounted,present,remounted,unmounted",
                                   .required = true},
                                  {.name = "fstab", .kind = Kind::path, .otherwise = "/etc/fstab"},
                                  {.name = "boot", .kind = Kind::flag, .otherwise = "yes"},
                                  {.name = "backup", .kind = Kind::flag}};

constexpr const char* filesystem_script = R"sh(
[ -e "$dev" ] || { [ "$state" = absent ] && end; die "Device $dev not found."; }
have blkid || die "there is no blkid on this host"
now=$(blkid -c /dev/null -o value -s TYPE "$dev" 2>/dev/null)
if [ "$state" = absent ]; then
  [ -n "$now" ] || end
  changed
  [ -n "$check" ] || run wipefs --all "$dev"
  end
fi
[ -n "$fstype" ] || die "state is present but all of the following are missing: fstype"
if [ "$now" = "$fstype" ]; then
  [ -n "$resizefs" ] || end
  case $fstype in
    ext*)
      blocks=$(dumpe2fs -h "$dev" 2>/dev/null | sed -n -e 's/^Block count: *//p' -e 's/^Block size: *//p' | tr '\n' ' ')
      set -- $blocks
      size=$(blockdev --getsize64 "$dev" 2>/dev/null || stat -c %s "$dev")
      [ "$(($1 * $2 + $2))" -le "$size" ] || end
      changed
      [ -n "$check" ] || run resize2fs "$dev" ;;
    *) die "module does not support resizing $fstype filesystem yet" ;;
  esac
  end
fi
[ -z "$now" ] || [ -n "$force" ] || die "'$dev' is already used as $now, use force=true to overwrite"
changed
[ -z "$check" ] || end
have "mkfs.$fstype" || [ "$fstype" = swap ] || die "there is no mkfs.$fstype on this host"
force_word=
case $fstype in ext*) force_word=-F ;; xfs | btrfs) force_word=-f ;; esac
# shellcheck disable=SC2086
if [ "$fstype" = swap ]; then run mkswap $opts "$dev"; else run "mkfs.$fstype" $force_word $opts "$dev"; fi
end
)sh";

Course filesystem_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"fstype", "state", "force", "resizefs", "opts"}).paths({"dev"}).add(filesystem_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  co_return verdict_of(Answer(ran));
}

constexpr Param filesystem_params[] = {
    {.name = "dev", .kind = Kind::path, .aliases = "device", .required = true},
    {.name = "fstype", .aliases = "type"},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"},
    {.name = "force", .kind = Kind::flag},
    {.name = "resizefs", .kind = Kind::flag},
    {.name = "opts"}};

}  // namespace
}  // namespace mount_parts

constinit const Task mount{.name = "mount",
                           .summary = "what is mounted where, now and after a reboot",
                           .params = mount_parts::mount_params,
                           .columns = message_columns,
                           .course = mount_parts::mount_course,
                           .needs_root = true};
constinit const Task filesystem{.name = "filesystem",
                                .summary = "a file system on a device",
                                .params = mount_parts::filesystem_params,
                                .columns = message_columns,
                                .course = mount_parts::filesystem_course,
                                .needs_root = true};

}  // namespace cef::tasks::modules
