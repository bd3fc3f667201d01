// assemble and tempfile.
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/expr/regex.hpp>

#include <algorithm>

namespace cef::tasks::modules {

namespace assemble_parts {
namespace {

// Parts are told first: which of them are meant, an expression may say.
constexpr const char* list_parts = R"sh(
[ -d "$src" ] || die "Source ($src) is not a directory"
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
(cd "$src" && find . ! -name . -prune ! -type d -print) | sed 's,^\./,,' | sort >"$t"
blob list "$t"
end
)sh";
// $@ are the parts.
constexpr const char* put_together = R"sh(
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
first=yes
ended=yes
for part in "$@"; do
  [ -n "$ended" ] || echo >>"$t"
  if [ -z "$first" ] && [ -n "$delimiter" ]; then
    printf %s "$delimiter" >>"$t"
    case $delimiter in *"
") ;; *) echo >>"$t" ;; esac
  fi
  cat <"$src/$part" >>"$t" || die "$src/$part cannot be read"
  first= ended=yes
  [ -s "$src/$part" ] && [ -z "$(tail -c 1 "$src/$part")" ] || ended=
done
say "sha1 $(sha1 "$t")"
if [ -d "$dest" ]; then die "$dest is a folder"; fi
if ! [ -f "$dest" ] || ! cmp -s -- "$t" "$dest"; then
  changed
  [ -z "$diff" ] || { [ ! -f "$dest" ] || blob before "$dest"; blob after "$t"; }
  valid "$t"
  [ -z "$validate" ] || say "valid $checked"
  if [ -n "$check" ]; then
    [ -e "$dest" ] || end
  else
    backup_of "$dest"
    put "$t" "$dest"
  fi
fi
attributes "$dest"
facts "$dest"
end
)sh";

Course assemble_course(Arguments arguments) {
  Sheet first(arguments);
  first.paths({"src"}).add(list_parts);
  Step step = first.step();
  StepResult ran = co_yield std::move(step);
  const Answer listed(ran);
  Verdict verdict = verdict_of(listed);
  if (verdict.error) co_return verdict;
  std::vector<std::string> parts = lines_of(listed.text("list"));
  if (is_set(arguments.params, "ignore_hidden"))
    std::erase_if(parts, [](const std::string& p) { return p.starts_with('.'); });
  if (arguments.params.contains("regexp")) {
    const auto regex = expr::Regex::compile(text_of(arguments.params, "regexp"));
    if (!regex) {
      verdict.error = failed(regex.error().message);
      co_return verdict;
    }
    std::erase_if(parts, [&](const std::string& part) { return !regex->search(part); });
  }
  std::string delimiter = text_of(arguments.params, "delimiter");
  for (auto at = delimiter.find("\\n"); at != std::string::npos; at = delimiter.find("\\n", at))
    delimiter.replace(at, 2, "\n");
  Sheet second = file_sheet(arguments);
  second.paths({"src", "dest"}).set("delimiter", delimiter).words(parts).add(put_together);
  Step again = second.step();
  ran = co_yield std::move(again);
  const Answer answer(ran);
  verdict = verdict_of(answer);
  const std::string dest = text_of(arguments.params, "dest");
  verdict.data = {{"src", text_of(arguments.params, "src")}, {"dest", dest}, {"checksum", answer.text("sha1")}};
  if (answer.has("backup")) verdict.data["backup_file"] = answer.text("backup");
  if (answer.has("valid"))
    verdict.data["validation"] = Value{{"rc", 0}, {"stdout", answer.text("valid")}, {"stderr", ""}};
  put_facts(verdict.data, answer);
  verdict.diff =
      answer.has("after") ? text_diff(dest, answer.text("before"), answer.text("after")) : attribute_diff(dest, answer);
  co_return verdict;
}

constexpr const char* make_temporary = R"sh(
[ -n "$path" ] || path=${TMPDIR:-/tmp}
if [ -n "$check" ]; then changed; end; fi
# BusyBox has no --suffix.
made=$(mktemp ${folder:+-d} "$path/${prefix}XXXXXXXX") || die "no temporary file can be made in $path"
if [ -n "$suffix" ]; then mv -- "$made" "$made$suffix" && made=$made$suffix; fi
changed
say "path $made"
facts "$made"
end
)sh";

Course tempfile_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.paths({"path"})
      .take({"prefix", "suffix"})
      .set("folder", text_of(arguments.params, "state") == "directory" ? "yes" : "")
      .add(file_functions)
      .add(make_temporary);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (answer.has("path")) verdict.data["path"] = answer.text("path");
  put_facts(verdict.data, answer);
  co_return verdict;
}

using Kind = Param::Kind;
constexpr Param assemble_params[] = {{.name = "src", .kind = Kind::path, .required = true},
                                     {.name = "dest", .kind = Kind::path, .required = true},
                                     {.name = "delimiter"},
                                     {.name = "regexp"},
                                     {.name = "ignore_hidden", .kind = Kind::flag},
                                     {.name = "remote_src", .kind = Kind::flag, .otherwise = "yes"},
                                     {.name = "backup", .kind = Kind::flag},
                                     {.name = "validate"},
                                     CEF_FILE_PARAMS};
constexpr Param tempfile_params[] = {
    {.name = "state", .kind = Kind::choice, .otherwise = "file", .choices = "directory,file"},
    {.name = "path", .kind = Kind::path},
    {.name = "prefix", .otherwise = "ansible."},
    {.name = "suffix"}};

Columns path_columns() { return {{"path", "data.path", Unit::none, Align::left, "what was made"}}; }

}  // namespace
}  // namespace assemble_parts

constinit const Task assemble{.name = "assemble",
                              .summary = "a file of the parts that lie in a folder",
                              .params = assemble_parts::assemble_params,
                              .columns = message_columns,
                              .course = assemble_parts::assemble_course};
constinit const Task tempfile{.name = "tempfile",
                              .summary = "a file or folder with a name of its own",
                              .params = assemble_parts::tempfile_params,
                              .columns = assemble_parts::path_columns,
                              .course = assemble_parts::tempfile_course};

}  // namespace cef::tasks::modules
