// apt_repository, apt_key and deb822_repository: where packages come from, and who signs them.
#include "apt.hpp"
#include "modules/files.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::tasks::modules {

namespace repositories_parts {
namespace {

using Kind = Param::Kind;
constexpr Param state{.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"};

// A line is the same with other blanks or another remark behind it. `file` gets what stands nowhere yet.
constexpr const char* line_script = R"sh(
plain() { sed -e 's/#.*//' -e 's/[[:space:]][[:space:]]*/ /g' -e 's/^ //' -e 's/ $//'; }
wanted=$(printf '%s\n' "$repo" | plain)
found=
for f in /etc/apt/sources.list /etc/apt/sources.list.d/*.list; do
  [ -f "$f" ] || continue
  plain <"$f" | grep -q -x -F -e "$wanted" || continue
  found=$f
  [ "$state" = absent ] || continue
  changed
  [ -z "$diff" ] || blob before "$f"
  say "file $f"
  [ -z "$check" ] || continue
  t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
  while IFS= read -r line || [ -n "$line" ]; do
    [ "$(printf '%s\n' "$line" | plain)" = "$wanted" ] || printf '%s\n' "$line"
  done <"$f" >"$t"
  if [ "$f" != /etc/apt/sources.list ] && ! grep -q '[^[:space:]]' "$t"; then rm -f "$f"; say "removed $f"; else put "$t" "$f"; fi
  rm -f "$t"
done
if [ "$state" = present ] && [ -z "$found" ]; then
  changed
  case $file in /*) f=$file ;; *) f=/etc/apt/sources.list.d/$file ;; esac
  say "file $f"
  [ -e "$f" ] || say "added $f"
  if [ -z "$check" ]; then
    t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
    if [ -f "$f" ]; then cat "$f" >"$t"; fi
    printf '%s\n' "$repo" >>"$t"
    mkdir -p /etc/apt/sources.list.d
    put "$t" "$f"
    rm -f "$t"
    chmod "${mode:-0644}" "$f"
  fi
elif [ -n "$found" ] && [ -n "$mode" ] && [ "$state" = present ]; then
  attributes "$found"
fi
end
)sh";

// Whoever changes the sources needs the lists.
constexpr const char* refresh = R"sh(
wait_locks
refresh
finish
)sh";

Step refresh_step(const Arguments& arguments) {
  Script script;
  script.text = std::string(apt::prelude) + refresh;
  script.arguments = {"run", "600", "update"};
  Step step;
  step.what = std::move(script);
  step.become = arguments.become;
  step.outlives_link = true;
  step.progress = apt::progress();
  return step;
}

std::string file_of(const Value& params, std::string line) {
  if (params.contains("filename")) {
    const std::string name = text_of(params, "filename");
    return name.ends_with(".list") ? name : name + ".list";
  }
  // The address, without options, scheme and login.
  if (const auto open = line.find('['); open != std::string::npos)
    line.erase(open, line.find(']', open) == std::string::npos ? std::string::npos : line.find(']', open) - open + 1);
  const auto words = split_words(line).value_or(std::vector<std::string>());
  std::string address = words.size() > 1 ? words[1] : line;
  if (const auto scheme = address.find("://"); scheme != std::string::npos) address.erase(0, scheme + 3);
  if (const auto login = address.find('@'); login != std::string::npos) address.erase(0, login + 1);
  std::string name;
  for (const char c : address) {
    if (std::isalnum(static_cast<unsigned char>(c)))
      name += c;
    else if (!name.empty() && !name.ends_with('_'))
      name += '_';
  }
  while (name.ends_with('_')) name.pop_back();
  return name + ".list";
}

Course line_course(Arguments arguments) {
  const Value& params = arguments.params;
  const std::string repo(trim(text_of(params, "repo")));
  Verdict verdict;
  if (!repo.starts_with("deb")) {
    verdict.error = failed(repo.starts_with("ppa:") ? "a PPA is added by add-apt-repository; write its deb line"
                                                    : fmt::format("Invalid repository string: {}", repo));
    co_return verdict;
  }
  Sheet sheet = file_sheet(arguments);
  sheet.take({"state"}).set("repo", repo).set("file", file_of(params, repo)).add(line_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["repo"] = text_of(params, "repo");
  data["state"] = text_of(params, "state");
  data["sources_added"] = answer.all("added");
  data["sources_removed"] = answer.all("removed");
  const std::string before = answer.text("before");
  if (verdict.status == Status::changed)
    verdict.diff = text_diff(answer.text("file"), text_of(params, "state") == "present" ? "" : repo + '\n',
                             text_of(params, "state") == "present" ? repo + '\n' : "");
  if (verdict.error || verdict.status != Status::changed || arguments.check || !is_set(params, "update_cache"))
    co_return verdict;
  Step again = refresh_step(arguments);
  const StepResult updated = co_yield std::move(again);
  const apt::Answer said(updated.out);
  verdict.error = apt::early_end(updated, said);
  co_return verdict;
}

constexpr Param line_params[] = {
    {.name = "repo", .required = true},
    state,
    {.name = "filename"},
    {.name = "mode", .kind = Kind::mode},
    {.name = "update_cache", .kind = Kind::flag, .otherwise = "yes", .aliases = "update-cache"},
    {.name = "update_cache_retries", .kind = Kind::number},
    {.name = "update_cache_retry_max_delay", .kind = Kind::number},
    {.name = "install_python_apt", .kind = Kind::flag}};

// A key in the keyring of its own, or in apt's old common one.
constexpr const char* key_script = R"sh(
have gpg || die "Failed to find required executable \"gpg\""
t=$(mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXXXX") || die "no temporary folder can be made"
trap 'rm -rf "$t"' EXIT
chmod 700 "$t"
GNUPGHOME=$t/home
export GNUPGHOME
mkdir -m 700 "$GNUPGHOME"
ring=${keyring:-/etc/apt/trusted.gpg.d/cef.gpg}
listed() { gpg --batch --no-default-keyring --keyring "$1" --with-colons --list-keys 2>/dev/null | awk -F : '$1 == "pub" || $1 == "sub" { print $5 } $1 == "fpr" { print $10 }'; }
there() {  # there ID: in any keyring of apt's
  for r in "$ring" /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*.gpg; do
    [ -f "$r" ] || continue
    listed "$r" | grep -q -i -e "$1\$" && return 0
  done
  return 1
}
cat >"$t/key"
id=$(printf %s "$id" | sed 's/^0[xX]//' | tr a-z A-Z)
if [ "$state" = absent ]; then
  [ -n "$id" ] || die "key ID is required to remove a key"
  there "$id" || end
  changed
  [ -z "$check" ] || end
  for r in "$ring" /etc/apt/trusted.gpg /etc/apt/trusted.gpg.d/*.gpg; do
    [ -f "$r" ] || continue
    listed "$r" | grep -q -i -e "$id\$" || continue
    gpg --batch --yes --no-default-keyring --keyring "$r" --delete-keys "$id" >/dev/null 2>&1 || die "error removing key_id $id"
    [ -n "$(listed "$r")" ] || rm -f "$r"
  done
  end
fi
if [ -n "$id" ] && there "$id"; then say "key_id $id"; end; fi
if [ -n "$url" ]; then
  if have curl; then curl -fsSL $insecure -o "$t/key" "$url" 2>"$t/said"; else wget -q -O "$t/key" "$url" 2>"$t/said"; fi || die "Failed to download key at $url: $(tail -n 1 "$t/said")"
elif [ -n "$file" ]; then
  cat <"$file" >"$t/key" || die "$file cannot be read"
elif [ -n "$keyserver" ]; then
  [ -n "$id" ] || die "key ID is required with a key server"
  gpg --batch --keyserver "$keyserver" --recv-keys "$id" >"$t/said" 2>&1 && gpg --batch --export "$id" >"$t/key" || die "Error fetching key $id from keyserver $keyserver: $(tail -n 1 "$t/said")"
fi
[ -s "$t/key" ] || die "there is no key given"
gpg --batch --import <"$t/key" >"$t/said" 2>&1 || die "this is no key: $(tail -n 1 "$t/said")"
ids=$(gpg --batch --with-colons --list-keys 2>/dev/null | awk -F : '$1 == "pub" { print $5 }')
missing=
for one in $ids; do there "$one" || missing=yes; done
say "key_id ${id:-$(printf %s "$ids" | head -n 1)}"
[ -n "$missing" ] || end
changed
[ -z "$check" ] || end
mkdir -p "${ring%/*}"
if [ -s "$ring" ]; then gpg --batch --no-default-keyring --keyring "$ring" --export >"$t/old" 2>/dev/null && gpg --batch --import <"$t/old" >/dev/null 2>&1; fi
gpg --batch --export >"$t/ring" && cat "$t/ring" >"$ring" && chmod 644 "$ring" || die "$ring cannot be written"
end
)sh";

Course key_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"id", "url", "file", "keyserver", "state"})
      .paths({"keyring"})
      .set("insecure",
           arguments.params.contains("validate_certs") && !is_set(arguments.params, "validate_certs") ? "-k" : "")
      .add(key_script);
  Step step = sheet.step(text_of(arguments.params, "data"));
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (answer.has("key_id")) verdict.data["key_id"] = answer.text("key_id");
  co_return verdict;
}

constexpr Param key_params[] = {{.name = "id"},
                                {.name = "url"},
                                {.name = "data"},
                                {.name = "file", .kind = Kind::path},
                                {.name = "keyserver"},
                                {.name = "keyring", .kind = Kind::path},
                                state,
                                {.name = "validate_certs", .kind = Kind::flag}};

// $how says what `signed_by` is: an address, a text (on standard input), or a file that is there.
constexpr const char* source_script = R"sh(
t=$(mktemp -d "${TMPDIR:-/tmp}/cef.XXXXXXXX") || die "no temporary folder can be made"
trap 'rm -rf "$t"' EXIT
cat >"$t/source"
key=/etc/apt/keyrings/$slug.asc
file=/etc/apt/sources.list.d/$slug.sources
say "dest $file"
if [ "$state" = absent ]; then
  for f in "$file" "$key"; do
    [ -e "$f" ] || continue
    changed
    [ -n "$check" ] || rm -f "$f"
  done
  end
fi
if [ -n "$key_url" ]; then
  if have curl; then curl -fsSL -o "$t/key" "$key_url" 2>"$t/said"; else wget -q -O "$t/key" "$key_url" 2>"$t/said"; fi || die "Failed to download key at $key_url: $(tail -n 1 "$t/said")"
  head -c 60 "$t/key" | grep -q 'BEGIN PGP' || key=/etc/apt/keyrings/$slug.gpg
  say "key $key"
  if ! cmp -s "$t/key" "$key"; then
    changed
    [ -n "$check" ] || { mkdir -p /etc/apt/keyrings && put "$t/key" "$key" && chmod 644 "$key"; }
  fi
  sed "s,^Signed-By: .*,Signed-By: $key," "$t/source" >"$t/with" && mv "$t/with" "$t/source"
fi
blob source "$t/source"
if ! cmp -s "$t/source" "$file"; then
  changed
  [ ! -f "$file" ] || blob before "$file"
  [ -n "$check" ] || { mkdir -p /etc/apt/sources.list.d && put "$t/source" "$file"; }
fi
[ -n "$mode" ] || mode=0644
[ ! -e "$file" ] || attributes "$file"
end
)sh";

std::string field(const Value& params, std::string_view name, std::string_view title) {
  if (!params.contains(name)) return "";
  const Value& value = params[std::string(name)];
  std::string text;
  if (value.is_boolean())
    text = value.get<bool>() ? "yes" : "no";
  else if (value.is_array())
    text = fmt::format("{}", fmt::join(list_of(params, name), " "));
  else
    text = text_of(params, name);
  return fmt::format("{}: {}\n", title, text);
}

Course source_course(Arguments arguments) {
  const Value& params = arguments.params;
  const std::string name = text_of(params, "name"), key = text_of(params, "signed_by");
  std::string slug;
  for (const char c : lower(name)) {
    if (std::isalnum(static_cast<unsigned char>(c)) || c == '-')
      slug += c;
    else if (!slug.empty() && !slug.ends_with('-'))
      slug += '-';
  }
  const bool url = key.find("://") != std::string::npos, text = key.find("BEGIN PGP") != std::string::npos;
  constexpr std::pair<std::string_view, std::string_view> fields[] = {
      {"allow_downgrade_to_insecure", "Allow-Downgrade-To-Insecure"},
      {"allow_insecure", "Allow-Insecure"},
      {"allow_weak", "Allow-Weak"},
      {"architectures", "Architectures"},
      {"by_hash", "By-Hash"},
      {"check_date", "Check-Date"},
      {"check_valid_until", "Check-Valid-Until"},
      {"components", "Components"},
      {"date_max_future", "Date-Max-Future"},
      {"enabled", "Enabled"},
      {"inrelease_path", "InRelease-Path"},
      {"languages", "Languages"}};
  constexpr std::pair<std::string_view, std::string_view> more[] = {
      {"suites", "Suites"}, {"targets", "Targets"}, {"trusted", "Trusted"}, {"types", "Types"}, {"uris", "URIs"}};
  std::string source;
  for (const auto& [param, title] : fields) source += field(params, param, title);
  source += fmt::format("X-Repolib-Name: {}\n", name);
  source += field(params, "pdiffs", "PDiffs");
  if (text) {
    source += "Signed-By:\n";
    for (const std::string& line : lines_of(trim(key))) source += line.empty() ? " .\n" : fmt::format(" {}\n", line);
  } else if (!key.empty()) {
    source += fmt::format("Signed-By: {}\n", key);
  }
  for (const auto& [param, title] : more) source += field(params, param, title);
  Sheet sheet = file_sheet(arguments);
  sheet.take({"state"}).set("slug", slug).set("key_url", url ? key : "").add(source_script);
  Step step = sheet.step(source);
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  verdict.data["repo"] = answer.text("source");
  verdict.data["dest"] = answer.text("dest");
  if (answer.has("key")) verdict.data["key_filename"] = answer.text("key");
  if (verdict.status == Status::changed)
    verdict.diff = text_diff(answer.text("dest"), answer.text("before"), answer.text("source"));
  co_return verdict;
}

constexpr Param source_params[] = {{.name = "name", .required = true},
                                   state,
                                   {.name = "types", .kind = Kind::list, .otherwise = "deb"},
                                   {.name = "uris", .kind = Kind::list},
                                   {.name = "suites", .kind = Kind::list},
                                   {.name = "components", .kind = Kind::list},
                                   {.name = "architectures", .kind = Kind::list},
                                   {.name = "signed_by"},
                                   {.name = "enabled", .kind = Kind::flag},
                                   {.name = "trusted", .kind = Kind::flag},
                                   {.name = "languages", .kind = Kind::list},
                                   {.name = "targets", .kind = Kind::list},
                                   {.name = "allow_downgrade_to_insecure", .kind = Kind::flag},
                                   {.name = "allow_insecure", .kind = Kind::flag},
                                   {.name = "allow_weak", .kind = Kind::flag},
                                   {.name = "by_hash", .kind = Kind::flag},
                                   {.name = "check_date", .kind = Kind::flag},
                                   {.name = "check_valid_until", .kind = Kind::flag},
                                   {.name = "date_max_future", .kind = Kind::number},
                                   {.name = "inrelease_path"},
                                   {.name = "pdiffs", .kind = Kind::flag},
                                   {.name = "mode", .kind = Kind::mode}};

}  // namespace
}  // namespace repositories_parts

constinit const Task apt_repository{.name = "apt_repository",
                                    .summary = "a line of apt's sources: there or not there",
                                    .params = repositories_parts::line_params,
                                    .columns = message_columns,
                                    .course = repositories_parts::line_course,
                                    .needs_root = true};
constinit const Task apt_key{.name = "apt_key",
                             .summary = "a key that apt trusts",
                             .params = repositories_parts::key_params,
                             .columns = message_columns,
                             .course = repositories_parts::key_course,
                             .exclusive = "url,data,file,keyserver",
                             .needs_root = true};
constinit const Task deb822_repository{.name = "deb822_repository",
                                       .summary = "a source of apt in a file of its own",
                                       .params = repositories_parts::source_params,
                                       .columns = message_columns,
                                       .course = repositories_parts::source_course,
                                       .needs_root = true};

}  // namespace cef::tasks::modules
