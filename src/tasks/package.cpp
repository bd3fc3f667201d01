#include "apt.hpp"

#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

namespace cef::tasks {

namespace package_parts {
namespace {

// $1 install, remove or purge; then NAME or, to install, NAME=VERSION, where a version may be a pattern. What is so
// already is left out, and when that is all, neither the lists nor a lock matter.
constexpr const char* script = R"sh(
action=$1
shift
n=$#
while [ "$n" -gt 0 ]; do
  word=$1 name=${1%%=*}
  shift
  n=$((n - 1))
  have=$(dpkg-query -W -f='${db:Status-Status} ${Version}\n' "$name" 2>/dev/null | head -n 1)
  state=${have%% *} have=${have#* }
  case $action:$state in
    install:installed)
      # shellcheck disable=SC2254
      case $word in *=*) case $have in ${word#*=}) continue ;; esac ;; *) continue ;; esac ;;
    remove:config-files | remove:not-installed | remove: | purge:not-installed | purge:) continue ;;
  esac
  set -- "$@" "$word"
done
[ $# -gt 0 ] || finish
[ "$action" = install ] || update=
begin
set -- --allow-downgrades "$action" "$@"
simulate "$@"
carry_out "$@"
[ "$mode" = check ] || changes
finish
)sh";

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "state",
     .value = "ACTION",
     .help = "what becomes of them:",
     .kind = Kind::choice,
     .choices = "install,remove,purge"},
    {.name = "name", .value = "NAME,...", .help = "of packages; NAME=VERSION to install just that", .kind = Kind::list},
    apt::no_update,
    apt::lock_wait};

Columns columns() {
  return {{"installed", "data.installed.*.name", Unit::none, Align::left, "packages that were not there before"},
          {"upgraded", "data.upgraded.*.name", Unit::none, Align::left, "packages of which there was another version"},
          {"removed", "data.removed", Unit::none, Align::left, "packages that are gone"},
          {"waited", "data.lock_waited_s", Unit::seconds, Align::right, "for another apt or dpkg", true}};
}

Course package_course(Arguments arguments) {
  std::vector<std::string> names;
  for (const Value& name : arguments.params.value("name", Value::array())) names.push_back(name.get<std::string>());
  Step step = apt::package_step(arguments.params.value("state", "install"), names, arguments);
  const StepResult ran = co_yield std::move(step);
  co_return apt::judge_packages(ran, arguments.check, arguments.diff);
}

}  // namespace
}  // namespace package_parts

namespace apt {

Step package_step(std::string_view action, const std::vector<std::string>& names, const Arguments& arguments) {
  const Value& given = arguments.params;
  Script what;
  what.text = std::string(prelude) + package_parts::script;
  what.arguments = {arguments.check ? "check" : "run", std::to_string(given.value("lock-wait", 600'000) / 1000),
                    given.value("no-update", false) ? "" : "update", std::string(action)};
  what.arguments.insert(what.arguments.end(), names.begin(), names.end());
  Step step;
  step.what = std::move(what);
  step.become = arguments.become;
  step.outlives_link = !arguments.check;
  step.progress = progress();
  return step;
}

Verdict judge_packages(const StepResult& ran, bool check, bool diff) {
  Verdict verdict;
  const Answer answer(ran.out);
  const Plan plan = parse_plan(answer.text("plan"));
  Changes changes = parse_changes(answer.text("changes"));
  if (check) changes = {plan.upgraded, plan.installed, plan.removed, {}};
  // What is purged may have been removed before, and its settings are no package.
  if (changes.removed.empty() && answer.rest("ran") == "0") changes.removed = plan.removed;
  Value& data = verdict.data;
  data["installed"] = Value::array();
  for (const Change& change : changes.installed)
    data["installed"].push_back({{"name", change.name}, {"version", change.to}});
  data["removed"] = names_of(changes.removed);
  data["upgraded"] = to_json(changes.upgraded);
  if (diff) verdict.diff = diff_of(changes);
  if (!changes.configured.empty()) data["configured"] = changes.configured;
  data["lock_waited_s"] = to_number(answer.rest("waited"));
  if (!changes.empty()) verdict.status = Status::changed;
  verdict.error = early_end(ran, answer);
  if (!verdict.error) verdict.error = failure(answer);
  if (verdict.error) data["output"] = last_lines(ran.out, 20);
  return verdict;
}

std::string would_install(const Value& packages) {
  std::vector<std::string> names;
  for (const Value& each : packages.value("installed", Value::array())) names.push_back(each.at("name"));
  return "install " + some_of(names, names.size(), 3);
}

}  // namespace apt

constinit const Task package{
    .name = "package",
    .summary = "install, remove or purge packages (apt), without a question",
    .params = package_parts::params,
    .columns = package_parts::columns,
    .course = package_parts::package_course,
};

}  // namespace cef::tasks
