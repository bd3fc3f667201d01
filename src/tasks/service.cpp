#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>

namespace cef::tasks {

namespace service_parts {
namespace {

// $1 `check` or `run`, $2 the action, then names. A line for each service: its name, whether it is there, whether it
// was active and enabled, whether it is now, and the action's status; then, to the next line, what the action said.
constexpr const char* script = R"sh(
export LC_ALL=C PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
mode=$1 action=$2
shift 2
if [ -d /run/systemd/system ]; then
  found() { [ "$(systemctl show -p LoadState "$1.service" 2>/dev/null)" != LoadState=not-found ]; }
  active() { systemctl is-active -q "$1.service"; }
  enabled() { systemctl is-enabled -q "$1.service" 2>/dev/null; }
  act() { systemctl "$2" "$1.service"; }
else
  found() { [ -x "/etc/init.d/$1" ]; }
  active() { "/etc/init.d/$1" status >/dev/null 2>&1; }
  enabled() { ls /etc/rc[2-5S].d/S[0-9][0-9]"$1" >/dev/null 2>&1; }
  act() {
    case $2 in
      enable) update-rc.d "$1" defaults && update-rc.d "$1" enable ;;
      disable) update-rc.d "$1" disable ;;
      # One that stops in its own time is still there when such a script's restart wants to start it, and left out.
      restart)
        "/etc/init.d/$1" stop
        settle "$1" no
        "/etc/init.d/$1" start
        ;;
      *) "/etc/init.d/$1" "$2" ;;
    esac
  }
fi
# Into a file: a daemon may keep a pipe open for ever.
t=$(mktemp) || exit 1
trap 'rm -f "$t"' EXIT
is() { if "$@"; then echo yes; else echo no; fi; }
# A daemon may come, or go, a moment after its script has ended.
settle() {
  n=0
  until [ "$(is active "$1")" = "$2" ] || [ $n -ge 10 ]; do
    if sleep 0.2 2>/dev/null; then n=$((n + 1)); else sleep 1; n=$((n + 5)); fi
  done
}
for word in "$@"; do
  name=${word%.service}
  if ! found "$name"; then
    echo "=cef service $name missing"
    continue
  fi
  was_active=$(is active "$name") was_enabled=$(is enabled "$name")
  case $action:$was_active:$was_enabled in
    status:* | start:yes:* | stop:no:* | enable:*:yes | disable:*:no) needed= ;;
    *) needed=yes ;;
  esac
  status=0
  if [ -n "$needed" ] && [ "$mode" = run ]; then
    act "$name" "$action" >"$t" 2>&1 </dev/null
    status=$?
    case $status:$action in
      0:start | 0:restart) settle "$name" yes ;;
      0:stop) settle "$name" no ;;
    esac
  fi
  echo "=cef service $name there $was_active $was_enabled $(is active "$name") $(is enabled "$name") ${needed:-no} $status"
  [ "$status" -eq 0 ] || cat "$t"
done
echo "=cef end"
)sh";

using Kind = Param::Kind;
constexpr Param params[] = {{.name = "action",
                             .value = "ACTION",
                             .help = "what becomes of them:",
                             .kind = Kind::choice,
                             .choices = "start,stop,restart,reload,enable,disable,status"},
                            {.name = "name", .value = "NAME,...", .help = "of services", .kind = Kind::list}};

Columns columns() {
  return {{"service", "data.services.*.name", Unit::none, Align::left, "its name"},
          {"active", "data.services.*.active", Unit::none, Align::left, "whether it runs"},
          {"enabled", "data.services.*.enabled", Unit::none, Align::left, "whether it starts with the host"},
          {"was active", "data.services.*.was_active", Unit::none, Align::left, "before", true},
          {"was enabled", "data.services.*.was_enabled", Unit::none, Align::left, "before", true}};
}

// What the host would be like, when nothing was done.
void imagine(const std::string& action, Value& service) {
  if (action == "start" || action == "restart") service["active"] = true;
  if (action == "stop") service["active"] = false;
  if (action == "enable") service["enabled"] = true;
  if (action == "disable") service["enabled"] = false;
}

std::optional<Error> failed(const std::vector<std::string>& failures, const std::vector<std::string>& missing) {
  std::vector<std::string> all;
  for (const std::string& name : missing) all.push_back(fmt::format("there is no service {}", name));
  all.insert(all.end(), failures.begin(), failures.end());
  if (all.empty()) return std::nullopt;
  return Error{Code::service_failed, fmt::format("{}", fmt::join(all, "; ")),
               failures.empty() ? "look at its name: systemctl list-unit-files, or ls /etc/init.d" : ""};
}

std::string shown(const Value& service, const char* active, const char* enabled) {
  return fmt::format("{} {}, {}\n", service.at("name").get<std::string>(),
                     service.at(active) == true ? "runs" : "stopped",
                     service.at(enabled) == true ? "enabled" : "disabled");
}

Value diff_of(const Value& services) {
  std::string before, after;
  for (const Value& service : services) {
    before += shown(service, "was_active", "was_enabled");
    after += shown(service, "active", "enabled");
  }
  if (before == after) return nullptr;
  return {{"before_header", "services"}, {"after_header", "services"}, {"before", before}, {"after", after}};
}

Verdict judge(const StepResult& ran, const std::string& action, bool check) {
  Verdict verdict;
  verdict.data["services"] = Value::array();
  std::vector<std::string> failures, missing;
  std::istringstream lines(ran.out);
  bool ended = false, tells = false;  // a service that failed tells why on the next lines
  for (std::string line; std::getline(lines, line);) {
    if (line == "=cef end") ended = true;
    if (!line.starts_with("=cef ")) {
      if (std::exchange(tells, false)) failures.back() += ": " + line;
      continue;
    }
    std::istringstream words(line);
    std::string mark, kind, name, there, was_active, was_enabled, active, enabled, needed;
    int status = 0;
    words >> mark >> kind >> name >> there >> was_active >> was_enabled >> active >> enabled >> needed >> status;
    if (kind != "service") continue;
    if (there == "missing") {
      missing.push_back(name);
      continue;
    }
    Value service{{"name", name},
                  {"active", active == "yes"},
                  {"enabled", enabled == "yes"},
                  {"was_active", was_active == "yes"},
                  {"was_enabled", was_enabled == "yes"}};
    if (check) imagine(action, service);
    // One that ends at once may have been started without an error.
    const bool gone = !check && status == 0 && active == "no" && (action == "start" || action == "restart");
    if (status != 0) failures.push_back(fmt::format("{} {} ended with exit status {}", action, name, status));
    if (gone) failures.push_back(fmt::format("{} {}: it does not run", action, name));
    tells = status != 0;
    if (needed == "yes" && status == 0) verdict.status = Status::changed;
    verdict.data["services"].push_back(std::move(service));
  }
  if (ran.error)
    verdict.error = ran.error;
  else if (!ended)
    verdict.error = Error{Code::command_failed,
                          fmt::format("the script ended with exit status {}: {}", ran.status, first_line(ran.err)), ""};
  else
    verdict.error = failed(failures, missing);
  return verdict;
}

Course service_course(Arguments arguments) {
  const std::string action = arguments.params.value("action", "status");
  Script what;
  what.text = script;
  what.arguments = {arguments.check ? "check" : "run", action};
  for (const Value& name : arguments.params.value("name", Value::array()))
    what.arguments.push_back(name.get<std::string>());
  Step step;
  step.what = std::move(what);
  step.become = arguments.become;
  const StepResult ran = co_yield std::move(step);
  Verdict verdict = judge(ran, action, arguments.check);
  if (arguments.diff) verdict.diff = diff_of(verdict.data["services"]);
  co_return verdict;
}

}  // namespace
}  // namespace service_parts

constinit const Task service{
    .name = "service",
    .summary = "start, stop, restart, reload, enable or disable services, or tell how they are",
    .params = service_parts::params,
    .columns = service_parts::columns,
    .course = service_parts::service_course,
};

}  // namespace cef::tasks
