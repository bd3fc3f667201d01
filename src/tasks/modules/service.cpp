// service, systemd: by systemctl where that runs the host, else by /etc/init.d.
#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace service_parts {
namespace {

// `manager` is systemd where the module says so, or empty: whatever there is.
constexpr const char* script = R"sh(
if [ -d /run/systemd/system ] || [ "$manager" = systemd ]; then
  case $scope in user) ctl() { XDG_RUNTIME_DIR=${XDG_RUNTIME_DIR:-/run/user/$(id -u)} systemctl --user "$@"; } ;; global) ctl() { systemctl --global "$@"; } ;; *) ctl() { systemctl "$@"; } ;; esac
  have systemctl || die "there is no systemd on this host"
  kind=systemd
else
  kind=init
fi
act() {  # act COMMAND...: into a file, for a daemon may keep a pipe open for ever
  acted_t=$(mktemp 2>&1) || die "no temporary file can be made: ${acted_t##*: }"
  "$@" >"$acted_t" 2>&1 </dev/null
  acted=$?
  said=$(tail -n 5 "$acted_t" | tr '\n' ' ')
  rm -f "$acted_t"
  return "$acted"
}
do_act() { act "$@" || die "Unable to $what service $name: $said"; }
if [ "$kind" = systemd ]; then
  if [ -n "$daemon_reload" ] && [ -z "$check" ]; then act ctl daemon-reload || die "failure $acted during daemon-reload: $said"; fi
  if [ -n "$daemon_reexec" ] && [ -z "$check" ]; then act ctl daemon-reexec || die "failure $acted during daemon-reexec: $said"; fi
  [ -n "$name" ] || end
  case $name in *.*) unit=$name ;; *) unit=$name.service ;; esac
  t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
  trap 'rm -f "$t"' EXIT
  ctl show "$unit" >"$t" 2>/dev/null
  blob status "$t"
  load=$(sed -n 's/^LoadState=//p' "$t") active=$(sed -n 's/^ActiveState=//p' "$t")
  found=yes
  [ "$load" != not-found ] || found=
  if [ -n "$masked" ]; then
    case $load in masked) is=yes ;; *) is=no ;; esac
    if [ "$masked" != "$is" ]; then
      changed
      if [ -z "$check" ]; then
        if [ "$masked" = yes ]; then what=mask; else what=unmask; fi
        do_act ctl "$what" "$unit"
      fi
    fi
  fi
  # What is only masked, or looked at, need not be there.
  [ -n "$found" ] || [ -z "$enabled$state" ] || die "Could not find the requested service $name: host"
  if [ -n "$enabled" ]; then
    is=no
    word=$(ctl is-enabled "$unit" 2>/dev/null)
    case $word in enabled | enabled-runtime | static | alias | generated) is=yes ;; esac
    if [ "$enabled" != "$is" ] && [ "$word" != static ]; then
      changed
      if [ "$enabled" = yes ]; then what=enable; else what=disable; fi
      [ -n "$check" ] || do_act ctl $force_word "$what" "$unit"
    fi
  fi
  case $active in active | activating | reloading) runs=yes ;; *) runs= ;; esac
  action=
  case $state:$runs in
    started: | restarted: | reloaded:) action=start ;;
    stopped:yes) action=stop ;;
    restarted:yes) action=restart ;;
    reloaded:yes) action=reload ;;
  esac
  [ "$active" != deactivating ] || [ "$state" != stopped ] || action=stop
  if [ -n "$action" ]; then
    changed
    what=$action
    [ -n "$check" ] || do_act ctl ${no_block:+--no-block} "$action" "$unit"
  fi
else
  [ -n "$name" ] || die "the service has no name"
  name=${name%.service}
  [ -x "/etc/init.d/$name" ] || die "Could not find the requested service $name: host"
  if [ -n "$enabled" ]; then
    is=no
    if ls /etc/rc[2-5S].d/S[0-9][0-9]"$name" >/dev/null 2>&1; then is=yes; fi
    if [ "$enabled" != "$is" ]; then
      changed
      if [ "$enabled" = yes ]; then what=enable; else what=disable; fi
      if [ -z "$check" ]; then
        have update-rc.d || die "there is no update-rc.d on this host"
        [ "$what" = disable ] || act update-rc.d "$name" defaults
        do_act update-rc.d "$name" "$what"
      fi
    fi
  fi
  runs=
  if "/etc/init.d/$name" status >/dev/null 2>&1 </dev/null; then runs=yes
  elif [ -n "$pattern" ] && ps ax 2>/dev/null | grep -v grep | grep -q -- "$pattern"; then runs=yes; fi
  action=
  case $state:$runs in
    started: | restarted: | reloaded:) action=start ;;
    stopped:yes) action=stop ;;
    restarted:yes) action=restart ;;
    reloaded:yes) action=reload ;;
  esac
  if [ -n "$action" ]; then
    changed
    what=$action
    if [ -z "$check" ]; then
      case $action in
        restart) do_act "/etc/init.d/$name" stop; sleep "${sleep:-1}"; do_act "/etc/init.d/$name" start ;;
        *) do_act "/etc/init.d/$name" "$action" ;;
      esac
    fi
  fi
fi
end
)sh";

Course run(Arguments arguments, const char* manager) {
  Value& params = arguments.params;
  Sheet sheet(arguments);
  sheet.take({"name", "state", "daemon_reload", "daemon_reexec", "scope", "no_block", "pattern", "sleep"})
      .set("manager", manager);
  for (const char* const name : {"enabled", "masked"})
    sheet.set(name, !params.contains(name) ? "" : is_set(params, name) ? "yes" : "no");
  sheet.set("force_word", is_set(params, "force") ? "--force" : "").add(script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["name"] = params.contains("name") ? Value(text_of(params, "name")) : Value(nullptr);
  if (params.contains("enabled")) data["enabled"] = is_set(params, "enabled");
  if (const std::string state = text_of(params, "state"); !state.empty())
    data["state"] = state == "stopped" ? "stopped" : "started";
  data["status"] = Value::object();
  for (const std::string& line : lines_of(answer.text("status")))
    if (const auto equals = line.find('='); equals != std::string::npos)
      data["status"][line.substr(0, equals)] = line.substr(equals + 1);
  if (verdict.error) {
    verdict.error->code = Code::service_failed;
    data["msg"] = verdict.error->message;
  }
  co_return verdict;
}

Course service_course(Arguments arguments) { return run(std::move(arguments), ""); }
Course systemd_course(Arguments arguments) { return run(std::move(arguments), "systemd"); }

Columns columns() {
  return {{"name", "data.name", Unit::none, Align::left, "of the service"},
          {"state", "data.state", Unit::none, Align::left, "whether it runs"},
          {"enabled", "data.enabled", Unit::none, Align::left, "whether it starts with the host"}};
}

using Kind = Param::Kind;
constexpr Param state{.name = "state", .kind = Kind::choice, .choices = "reloaded,restarted,started,stopped"};
constexpr Param enabled{.name = "enabled", .kind = Kind::flag};
constexpr Param service_params[] = {{.name = "name", .required = true},
                                    state,
                                    enabled,
                                    {.name = "pattern"},
                                    {.name = "sleep", .kind = Kind::number},
                                    {.name = "use"},
                                    // By those who take it for systemd.
                                    {.name = "daemon_reload", .kind = Kind::flag, .aliases = "daemon-reload"}};
constexpr Param systemd_params[] = {
    {.name = "name", .aliases = "service,unit"},
    state,
    enabled,
    {.name = "force", .kind = Kind::flag},
    {.name = "masked", .kind = Kind::flag},
    {.name = "daemon_reload", .kind = Kind::flag, .aliases = "daemon-reload"},
    {.name = "daemon_reexec", .kind = Kind::flag, .aliases = "daemon-reexec"},
    {.name = "scope", .kind = Kind::choice, .otherwise = "system", .choices = "system,user,global"},
    {.name = "no_block", .kind = Kind::flag}};

}  // namespace
}  // namespace service_parts

constinit const Task service{.name = "service",
                             .summary = "a service: running or not, starting with the host or not",
                             .params = service_parts::service_params,
                             .columns = service_parts::columns,
                             .course = service_parts::service_course,
                             .aliases = "sysvinit",
                             .needs_root = true};
constinit const Task systemd{.name = "systemd",
                             .summary = "a unit of systemd",
                             .params = service_parts::systemd_params,
                             .columns = service_parts::columns,
                             .course = service_parts::systemd_course,
                             .aliases = "systemd_service",
                             .needs_root = true};

}  // namespace cef::tasks::modules
