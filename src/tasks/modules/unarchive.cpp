#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace unarchive_parts {
namespace {

// Unpacked beside where it goes, compared, and what is other is put in place: so nothing of the archive's own kind is
// needed to know whether it is there already, and a check is the same.
constexpr const char* script = R"sh(
[ -z "$creates" ] || ! [ -e "$creates" ] || { say "skipped skipped, since $creates exists"; end; }
[ -d "$dest" ] || die "Destination '$dest' is not a directory"
base=$dest
[ -w "$base" ] && [ -z "$check" ] || base=${TMPDIR:-/tmp}
t=$(mktemp -d "$base/.cef.XXXXXXXX") || die "no temporary folder can be made"
trap 'rm -rf "$t"' EXIT
trap 'exit 1' HUP INT TERM
mkdir "$t/new"
case $how in
  send) cat >"$t/archive"; src=$t/archive ;;
  url)
    if have curl; then curl -fsSL $insecure -o "$t/archive" "$src" 2>"$t/said"; else wget -q -O "$t/archive" "$src" 2>"$t/said"; fi ||
      die "Failure downloading $src, $(tail -n 1 "$t/said")"
    src=$t/archive ;;
  *) [ -e "$src" ] || die "Source '$src' does not exist" ;;
esac
case $(head -c 4 "$src" | od -An -tx1 | tr -d ' \n') in
  504b*) handler=ZipArchive ;;
  1f8b*) handler=TgzArchive ;;
  425a*) handler=TarArchive packer=bzip2 ;;
  fd377a58*) handler=TarArchive packer=xz ;;
  28b52ffd*) handler=TarArchive packer=zstd ;;
  *) handler=TarArchive packer=cat ;;
esac
bytes() {  # of the tar
  case $handler$packer in
    Tgz*) gzip -d -c <"$src" ;;
    *xz) if have xz; then xz -d -c <"$src"; else unxz -c <"$src"; fi ;;
    *cat) cat <"$src" ;;
    *) "$packer" -d -c <"$src" ;;
  esac 2>>"$t/said"
}
say "handler $handler"
case $handler in
  ZipArchive)
    have unzip || die "Unable to find required 'unzip' or 'zipinfo' binary in the path."
    eval "unzip -q -o $extra \"\$src\" $include ${exclude:+-x $exclude} -d \"\$t/new\"" >"$t/said" 2>&1 ;;
  *) bytes | eval "tar xf - $extra -C \"\$t/new\" $include" >>"$t/said" 2>&1 ;;
esac || die "failed to unpack $src to $dest: $(tail -n 1 "$t/said")"
cd "$t/new" || exit 1
find . ! -name . | sed 's,^\./,,' | sort >"$t/list"
[ -s "$t/list" ] || die "Failed to find handler for \"$src\": it is no archive, or has nothing in it"
if [ -n "$list_files" ]; then
  # In the archive's order; BusyBox's unzip cannot tell it.
  case $handler in
    ZipArchive) eval "unzip -Z1 \"\$src\" $include ${exclude:+-x $exclude}" ;;
    *) bytes | eval "tar tf - $extra $include" ;;
  esac >"$t/names" 2>/dev/null || cat "$t/list" >"$t/names"
  blob files "$t/names"
fi
other() {  # whether what is to be there is not
  if [ -h "$1" ]; then ! [ -h "$2" ] || [ "$(readlink "$1")" != "$(readlink "$2")" ]
  elif [ -d "$1" ]; then ! [ -d "$2" ]
  elif [ -f "$1" ]; then
    if [ -n "$keep_newer" ] && [ "$2" -nt "$1" ]; then return 1; fi
    ! [ -f "$2" ] || ! cmp -s -- "$1" "$2" || { [ -z "$mode" ] && [ "$(stat -c %a "$1")" != "$(stat -c %a "$2")" ]; }
  else return 1; fi
}
while IFS= read -r part; do
  if other "$part" "$dest/$part"; then
    changed
    if [ -z "$check" ]; then
      why=$(
        if [ -d "$part" ] && ! [ -h "$part" ]; then
          mkdir -p -- "$dest/$part" && chmod "$(stat -c %a "$part")" "$dest/$part"
        else
          [ ! -d "$dest/$part" ] || rm -rf -- "$dest/$part"
          cp -P -p -- "$part" "$dest/.cef.$$" && mv -f -- "$dest/.cef.$$" "$dest/$part" || { rm -f -- "$dest/.cef.$$"; false; }
        fi 2>&1
      ) || die "failed to unpack $part to $dest: ${why##*: }"
    fi
  fi
  [ -n "$mode$owner$group" ] || continue
  if [ -e "$dest/$part" ] || [ -h "$dest/$part" ]; then attributes "$dest/$part"; fi
done <"$t/list"
if [ -n "$mode$owner$group" ] && [ "$handler" != ZipArchive ]; then
  # An archive of `.` is one of the folder it goes into, too.
  case $(bytes | eval "tar tf - $extra $include" 2>/dev/null | head -n 1) in ./*) attributes "$dest" ;; esac
fi
cd /
rm -rf "$t"
facts "$dest"
end
)sh";

Course course(Arguments arguments) {
  const Value& params = arguments.params;
  const std::string src = text_of(params, "src");
  const bool url = src.find("://") != std::string::npos;
  const bool remote = is_set(params, "remote_src") || url || (params.contains("copy") && !is_set(params, "copy"));
  std::string extra, exclude, include;
  for (const std::string& word : list_of(params, "extra_opts")) extra += ' ' + as_word(word);
  for (const std::string& word : list_of(params, "exclude")) exclude += ' ' + as_word(word);
  for (const std::string& word : list_of(params, "include")) include += ' ' + as_word(word);
  Sheet sheet = file_sheet(arguments);
  sheet.take({"list_files", "keep_newer"})
      .paths({"src", "dest", "creates"})
      .set("how", url      ? "url"
                  : remote ? "remote"
                           : "send")
      .set("insecure", params.contains("validate_certs") && !is_set(params, "validate_certs") ? "-k" : "")
      .set(
          "extra", extra +
                       [&] {
                         std::string words;
                         for (const std::string& word : list_of(params, "exclude"))
                           words += " --exclude=" + as_word(word);
                         return words;
                       }())
      .set("exclude", exclude)
      .set("include", include)
      .add(script);
  Step step = remote ? sheet.step() : sheet.step_with_file(src);
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["src"] = src;
  data["dest"] = text_of(params, "dest");
  if (answer.has("skipped")) {
    data["msg"] = answer.text("skipped");
    if (verdict.status == Status::ok) verdict.status = Status::skipped;
  }
  if (answer.has("handler")) data["handler"] = answer.text("handler");
  if (answer.has("files")) data["files"] = lines_of(answer.text("files"));
  put_facts(data, answer);
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param params[] = {{.name = "src", .kind = Kind::path, .required = true},
                            {.name = "dest", .kind = Kind::path, .required = true},
                            {.name = "remote_src", .kind = Kind::flag},
                            {.name = "copy", .kind = Kind::flag},
                            {.name = "creates", .kind = Kind::path},
                            {.name = "list_files", .kind = Kind::flag},
                            {.name = "exclude", .kind = Kind::list},
                            {.name = "include", .kind = Kind::list},
                            {.name = "keep_newer", .kind = Kind::flag},
                            {.name = "extra_opts", .kind = Kind::list},
                            {.name = "validate_certs", .kind = Kind::flag, .otherwise = "yes"},
                            {.name = "decrypt", .kind = Kind::flag},
                            CEF_FILE_PARAMS};

Columns columns() {
  return {{"dest", "data.dest", Unit::none, Align::left, "where it was unpacked"},
          {"handler", "data.handler", Unit::none, Align::left, "what it was"}};
}

}  // namespace
}  // namespace unarchive_parts

constinit const Task unarchive{.name = "unarchive",
                               .summary = "what is in an archive, into a folder of the host",
                               .params = unarchive_parts::params,
                               .columns = unarchive_parts::columns,
                               .course = unarchive_parts::course};

}  // namespace cef::tasks::modules
