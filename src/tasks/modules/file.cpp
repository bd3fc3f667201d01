#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace file_parts {
namespace {

constexpr const char* script = R"sh(
# kind_of PATH: into $was
kind_of() {
  if [ -h "$1" ]; then was=link
  elif [ -d "$1" ]; then was=directory
  elif [ -e "$1" ]; then
    was=file
    [ "$(stat -c %h -- "$1")" -le 1 ] || was=hard
  else was=absent; fi
}
kind_of "$path"
if [ -z "$state" ]; then
  if [ "$was" != absent ]; then state=$was
  elif [ -n "$recurse" ]; then state=directory
  else state=file; fi
fi
say "was $was"
say "state $state"
[ -z "$recurse" ] || [ "$state" = directory ] || die "recurse option requires state to be 'directory'"
# Not into a folder that the old link leads to; a mv without -T takes a moment in which there is no link.
place_link() {
  mv -f -T -- "$new" "$path" 2>/dev/null && return
  [ ! -h "$path" ] || rm -f -- "$path"
  mv -f -- "$new" "$path" 2>/dev/null
}
# made FILE: it is there in check mode too, for attributes that are only looked at
become_link() {  # become_link OPTION
  changed
  [ -n "$check" ] && end
  new=${path%/*}/.cef.$$
  case $path in */*) ;; *) new=.cef.$$ ;; esac
  # shellcheck disable=SC2086
  ln $1 -- "$src" "$new" || die "Error while linking: $src to $path"
  case $was in directory) rmdir -- "$path" 2>/dev/null || { [ -n "$force" ] && rm -rf -- "$path"; } ;; esac
  place_link || { rm -f -- "$new"; die "Error while replacing $path"; }
  # Two names of one file: mv leaves both.
  rm -f -- "$new"
}
case $state in
  absent)
    if [ "$was" != absent ]; then
      changed
      [ -n "$check" ] || why=$(rm -rf -- "$path" 2>&1) || die "removing $path failed: ${why##*: }"
    fi
    end ;;
  file | hard | link) ;;
esac
case $state in
  file)
    if [ -n "$follow" ] && [ "$was" = link ]; then
      path=$(readlink -f -- "$path")
      kind_of "$path"
      say "path $path"
    fi
    case $was in
      file | hard) ;;
      absent) die "file ($path) is absent, cannot continue" ;;
      *) die "file ($path) is $was, cannot continue" ;;
    esac
    attributes "$path" ;;
  directory)
    [ "$was" != link ] || [ -z "$follow" ] || { path=$(readlink -f -- "$path"); kind_of "$path"; say "path $path"; }
    case $was in
      absent)
        changed
        [ -z "$check" ] || end
        rest=$path made=
        case $path in /*) made=/ ;; esac
        while [ -n "$rest" ]; do
          part=${rest%%/*}
          case $rest in */*) rest=${rest#*/} ;; *) rest= ;; esac
          [ -n "$part" ] || continue
          made=$made$part
          if ! [ -d "$made" ]; then
            why=$(mkdir -- "$made" 2>&1) || [ -d "$made" ] || die "There was an issue creating $made as requested: ${why##*: }"
            attributes "$made"
          fi
          made=$made/
        done ;;
      directory) ;;
      link) [ -d "$path" ] || die "$path already exists as a link" ;;
      *) die "$path already exists as a $was" ;;
    esac
    attributes "$path"
    [ -z "$recurse" ] || attributes_below "$path" ;;
  touch)
    if [ -n "$follow" ] && [ "$was" = link ]; then path=$(readlink -f -- "$path"); kind_of "$path"; fi
    if [ "$was" = absent ]; then
      changed
      [ -z "$check" ] || end
      why=$( (: >>"$path") 2>&1) || die "Error, could not touch target: ${why##*: }"
    elif [ "$access_time:$modification_time" != preserve:preserve ]; then
      changed
    fi
    stamp() { case $2 in preserve) ;; now | '') [ -n "$check" ] || touch "$1" -- "$path" ;; *) [ -n "$check" ] || touch "$1" -t "$2" -- "$path" ;; esac; }
    stamp -a "$access_time" && stamp -m "$modification_time" || die "Error while touching $path"
    attributes "$path" ;;
  link)
    [ "$was" = link ] || [ -n "$src" ] || die "src is required for creating new links"
    [ -n "$src" ] || src=$(readlink -- "$path")
    if [ "$was" != link ] && [ -d "$path" ] && [ -z "$force" ]; then
      [ -z "$(ls -A -- "$path")" ] || die "the directory $path is not empty, refusing to convert it"
    elif [ "$was" = file ] || [ "$was" = hard ]; then
      [ -n "$force" ] || die "refusing to convert from $was to symlink for $path"
    fi
    case $src in /*) target=$src ;; *) case $path in */*) target=${path%/*}/$src ;; *) target=$src ;; esac ;; esac
    [ -e "$target" ] || [ -h "$target" ] || [ -n "$force" ] ||
      die "src file does not exist, use \"force=yes\" if you really want to create the link: $target"
    if [ "$was" != link ] || [ "$(readlink -- "$path")" != "$src" ]; then become_link -s; fi
    if [ -n "$follow" ] && [ -e "$path" ]; then attributes "$path"; else follow='' mode='' && attributes "$path"; fi ;;
  hard)
    if [ -z "$src" ]; then
      [ "$was" = hard ] || die "src is required for creating new hardlinks"
      attributes "$path"
    else
      [ -e "$src" ] || die "src does not exist"
      if ! [ "$path" -ef "$src" ]; then
        case $was in
          directory) die "Cannot create a hardlink over a directory: $path" ;;
          absent) ;;
          link | hard) ;;
          file) [ -n "$force" ] || die "Cannot link, file exists at destination" ;;
        esac
        become_link ''
      fi
      attributes "$path"
    fi ;;
esac
facts "$path"
end
)sh";

Course course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet = file_sheet(arguments);
  sheet.take({"state", "recurse", "force", "access_time", "modification_time"}).paths({"path", "src"});
  // A folder and what is in it are the same with or without the slash at its end.
  sheet.add("say path \"$path\"\nwhile [ \"$path\" != / ] && [ \"${path%/}\" != \"$path\" ]; do path=${path%/}; done\n")
      .add(script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  const std::string state = answer.text("state"), was = answer.text("was");
  const std::string path = answer.text("path");
  const bool as_dest = state == "touch" || state == "link" || state == "hard";
  verdict.data[as_dest ? "dest" : "path"] = path;
  if (state == "link" || state == "hard") verdict.data["src"] = text_of(params, "src");
  put_facts(verdict.data, answer);
  if (state == "absent") verdict.data["state"] = "absent";
  const std::string will = state == "touch" ? "file" : state;
  verdict.diff = attribute_diff(path, answer);
  if (verdict.status == Status::changed && was != will) {
    if (verdict.diff.is_null()) verdict.diff = {{"before", {{"path", path}}}, {"after", {{"path", path}}}};
    verdict.diff["before"]["state"] = was;
    verdict.diff["after"]["state"] = will;
  }
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param params[] = {{.name = "path", .kind = Kind::path, .aliases = "dest,name", .required = true},
                            {.name = "state", .kind = Kind::choice, .choices = "absent,directory,file,hard,link,touch"},
                            {.name = "src", .kind = Kind::path},
                            {.name = "recurse", .kind = Kind::flag},
                            {.name = "force", .kind = Kind::flag},
                            {.name = "follow", .kind = Kind::flag, .otherwise = "yes"},
                            {.name = "access_time"},
                            {.name = "modification_time"},
                            CEF_FILE_PARAMS};

Columns columns() {
  return {{"path", "data.path", Unit::none, Align::left, "of the file"},
          {"state", "data.state", Unit::none, Align::left, "what it is"},
          {"mode", "data.mode", Unit::none, Align::right, "permissions"},
          {"owner", "data.owner", Unit::none, Align::left, "whose it is"}};
}

}  // namespace
}  // namespace file_parts

constinit const Task file{.name = "file",
                          .summary = "files, folders and links: there or not there, and whose",
                          .params = file_parts::params,
                          .columns = file_parts::columns,
                          .course = file_parts::course};

}  // namespace cef::tasks::modules
