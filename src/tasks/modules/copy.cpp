// copy, and template, whose text was rendered before it comes here.
#include "modules/archive.hpp"
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <sys/stat.h>

namespace cef::tasks::modules {

namespace copy_parts {
namespace {

namespace fs = std::filesystem;

// More than this is sent only when it is known to be other than what is there.
constexpr std::uintmax_t sent_at_once = 64 * 1024;

// `how`: `ask` tells what is there, `keep` only changes whose it is, `send` has the bytes on standard input, `remote`
// has them in $src. `size` and `sum`, the SHA-1, are of those that are sent: a file that has them already has all.
constexpr const char* single = R"sh(
case $dest in
  */) into=yes ;;
  *) if [ -d "$dest" ]; then into=yes; else into=; fi ;;
esac
if [ -n "$into" ]; then
  [ -n "$name" ] || die "can not use content with a dir as dest"
  folder=${dest%/}
  if ! [ -d "$dest" ]; then
    [ -n "$check" ] || make_folders "$folder"
  fi
  dest=$folder/$name
fi
if [ -h "$dest" ] && [ -n "$follow" ]; then dest=$(readlink -f -- "$dest"); fi
say "dest $dest"
case $dest in */*) parent=${dest%/*} ;; *) parent=. ;; esac
if [ -z "$into" ] && ! [ -d "${parent:-/}" ]; then
  # What was not done before it may have made the folder.
  if [ -n "$check" ] && [ "$how" != remote ]; then changed; say put; end; fi
  die "Destination directory $parent does not exist"
fi
[ ! -d "$dest" ] || die "$dest is a folder"
if [ -e "$dest" ] && [ -z "$force" ]; then
  say "kept file already exists"
  facts "$dest"
  end
fi
if [ "$how" = ask ]; then
  if [ -f "$dest" ]; then
    there=$(($(wc -c <"$dest")))
    say "size $there"
    [ "$there" != "$size" ] || say "sha1 $(sha1 "$dest")"
  fi
  end
fi
if [ "$how" = send ] && [ -f "$dest" ] && [ -r "$dest" ]; then
  summed=$(sha1sum <"$dest" 2>/dev/null)
  [ "${summed%% *}" != "$sum" ] || { how=keep; say whole; }
fi
if [ "$how" = send ]; then
  make_tree
  t=$tree/file
  why=$(cat 2>&1 >"$t") || die "it cannot be kept in ${TMPDIR:-/tmp}: ${why##*: }"
  [ "$(($(wc -c <"$t")))" -eq "$size" ] || die "it did not arrive whole"
  src=$t
elif [ "$how" = remote ]; then
  [ -r "$src" ] || die "Source $src not found"
  [ "$mode" != preserve ] || mode=$(mode_of "$src")
fi
if [ "$how" != keep ]; then
  if ! [ -f "$dest" ] || ! cmp -s -- "$src" "$dest"; then
    changed
    say put
    if [ -n "$diff" ] && [ -f "$dest" ] && [ "$(($(wc -c <"$dest")))" -le 104448 ]; then blob before "$dest"; fi
    if [ -n "$check" ]; then
      if ! [ -e "$dest" ]; then
        [ "$how" != remote ] || say "sha1 $(sha1 "$src")"
        end
      fi
    else
      valid "$src"
      backup_of "$dest"
      put "$src" "$dest"
    fi
  fi
  # Of what was sent it is known.
  [ "$how" = send ] || say "sha1 $(sha1 "$src")"
  say whole
fi
attributes "$dest"
facts "$dest"
end
)sh";

constexpr const char* common = R"sh(
make_tree() {
  tree=$(mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXXXX" 2>&1) || die "no temporary file can be made: ${tree##*: }"
  trap 'rm -rf "$tree"' EXIT
  trap 'exit 1' HUP INT TERM
}
make_folders() {
  case $1 in '' | /) return ;; esac
  [ -d "$1" ] && return
  case $1 in */*) make_folders "${1%/*}" ;; esac
  mkdir -- "$1" || die "$1 cannot be made"
  changed
  folder_attributes "$1"
}
folder_attributes() {
  mode_of_files=$mode mode=$directory_mode
  attributes "$1"
  mode=$mode_of_files
}
mode_of() { stat -L -c 0%a -- "$1"; }
)sh";

// A folder's archive on standard input, or, of `remote`, the folder $src.
constexpr const char* whole = R"sh(
if [ "$how" = send ]; then make_tree; tar xpf - -C "$tree" || die "the archive could not be unpacked"; src=$tree; fi
[ -d "$src" ] || die "Source $src not found"
dest=${dest%/}
asked=${asked%/} made=
if [ "$how" = send ]; then
  asked=$asked/
elif [ -d "$asked" ]; then
  asked=$asked/$base
elif [ -n "$base" ]; then
  made=yes
fi
say "dest $asked"
(cd "$src" && find . -type d) | while IFS= read -r folder; do
  to=$dest/${folder#./}
  to=${to%/.}
  if ! [ -d "$to" ]; then
    changed
    [ -n "$check" ] || make_folders "$to"
    [ "$how$directory_mode$check" != remote ] || [ "$folder$made" = .yes ] || chmod "$(mode_of "$src/$folder")" "$to"
  fi
  # The folder that all goes into keeps what it has.
  if [ "$folder" != . ] && [ -d "$to" ]; then folder_attributes "$to"; fi
done
list=$(cd "$src" && find . -type f | sort)
asked_mode=$mode
old=$IFS
IFS='
'
set -f
for part in $list; do
  IFS=$old
  part=${part#./} to=$dest/${part#./} mode=$asked_mode
  [ "$mode" != preserve ] || mode=$(mode_of "$src/$part")
  [ "$how" != send ] || [ -r "$src/$part" ] || chmod u+r "$src/$part"
  if ! [ -f "$to" ] || ! cmp -s -- "$src/$part" "$to"; then
    [ -z "$force" ] && [ -e "$to" ] && continue
    changed
    [ -z "$check" ] || continue
    backup_of "$to"
    # On the host itself a copy is as secret as what it was made from.
    if [ "$how" = remote ]; then mode=${mode:-$(mode_of "$src/$part")}; fi
    put "$src/$part" "$to"
  fi
  attributes "$to"
done
facts "$dest"
end
)sh";

struct Source {
  std::string bytes, file;  // `file` of the controller when `bytes` are not meant
  std::uintmax_t size = 0;
  std::string name;  // of a file that goes into a folder
  bool folder = false;

  std::string read() const { return file.empty() ? bytes : read_file(file).value_or(""); }
};

Result<Source> source_of(Value& params) {
  Source source;
  if (params.contains("content")) {
    source.bytes = text_of(params, "content");
    source.size = source.bytes.size();
    source.name = text_of(params, "_original_basename");
    // It has no file; in Ansible it has one for a while, that nobody else may read.
    if (text_of(params, "mode") == "preserve") params["mode"] = "0600";
    return source;
  }
  source.file = text_of(params, "src");
  struct ::stat found {};
  if (::stat(source.file.c_str(), &found) != 0)
    return Unexpected(failed(fmt::format("there is no file {} on this machine", source.file)));
  source.folder = S_ISDIR(found.st_mode);
  source.size = static_cast<std::uintmax_t>(found.st_size);
  source.name = fs::path(source.file).filename().string();
  // Of a folder each file has its own.
  if (!source.folder && text_of(params, "mode") == "preserve")
    params["mode"] = fmt::format("{:04o}", found.st_mode & 07777U);
  return source;
}

Sheet sheet_of(const Arguments& arguments, std::string_view how, std::string_view name, std::uintmax_t size,
               std::string_view sum = {}) {
  Sheet sheet = file_sheet(arguments);
  sheet.take({"force", "directory_mode"})
      .paths({"dest", "src"})
      .set("how", how)
      .set("name", name)
      .set("size", std::to_string(size))
      .set("sum", sum)
      .add(common);
  return sheet;
}

Verdict judge(const Arguments& arguments, const Answer& answer, const Source* source) {
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  if (answer.has("rc")) data = {{"exit_status", number_of(answer.text("rc"))}};  // of `validate`
  data["dest"] = answer.has("dest") ? answer.text("dest") : text_of(arguments.params, "dest");
  if (is_set(arguments.params, "src")) data["src"] = text_of(arguments.params, "src");
  if (answer.has("sha1"))
    data["checksum"] = answer.text("sha1");
  else if (source && !source->folder && (verdict.error || answer.has("whole")))
    data["checksum"] = sha1_of(source->read());  // of what is, or was to be, there
  if (answer.has("backup")) data["backup_file"] = answer.text("backup");
  if (answer.has("kept")) data["msg"] = answer.text("kept");
  put_facts(data, answer);
  if (data["state"] == "absent") data.erase("state");  // in check mode
  if (source && !source->folder && !answer.has("put") && !verdict.error) data["path"] = data["dest"];
  if (arguments.diff && answer.has("put") && source && source->size <= 104'448)
    verdict.diff = text_diff(data["dest"].get<std::string>(), answer.text("before"), source->read());
  else
    verdict.diff = attribute_diff(data["dest"].get<std::string>(), answer);
  return verdict;
}

// All files of a folder, in a folder of its name unless it is written with a slash at its end.
Step folder_step(Arguments& arguments, const Source& source, std::string archive, bool remote) {
  const std::string src = text_of(arguments.params, "src");
  std::string dest = text_of(arguments.params, "dest");
  const std::string asked = expanded(dest);
  if (!src.ends_with('/')) {
    while (dest.ends_with('/')) dest.pop_back();
    arguments.params["dest"] = dest + '/' + source.name;
  }
  Sheet sheet = sheet_of(arguments, remote ? "remote" : "send", "", 0);
  sheet.add(fmt::format("asked={}\n", asked)).set("base", src.ends_with('/') ? "" : source.name).add(whole);
  return sheet.step(std::move(archive));
}

Course remote_course(Arguments arguments) {
  const std::string src = text_of(arguments.params, "src");
  Source source;
  source.name = fs::path(src).filename().string();
  // A folder is told by the host. Mostly it is a file: then this is the only step.
  Sheet sheet = sheet_of(arguments, "remote", source.name, 0);
  sheet.add("if [ -d \"$src\" ]; then say folder; end; fi\n").add(single);
  Step step = sheet.step();
  StepResult ran = co_yield std::move(step);
  if (Answer(ran).has("folder")) {
    Step again = folder_step(arguments, source, "", true);
    ran = co_yield std::move(again);
  }
  const Answer answer(ran);
  co_return judge(arguments, answer, nullptr);
}

Course course(Arguments arguments) {
  Value& params = arguments.params;
  if (is_set(params, "remote_src")) {
    Course remote = remote_course(arguments);
    StepResult heard;
    for (auto asked = remote.begin(); asked; asked = remote.tell(std::move(heard))) {
      Step step = std::move(*asked);
      heard = co_yield std::move(step);
    }
    co_return remote.verdict();
  }
  Verdict refused;
  const auto source = source_of(params);
  if (!source) {
    refused.error = source.error();
    co_return refused;
  }
  if (source->folder) {
    auto archive = archive_of(source->file);
    if (!archive) {
      refused.error = archive.error();
      co_return refused;
    }
    Step step = folder_step(arguments, *source, std::move(*archive), false);
    const StepResult ran = co_yield std::move(step);
    const Answer answer(ran);
    co_return judge(arguments, answer, nullptr);
  }
  const bool small = source->size <= sent_at_once;
  const std::string bytes = small ? source->read() : std::string();
  const std::string sum = small ? sha1_of(bytes) : std::string();
  if (const std::string asked = text_of(params, "checksum");
      !asked.empty() && asked != (small ? sum : sha1_of(source->read()))) {
    refused.error = failed("Copied file does not match the expected checksum. Transfer failed.");
    co_return refused;
  }
  std::string how = "send", known;
  if (!small) {
    Sheet sheet = sheet_of(arguments, "ask", source->name, source->size);
    sheet.add(single);
    Step step = sheet.step();
    const StepResult ran = co_yield std::move(step);
    const Answer answer(ran);
    if (answer.error() || answer.has("kept")) co_return judge(arguments, answer, &*source);
    known = answer.text("sha1");
    if (!known.empty() && known == sha1_of(source->read())) how = "keep";
  }
  Sheet sheet = sheet_of(arguments, how, source->name, small ? bytes.size() : source->size, sum);
  sheet.add(single);
  Step step = how == "keep"          ? sheet.step()
              : small                ? sheet.step(bytes)
              : source->file.empty() ? sheet.step(source->bytes)
                                     : sheet.step_with_file(source->file);
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = judge(arguments, answer, &*source);
  if (how == "keep" && !verdict.error) verdict.data["checksum"] = known;
  co_return verdict;
}

Columns columns() {
  return {{"dest", "data.dest", Unit::none, Align::left, "the file"},
          {"mode", "data.mode", Unit::none, Align::right, "permissions"},
          {"owner", "data.owner", Unit::none, Align::left, "whose it is"},
          {"checksum", "data.checksum", Unit::none, Align::left, "SHA-1 of its bytes", true}};
}

using Kind = Param::Kind;
constexpr Param dest{.name = "dest", .kind = Kind::path, .required = true};
constexpr Param src{.name = "src", .kind = Kind::path};
constexpr Param content{.name = "content", .kind = Kind::raw};
constexpr Param backup{.name = "backup", .kind = Kind::flag};
constexpr Param force{.name = "force", .kind = Kind::flag, .otherwise = "yes", .aliases = "thirsty"};
constexpr Param follow{.name = "follow", .kind = Kind::flag};
constexpr Param validate{.name = "validate"};
constexpr Param name{.name = "_original_basename"};

constexpr Param copy_params[] = {dest,
                                 src,
                                 content,
                                 backup,
                                 force,
                                 follow,
                                 validate,
                                 name,
                                 {.name = "remote_src", .kind = Kind::flag},
                                 {.name = "directory_mode", .kind = Kind::mode},
                                 {.name = "local_follow", .kind = Kind::flag, .otherwise = "yes"},
                                 {.name = "checksum"},
                                 {.name = "decrypt", .kind = Kind::flag, .otherwise = "yes"},
                                 CEF_FILE_PARAMS};
constexpr Param template_params[] = {dest,
                                     src,
                                     content,
                                     backup,
                                     force,
                                     follow,
                                     validate,
                                     name,
                                     {.name = "newline_sequence"},
                                     {.name = "block_start_string"},
                                     {.name = "block_end_string"},
                                     {.name = "variable_start_string"},
                                     {.name = "variable_end_string"},
                                     {.name = "comment_start_string"},
                                     {.name = "comment_end_string"},
                                     {.name = "output_encoding"},
                                     {.name = "trim_blocks", .kind = Kind::flag, .otherwise = "yes"},
                                     {.name = "lstrip_blocks", .kind = Kind::flag},
                                     CEF_FILE_PARAMS};

}  // namespace
}  // namespace copy_parts

constinit const Task copy{.name = "copy",
                          .summary = "files and folders of the controller, or a text, to the host",
                          .params = copy_parts::copy_params,
                          .columns = copy_parts::columns,
                          .course = copy_parts::course,
                          .exclusive = "src,content",
                          .needs_one = "src,content"};
constinit const Task template_{.name = "template",
                               .summary = "a text made from a template, to the host",
                               .params = copy_parts::template_params,
                               .columns = copy_parts::columns,
                               .course = copy_parts::course,
                               .needs_one = "src,content"};

}  // namespace cef::tasks::modules
