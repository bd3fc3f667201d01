#include "apt.hpp"

#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

namespace cef::tasks {

namespace upgrade_parts {
namespace {

// $1 `upgrade` or `dist-upgrade`, $2 not empty for security alone; then names and globs of packages.
constexpr const char* script = R"sh(
how=$1 security=$2
shift 2
begin
only=$#
n=$#
while [ "$n" -gt 0 ]; do
  word=$1
  shift
  set -- "$@" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' "$word" 2>/dev/null | sed -n 's/^installed //p')
  n=$((n - 1))
done
if [ -n "$security" ] && { [ "$only" -eq 0 ] || [ $# -gt 0 ]; }; then
  # shellcheck disable=SC2086
  apt-get $quiet $own -s "$how" >"$t/plan" 2>&1 </dev/null
  # The origins stand in the brackets after the name: (1.2 Debian-Security:12/stable-security [amd64])
  names=$(sed -n 's/^Inst \([^ ]*\) .*([^ ]* .*[Ss]ecurity.*/\1/p' "$t/plan")
  wanted=" $* "
  set --
  for name in $names; do
    [ "$only" -eq 0 ] || case $wanted in *" $name "*) ;; *) continue ;; esac
    set -- "$@" "$name"
  done
fi
if [ -z "$security" ] && [ "$only" -eq 0 ]; then
  set -- "$how"
elif [ $# -gt 0 ]; then
  set -- --only-upgrade install "$@"
fi
if [ $# -gt 0 ]; then
  simulate "$@"
  carry_out "$@"
fi
[ "$mode" = check ] || changes
reboot_state
finish
)sh";

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "dist",
     .help = "install and remove packages too where an upgrade takes that (apt-get dist-upgrade)",
     .kind = Kind::flag},
    {.name = "security", .help = "only packages with a newer version in a security archive", .kind = Kind::flag},
    {.name = "only", .value = "PKG,...", .help = "only these, where they are installed; globs", .kind = Kind::list},
    apt::no_update,
    apt::lock_wait,
    {.name = "reboot",
     .value = "WHEN",
     .help = "afterwards; cef waits until the host is back",
     .kind = Kind::choice,
     .otherwise = "never",
     .choices = "never,if-required,always"}};

Columns columns() {
  return {
      {"upgraded", "data.count", Unit::none, Align::right, "how many packages"},
      {"held back", "data.held_back", Unit::none, Align::left, "upgrades that --dist may do, or that are on hold"},
      {"new", "data.installed", Unit::none, Align::left, "packages that were not there before", true},
      {"removed", "data.removed", Unit::none, Align::left, "packages that were taken away"},
      {"kept files", "data.kept_conffiles", Unit::none, Align::left,
       "configuration files that stayed as they were; the new version lies beside them"},
      {"reboot", "data.reboot_required", Unit::none, Align::left, "whether the host wants one", false, noted_if_true},
      {"stale", "data.stale_sources", Unit::none, Align::left, "sources that could not be updated", false, {}, true},
      {"packages", "data.upgraded", Unit::none, Align::left, "upgraded, from which version to which", true},
      {"waited", "data.lock_waited_s", Unit::seconds, Align::right, "for another apt or dpkg", true}};
}

std::string text_of(const Value& given, const char* name) {
  return given.contains(name) && given[name].is_string() ? given[name].get<std::string>() : "";
}

Step step_of(const Arguments& arguments) {
  const Value& given = arguments.params;
  Script what;
  what.text = std::string(apt::prelude) + script;
  what.arguments = {arguments.check ? "check" : "run", std::to_string(given.value("lock-wait", 600'000) / 1000),
                    given.value("no-update", false) ? "" : "update",
                    given.value("dist", false) ? "dist-upgrade" : "upgrade",
                    given.value("security", false) ? "security" : ""};
  if (given.contains("only") && given["only"].is_array())
    for (const Value& name : given["only"]) what.arguments.push_back(name.get<std::string>());
  Step step;
  step.what = std::move(what);
  step.become = arguments.become;
  step.outlives_link = !arguments.check;
  step.progress = apt::progress();
  return step;
}

void record(const apt::Changes& changes, Value& data) {
  data["upgraded"] = apt::to_json(changes.upgraded);
  data["installed"] = apt::names_of(changes.installed);
  data["removed"] = apt::names_of(changes.removed);
  data["count"] = changes.upgraded.size();
  if (!changes.configured.empty()) data["configured"] = changes.configured;
}

Value reboot_packages(std::string_view text) {
  Value names = Value::array();
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty() && line != "required") names.push_back(std::string(line));
  }
  return names;
}

Verdict judge(const StepResult& ran, bool check, bool diff) {
  Verdict verdict;
  const apt::Answer answer(ran.out);
  const std::string_view updated = answer.text("update");
  const apt::Plan plan = apt::parse_plan(answer.text("plan"));
  apt::Changes changes = apt::parse_changes(answer.text("changes"));
  if (check) changes = {plan.upgraded, plan.installed, plan.removed, {}};
  Value& data = verdict.data;
  record(changes, data);
  if (diff) verdict.diff = apt::diff_of(changes);
  data["held_back"] = plan.held_back;
  data["kept_conffiles"] = apt::kept_conffiles(ran.out);
  data["reboot_required"] = answer.text("reboot").starts_with("required");
  data["reboot_packages"] = reboot_packages(answer.text("reboot"));
  data["rebooted"] = false;
  data["lock_waited_s"] = apt::to_number(answer.rest("waited"));
  data["stale_sources"] = apt::stale_sources(updated);
  if (check && answer.find("broken")) data["interrupted"] = true;
  if (!changes.empty() || (check && answer.find("broken"))) verdict.status = Status::changed;
  verdict.error = apt::early_end(ran, answer);
  if (!verdict.error) verdict.error = apt::failure(answer);
  if (verdict.error) data["output"] = apt::last_lines(ran.out, 20);
  return verdict;
}

bool wants_reboot(const Arguments& arguments, const Verdict& verdict) {
  const std::string when = text_of(arguments.params, "reboot");
  return when == "always" || (when == "if-required" && verdict.data["reboot_required"] == true);
}

Course upgrade_course(Arguments arguments) {
  Step step = step_of(arguments);
  StepResult ran = co_yield std::move(step);
  Verdict verdict = judge(ran, arguments.check, arguments.diff);
  if (verdict.error || !wants_reboot(arguments, verdict)) co_return verdict;
  verdict.status = Status::changed;
  if (arguments.check) co_return verdict;
  Step again;
  again.what = Reboot{};
  again.become = arguments.become;
  ran = co_yield std::move(again);
  if (!ran.error && ran.status != 0)
    ran.error = Error{Code::command_failed, fmt::format("it does not reboot: {}", first_line(ran.err)), ""};
  verdict.error = ran.error;
  if (!ran.error) {
    verdict.data["rebooted"] = true;
    verdict.data["reboot_required"] = false;
  }
  co_return verdict;
}

}  // namespace
}  // namespace upgrade_parts

constinit const Task upgrade{
    .name = "upgrade",
    .summary = "upgrade the packages of each host (apt), without a question",
    .params = upgrade_parts::params,
    .columns = upgrade_parts::columns,
    .course = upgrade_parts::upgrade_course,
};

}  // namespace cef::tasks
