// apt and package: by the same shell functions as the verbs upgrade and package.
#include "apt.hpp"

#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::tasks::modules {

namespace apt_parts {
namespace {

// What costs nothing to find out. Most times nothing is to be done, and one look says so: whether the lists are old,
// and in $@ those packages that are not as they are to be.
constexpr const char* first_look = R"sh(
have apt-get || { say missing; end; }
of=/var/lib/apt/periodic/update-success-stamp
[ -e "$of" ] || of=/var/lib/apt/lists
stamp=$(stat -c %Y "$of" 2>/dev/null) || stamp=0
old=$update
if [ -n "$update" ] && [ "$valid" -gt 0 ] && [ "$((stamp + valid))" -gt "$(date +%s)" ]; then old=; fi
say "stamp $stamp"
[ -z "$old" ] || say old
lf='
'
for word in "$@"; do
  name=${word%%=*}
  have=$(dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$name" 2>/dev/null)
  have=${have%%"$lf"*}
  is=${have%% *} have=${have#* }
  case $word in *'*'*) case $word in *=*) ;; *) say "wanted $word"; continue ;; esac ;; esac
  # shellcheck disable=SC2254
  case $state:$is in
    present:installed) case $word in *=*) case $have in ${word#*=}) continue ;; esac ;; *) continue ;; esac ;;
    absent:config-files) [ -n "$purge" ] || continue ;;
    absent:installed | absent:half-* | absent:unpacked) ;;
    absent:*) continue ;;
  esac
  say "wanted $word"
done
end
)sh";

// After apt's own functions. $@ are packages; a name may be a pattern, which is of all that there are.
constexpr const char* work = R"sh(
stamp() { stat -c %Y /var/lib/apt/periodic/update-success-stamp 2>/dev/null || stat -c %Y /var/lib/apt/lists 2>/dev/null || echo 0; }
say "before $(stamp)"
[ -z "$dpkg_options" ] || { keep=; for o in $dpkg_options; do keep="$keep -o Dpkg::Options::=--$o"; done; }
begin
say "after $(stamp)"
options=
case $recommends in yes) options="$options -o APT::Install-Recommends=yes" ;; no) options="$options -o APT::Install-Recommends=no" ;; esac
[ -z "$release" ] || options="$options -t $release"
[ -z "$downgrade" ] || options="$options --allow-downgrades"
[ -z "$held" ] || options="$options --allow-change-held-packages"
[ -z "$unsigned" ] || options="$options --allow-unauthenticated"
[ -z "$autoremove" ] || options="$options --auto-remove"
[ -z "$only_upgrade" ] || options="$options --only-upgrade"
n=$#
while [ "$n" -gt 0 ]; do
  word=$1
  shift
  n=$((n - 1))
  case $word in
    *=*) set -- "$@" "$word" ;;
    *'*'* | *'?'*)
      for name in $(if [ "$state" = absent ]; then dpkg-query -W -f='${Package}\n'; else apt-cache $own pkgnames; fi); do
        # shellcheck disable=SC2254
        case $name in $word) set -- "$@" "$name" ;; esac
      done ;;
    *) set -- "$@" "$word" ;;
  esac
done
act() {
  simulate $options "$@"
  carry_out $options "$@"
}
if [ -n "$deb" ]; then
  file=$deb
  case $deb in
    *://*)
      file=$t/package.deb
      if command -v curl >/dev/null; then curl -fsSL -o "$file" "$deb"; else wget -q -O "$file" "$deb"; fi ||
        { echo "E: Failure downloading $deb" >"$t/plan"; say "plan 1"; cat "$t/plan"; finish; } ;;
  esac
  [ -f "$file" ] || { say "plan 1"; echo "E: No such file: $file"; finish; }
  name=$(dpkg-deb -f "$file" Package) version=$(dpkg-deb -f "$file" Version)
  case $(dpkg-query -W -f='${db:Status-Status} ${Version}' "$name" 2>/dev/null) in
    "installed $version") ;;
    *)
      case $file in /*) ;; *) file=$PWD/$file ;; esac
      chmod 711 "$t"
      act --allow-downgrades install "$file" ;;
  esac
elif [ -n "$upgrade" ]; then
  act "$upgrade" ${with_new:+--with-new-pkgs}
elif [ $# -gt 0 ]; then
  case $state in
    absent) if [ -n "$purge" ]; then act purge "$@"; else act remove "$@"; fi ;;
    build-dep) act build-dep "$@" ;;
    fixed) act install --fix-broken "$@" ;;
    *) act install "$@" ;;
  esac
elif [ -n "$autoremove" ]; then
  options=
  if [ -n "$purge" ]; then act --purge autoremove; else act autoremove; fi
fi
[ "$mode" = check ] || changes
if [ -n "$autoclean" ]; then
  if [ "$mode" = check ]; then apt-get -q -s autoclean; else apt-get -q -y autoclean; fi 2>&1 | grep -q '^Del ' && say cleaned
fi
if [ -n "$clean" ] && [ "$mode" = run ]; then apt-get clean; fi
finish
)sh";

std::string yes(const Value& params, std::string_view name) { return is_set(params, name) ? "yes" : ""; }

struct Wish {
  std::vector<std::string> names;
  std::string state, upgrade;
  bool update = false;
  std::int64_t valid = 0;
};

Wish wish_of(const Value& params) {
  Wish wish;
  for (const std::string& name : list_of(params, "name"))
    if (const auto word = trim(name); !word.empty()) wish.names.emplace_back(word);
  wish.state = text_of(params, "state");
  if (wish.state == "installed" || wish.state.empty()) wish.state = "present";
  if (wish.state == "removed") wish.state = "absent";
  wish.valid = params.value("cache_valid_time", std::int64_t{0});
  wish.update = is_set(params, "update_cache") || wish.valid > 0;
  const std::string upgrade = text_of(params, "upgrade");
  if (upgrade == "dist" || upgrade == "full") wish.upgrade = "dist-upgrade";
  if (upgrade == "yes" || upgrade == "safe") wish.upgrade = "upgrade";
  if (wish.names == std::vector<std::string>{"*"} && wish.state == "latest") {
    wish.names.clear();
    wish.upgrade = "upgrade";
  }
  return wish;
}

Step look_step(const Arguments& arguments, const Wish& wish) {
  Sheet sheet(arguments);
  sheet.set("update", wish.update ? "yes" : "")
      .set("valid", std::to_string(wish.valid))
      .set("state", wish.state)
      .set("purge", yes(arguments.params, "purge"))
      .words(wish.names)
      .add(first_look);
  return sheet.step();
}

Step work_step(const Arguments& arguments, const Wish& wish, bool update, const std::vector<std::string>& names) {
  const Value& params = arguments.params;
  std::string text;
  const auto set = [&](const char* name, std::string_view value) {
    text += fmt::format("{}={}\n", name, as_word(value));
  };
  set("state", wish.state);
  set("upgrade", wish.upgrade);
  set("with_new", wish.upgrade == "upgrade" ? "yes" : "");
  set("deb", text_of(params, "deb"));
  set("release", text_of(params, "default_release"));
  set("recommends", !params.contains("install_recommends") ? "" : is_set(params, "install_recommends") ? "yes" : "no");
  std::string options = text_of(params, "dpkg_options");
  std::ranges::replace(options, ',', ' ');
  set("dpkg_options", options);
  const bool force = is_set(params, "force");
  set("downgrade", force || is_set(params, "allow_downgrade") ? "yes" : "");
  set("held", force || is_set(params, "allow_change_held_packages") ? "yes" : "");
  set("unsigned", force || is_set(params, "allow_unauthenticated") ? "yes" : "");
  for (const char* const name : {"autoremove", "purge", "only_upgrade", "autoclean", "clean"})
    set(name, yes(params, name));
  Script script;
  script.text = text + apt::prelude + work;
  const std::int64_t wait = params.value("lock_timeout", std::int64_t{600});
  script.arguments = {arguments.check ? "check" : "run", std::to_string(wait), update ? "update" : ""};
  script.arguments.insert(script.arguments.end(), names.begin(), names.end());
  Step step;
  step.what = std::move(script);
  step.become = arguments.become;
  step.outlives_link = !arguments.check;
  step.progress = apt::progress();
  return step;
}

// As Ansible says it.
Error told(Error error) {
  constexpr std::string_view unknown = "Unable to locate package ";
  if (const auto at = error.message.find(unknown); at != std::string::npos) {
    const std::string name = error.message.substr(at + unknown.size());
    return failed(fmt::format("No package matching '{}' is available", name.substr(0, name.find(';'))));
  }
  return error;
}

Verdict judge(const StepResult& ran, const Arguments& arguments, const Wish& wish) {
  Verdict verdict;
  const apt::Answer answer(ran.out);
  const apt::Plan plan = apt::parse_plan(answer.text("plan"));
  apt::Changes changes = apt::parse_changes(answer.text("changes"));
  if (arguments.check) changes = {plan.upgraded, plan.installed, plan.removed, {}};
  if (changes.removed.empty() && answer.rest("ran") == "0") changes.removed = plan.removed;
  const bool updated = answer.find("updated") != nullptr;
  Value& data = verdict.data;
  data["cache_updated"] = updated && (arguments.check || answer.rest("before") != answer.rest("after"));
  data["cache_update_time"] = apt::to_number(answer.rest("after"));
  const bool alone = wish.names.empty() && wish.upgrade.empty() && !is_set(arguments.params, "deb");
  if (!changes.empty() || answer.find("cleaned")) verdict.status = Status::changed;
  if (alone && data["cache_updated"] == true) verdict.status = Status::changed;
  put_output(data, "stdout", apt::last_lines(answer.text(arguments.check ? "plan" : "run"), 1000));
  put_output(data, "stderr", "");
  for (const auto& [name, list] :
       {std::pair{"installed", &changes.installed}, {"upgraded", &changes.upgraded}, {"removed", &changes.removed}})
    if (!list->empty()) data[name] = apt::to_json(*list);
  verdict.error = apt::early_end(ran, answer);
  if (!verdict.error) verdict.error = apt::failure(answer);
  if (verdict.error) {
    verdict.error = told(*verdict.error);
    data["rc"] = 100;
    data["output"] = apt::last_lines(ran.out, 20);
  }
  std::string diff;
  for (const apt::Change& c : changes.removed) diff += fmt::format("- {} {}\n", c.name, c.from);
  for (const apt::Change& c : changes.upgraded) diff += fmt::format("~ {} {} -> {}\n", c.name, c.from, c.to);
  for (const apt::Change& c : changes.installed) diff += fmt::format("+ {} {}\n", c.name, c.to);
  if (!diff.empty()) verdict.diff = {{"prepared", diff}};
  return verdict;
}

Verdict nothing_to_do(const Answer& seen) {
  Verdict verdict = verdict_of(seen);
  verdict.data = {{"cache_updated", false}, {"cache_update_time", number_of(seen.text("stamp"))}};
  put_output(verdict.data, "stdout", "");
  put_output(verdict.data, "stderr", "");
  if (seen.has("missing"))
    verdict.error =
        Error{Code::unsupported_platform, "there is no apt here: only hosts of the Debian family are looked after", ""};
  return verdict;
}

Course course(Arguments arguments) {
  const Wish wish = wish_of(arguments.params);
  Step look = look_step(arguments, wish);
  StepResult ran = co_yield std::move(look);
  const Answer seen(ran);
  const bool cleans = is_set(arguments.params, "autoclean") || is_set(arguments.params, "clean") ||
                      (is_set(arguments.params, "autoremove") && wish.names.empty());
  const bool more =
      seen.has("wanted") || seen.has("old") || !wish.upgrade.empty() || is_set(arguments.params, "deb") || cleans;
  if (seen.error() || seen.has("missing") || !more) co_return nothing_to_do(seen);
  Step step = work_step(arguments, wish, seen.has("old"), seen.all("wanted"));
  ran = co_yield std::move(step);
  co_return judge(ran, arguments, wish);
}

Columns columns() {
  return {{"installed", "data.installed.*.name", Unit::none, Align::left, "packages that were not there before"},
          {"upgraded", "data.upgraded.*.name", Unit::none, Align::left, "packages of which there was another version"},
          {"removed", "data.removed.*.name", Unit::none, Align::left, "packages that are gone"}};
}

using Kind = Param::Kind;
constexpr Param name{.name = "name", .kind = Kind::list, .aliases = "pkg,package"};
constexpr Param state{.name = "state",
                      .kind = Kind::choice,
                      .otherwise = "present",
                      .choices = "absent,build-dep,fixed,latest,present,installed,removed"};
constexpr Param update{.name = "update_cache", .kind = Kind::flag, .aliases = "update-cache"};
constexpr Param valid{.name = "cache_valid_time", .kind = Kind::number};

constexpr Param apt_params[] = {
    name,
    state,
    update,
    valid,
    {.name = "upgrade", .kind = Kind::choice, .otherwise = "no", .choices = "dist,full,no,safe,yes"},
    {.name = "deb", .kind = Kind::path},
    {.name = "autoremove", .kind = Kind::flag},
    {.name = "autoclean", .kind = Kind::flag},
    {.name = "clean", .kind = Kind::flag},
    {.name = "purge", .kind = Kind::flag},
    {.name = "install_recommends", .kind = Kind::flag, .aliases = "install-recommends"},
    {.name = "default_release", .aliases = "default-release"},
    {.name = "dpkg_options"},
    {.name = "allow_downgrade", .kind = Kind::flag, .aliases = "allow-downgrade,allow_downgrades,allow-downgrades"},
    {.name = "allow_change_held_packages", .kind = Kind::flag},
    {.name = "allow_unauthenticated", .kind = Kind::flag, .aliases = "allow-unauthenticated"},
    {.name = "only_upgrade", .kind = Kind::flag},
    {.name = "force", .kind = Kind::flag},
    {.name = "force_apt_get", .kind = Kind::flag},
    {.name = "lock_timeout", .kind = Kind::number},
    {.name = "update_cache_retries", .kind = Kind::number},
    {.name = "update_cache_retry_max_delay", .kind = Kind::number}};
constexpr Param package_params[] = {name,  state,           update,
                                    valid, {.name = "use"}, {.name = "lock_timeout", .kind = Kind::number}};

}  // namespace
}  // namespace apt_parts

constinit const Task apt{.name = "apt",
                         .summary = "packages of Debian and its family: there, newest or not there",
                         .params = apt_parts::apt_params,
                         .columns = apt_parts::columns,
                         .course = apt_parts::course,
                         .needs_root = true};
constinit const Task package{.name = "package",
                             .summary = "packages, by the host's own package manager (apt)",
                             .params = apt_parts::package_params,
                             .columns = apt_parts::columns,
                             .course = apt_parts::course,
                             .needs_root = true};

}  // namespace cef::tasks::modules
