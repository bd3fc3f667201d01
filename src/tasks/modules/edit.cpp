#include "modules/edit.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <cstdint>

namespace cef::tasks::modules {

namespace {

// Attributes are looked at here and changed by the other script, so that what cannot be edited is left as it is.
constexpr const char* look = R"sh(
own=${own-}
if [ -h "$path" ]; then path=$(readlink -f -- "$path"); fi
say "path $path"
[ ! -d "$path" ] || die "Path $path is a directory !"
if [ -e "$path" ]; then
  [ -r "$path" ] || die "$path may not be read"
  check=yes
  attributes "$path"
  facts "$path"
  # shellcheck disable=SC2086
  set -- $seen
  # A small text is held by the shell itself, if it can: one with a zero is not.
  body=
  [ "$4" -gt 65536 ] || body=$(cat -- "$path" - <<'DOT'
.
DOT
) || die "$path cannot be read"
  body=${body%.}  # which keeps the line feeds at its end
  if [ "${#body}" -eq "$4" ]; then
    printf '=cef text< %s\n%s\n' "$4" "$body"
  else
    t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
    trap 'rm -f "$t"' EXIT
    cat <"$path" >"$t" || die "$path cannot be read"
    blob text "$t"
  fi
fi
[ -z "$own" ] || rm -f "$own"
end
)sh";

constexpr const char* store = R"sh(
own=${own-}
if [ -h "$path" ]; then path=$(readlink -f -- "$path"); fi
if [ -n "$write" ]; then
  now=
  [ ! -e "$path" ] || now=$(cksum <"$path")
  [ "$now" = "$sum" ] || die "$path changed while it was edited: try again"
  if [ "$write" = remove ]; then
    backup_of "$path"
    [ -n "$check" ] || rm -f -- "$path" || die "$path cannot be removed"
    changed
    end
  fi
  t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
  trap 'rm -f "$t" "$own"' EXIT
  cat >"$t"
  [ "$(($(wc -c <"$t")))" -eq "$size" ] || die "it did not arrive whole"
  changed
  if [ -z "$check" ]; then
    valid "$t"
    case $path in */*) [ -d "${path%/*}/" ] || mkdir -p -- "${path%/*}" || die "Error creating ${path%/*}" ;; esac
    backup_of "$path"
    put "$t" "$path"
  fi
fi
[ -e "$path" ] || end
attributes "$path"
facts "$path"
)sh";

// `write`: `yes`, `remove`, or nothing when only attributes are to change or all is only looked at.
Sheet sheet_of(const Editing& editing, const Arguments& arguments, std::string_view write) {
  Sheet sheet = file_sheet(arguments);
  sheet.paths({"path"}).set("write", write);
  for (const std::string_view name : editing.takes) sheet.take({name});
  if (editing.locate) sheet.add(editing.locate);
  return sheet;
}

// As POSIX' cksum tells a text.
std::string cksum_of(std::string_view bytes) {
  std::uint32_t sum = 0;
  const auto take = [&sum](unsigned byte) {
    sum ^= byte << 24U;
    for (int bit = 0; bit < 8; ++bit) sum = (sum << 1U) ^ ((sum >> 31U) * 0x04C11DB7U);
  };
  for (const char c : bytes) take(static_cast<unsigned char>(c));
  for (std::size_t size = bytes.size(); size > 0; size >>= 8U) take(size & 0xFFU);
  return fmt::format("{} {}", ~sum, bytes.size());
}

}  // namespace

Course edit_course(const Editing& editing, Arguments arguments) {
  arguments.params["follow"] = true;  // a link stays one, and what it leads to is edited
  Sheet first = sheet_of(editing, arguments, "");
  first.add(look);
  Step step = first.step();
  StepResult ran = co_yield std::move(step);
  const Answer seen(ran);
  Verdict verdict = verdict_of(seen);
  if (verdict.error) co_return verdict;
  Text text;
  text.exists = seen.has("text");
  text.bytes = seen.text("text");
  text.path = seen.text("path");
  auto edit = editing.edit(arguments.params, text);
  if (!edit) {
    verdict.status = Status::ok;
    verdict.error = edit.error();
    if (!text.exists) verdict.data["rc"] = 257;
    co_return verdict;
  }
  const bool writes = edit->remove ? text.exists : text.exists ? edit->bytes != text.bytes : edit->create;
  const bool attributes_differ = verdict.status == Status::changed;
  verdict.data = std::move(edit->data);
  if (editing.path_name) verdict.data[editing.path_name] = text.path;
  put_facts(verdict.data, seen);
  verdict.diff =
      writes ? text_diff(text.path, text.bytes, edit->remove ? "" : edit->bytes) : attribute_diff(text.path, seen);
  if (!writes && !attributes_differ) co_return verdict;

  Sheet second = sheet_of(editing, arguments, !writes ? "" : edit->remove ? "remove" : "yes");
  second.set("sum", text.exists ? cksum_of(text.bytes) : "").set("size", std::to_string(edit->bytes.size())).add(store);
  if (editing.afterwards && writes && !arguments.check) second.add(editing.afterwards);
  second.add("end\n");
  // In check mode only `validate` needs the text there.
  const bool needs_text = writes && !edit->remove;
  Step again = second.step(needs_text ? edit->bytes : std::string());
  ran = co_yield std::move(again);
  const Answer done(ran);
  verdict.error = done.error();
  if (verdict.error) {
    // What was to be said of success, and `changed`, which is said before the file is written, are not so.
    verdict.data["msg"] = verdict.error->message;
    if (done.has("rc")) verdict.data["rc"] = number_of(done.text("rc"));
    verdict.status = Status::ok;
    co_return verdict;
  }
  verdict.status = done.has("changed") || seen.has("acted") ? Status::changed : Status::ok;
  if (done.has("backup")) verdict.data[editing.backup_name] = done.text("backup");
  put_facts(verdict.data, done);
  if (!attributes_differ || !editing.tells_attributes) co_return verdict;
  if (text_of(verdict.data, "msg").empty())
    verdict.data["msg"] = "ownership, perms or SE linux context changed";
  else
    verdict.data["msg"] =
        fmt::format("{} and ownership, perms or SE linux context changed", text_of(verdict.data, "msg"));
  co_return verdict;
}

std::vector<std::string> split_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.emplace_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

std::string join_lines(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line;
  return text;
}

std::string_view bare_line(std::string_view line) {
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace cef::tasks::modules
