// hostname, timezone, modprobe, ping, getent: a few lines of shell each.
#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <fmt/format.h>

namespace cef::tasks::modules {

namespace host_parts {
namespace {

using Kind = Param::Kind;
constexpr Param state{.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"};

constexpr const char* hostname_script = R"sh(
now=$(uname -n)
kept=$(cat /etc/hostname 2>/dev/null || echo "$now")
if [ "$now" != "$name" ] || [ "$kept" != "$name" ]; then
  changed
  say "before $now"
  if [ -z "$check" ]; then
    if [ -d /run/systemd/system ] && have hostnamectl && hostnamectl --static set-hostname "$name" 2>/dev/null; then
      hostnamectl --pretty set-hostname "$name" 2>/dev/null || :
    else
      printf '%s\n' "$name" >/etc/hostname || die "/etc/hostname cannot be written"
    fi
    [ "$(uname -n)" = "$name" ] || hostname "$name" || die "the host's name cannot be set"
  fi
fi
say "fqdn $(hostname -f 2>/dev/null || echo "$name")"
end
)sh";

Course hostname_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"name"}).add(hostname_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  const std::string name = text_of(arguments.params, "name");
  verdict.data["name"] = name;
  verdict.data["ansible_facts"] = {{"ansible_hostname", name.substr(0, name.find('.'))},
                                   {"ansible_nodename", name},
                                   {"ansible_fqdn", answer.text("fqdn")},
                                   {"ansible_domain", ""}};
  if (answer.has("before"))
    verdict.diff = {{"before", fmt::format("hostname = {}\n", answer.text("before"))},
                    {"after", fmt::format("hostname = {}\n", name)}};
  co_return verdict;
}
constexpr Param hostname_params[] = {{.name = "name", .required = true}, {.name = "use"}};

constexpr const char* timezone_script = R"sh(
now=
if [ -h /etc/localtime ]; then now=$(readlink /etc/localtime | sed -n 's,.*/zoneinfo/,,p'); fi
[ -n "$now" ] || now=$(cat /etc/timezone 2>/dev/null)
say "before ${now:-n/a}"
if [ -n "$name" ]; then
  [ -e "/usr/share/zoneinfo/$name" ] || { [ -z "$now" ] && [ -n "$check" ]; } || die "given timezone \"$name\" is not available"
  kept=$(cat /etc/timezone 2>/dev/null || echo "$name")
  if [ "$now" != "$name" ] || [ "$kept" != "$name" ]; then
    changed
    if [ -z "$check" ]; then
      if [ -d /run/systemd/system ] && have timedatectl && timedatectl set-timezone "$name" 2>/dev/null; then :; else
        ln -s -f "/usr/share/zoneinfo/$name" "/etc/localtime.cef.$$" && mv -f "/etc/localtime.cef.$$" /etc/localtime || die "/etc/localtime cannot be set"
      fi
      [ ! -e /etc/timezone ] || printf '%s\n' "$name" >/etc/timezone
    fi
  fi
fi
if [ -n "$hwclock" ]; then
  is=UTC
  if [ "$(sed -n 3p /etc/adjtime 2>/dev/null)" = LOCAL ]; then is=local; fi
  if [ "$is" != "$hwclock" ]; then
    changed
    [ -n "$check" ] || run hwclock --systohc "$(if [ "$hwclock" = local ]; then echo --localtime; else echo --utc; fi)"
  fi
fi
end
)sh";

Course timezone_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"name", "hwclock"}).add(timezone_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  const std::string name = text_of(arguments.params, "name");
  if (verdict.status == Status::changed && !name.empty())
    verdict.diff = {{"before", fmt::format("name: {}\n", answer.text("before"))},
                    {"after", fmt::format("name: {}\n", name)}};
  co_return verdict;
}
constexpr Param timezone_params[] = {
    {.name = "name"}, {.name = "hwclock", .kind = Kind::choice, .choices = "UTC,local", .aliases = "rtc"}};

// What is to be loaded with each boot stands in a file of its own.
constexpr const char* modprobe_script = R"sh(
word=$(printf %s "$name" | tr - _)
loaded() { grep -q "^$word " /proc/modules || [ -d "/sys/module/$word" ] || grep -q "/$name\.ko" "/lib/modules/$(uname -r)/modules.builtin" 2>/dev/null; }
case $state in
  present)
    if ! loaded; then
      changed
      # shellcheck disable=SC2086
      [ -n "$check" ] || run modprobe "$name" $params
    fi ;;
  absent)
    if grep -q "^$word " /proc/modules; then
      changed
      [ -n "$check" ] || run modprobe -r "$name"
    fi ;;
esac
write() {  # write FILE LINE: that line alone, or no file
  if [ -z "$2" ]; then
    [ -e "$1" ] || return 0
    changed
    [ -n "$check" ] || rm -f -- "$1"
  elif [ "$(cat "$1" 2>/dev/null)" != "$2" ]; then
    changed
    [ -n "$check" ] || { mkdir -p "${1%/*}" && printf '%s\n' "$2" >"$1"; } || die "$1 cannot be written"
  fi
}
case $persistent in
  present)
    write "/etc/modules-load.d/$name.conf" "$name"
    [ -z "$params" ] || write "/etc/modprobe.d/$name.conf" "options $name $params" ;;
  absent)
    write "/etc/modules-load.d/$name.conf" ''
    write "/etc/modprobe.d/$name.conf" '' ;;
esac
end
)sh";

Course modprobe_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"name", "state", "params", "persistent"}).add(modprobe_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  for (const char* const name : {"name", "params", "state"}) verdict.data[name] = text_of(arguments.params, name);
  co_return verdict;
}
constexpr Param modprobe_params[] = {
    {.name = "name", .required = true},
    state,
    {.name = "params"},
    {.name = "persistent", .kind = Kind::choice, .otherwise = "disabled", .choices = "disabled,present,absent"}};

Course ping_course(Arguments arguments) {
  Verdict verdict;
  const std::string answer = text_of(arguments.params, "data");
  Sheet sheet(arguments);
  sheet.add(answer == "crash" ? "die boom\n" : "end\n");
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  verdict = verdict_of(Answer(ran));
  verdict.data["ping"] = answer;
  co_return verdict;
}
constexpr Param ping_params[] = {{.name = "data", .otherwise = "pong"}};

constexpr const char* getent_script = R"sh(
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
trap 'rm -f "$t"' EXIT
if have getent; then
  getent ${service:+-s "$service"} "$database" ${key:+"$key"} >"$t"
  rc=$?
else
  if [ -n "$key" ]; then grep "^$key:" "/etc/$database" >"$t"; else cat "/etc/$database" >"$t"; fi
  rc=$((2 * $?))
fi
say "rc $rc"
blob entries "$t"
end
)sh";

Course getent_course(Arguments arguments) {
  const Value& params = arguments.params;
  Sheet sheet(arguments);
  sheet.take({"database", "key", "service"}).add(getent_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  verdict.data = Value::object();
  if (verdict.error) co_return verdict;
  const std::string database = text_of(params, "database"), key = text_of(params, "key");
  const bool colon = database == "passwd" || database == "shadow" || database == "group" || database == "gshadow";
  const std::string by = params.contains("split") ? text_of(params, "split") : colon ? ":" : " ";
  Value found = Value::object();
  for (const std::string& line : lines_of(answer.text("entries"))) {
    Value fields = Value::array();
    std::string rest = line;
    const bool blanks = by == " ";
    for (std::size_t at = 0; at <= rest.size();) {
      std::size_t end = blanks ? rest.find_first_of(" \t", at) : rest.find(by, at);
      if (end == std::string::npos) end = rest.size();
      if (!blanks || end > at) fields.push_back(rest.substr(at, end - at));
      at = end + (blanks ? 1 : by.size());
    }
    if (fields.empty()) continue;
    const std::string name = fields[0].get<std::string>();
    fields.erase(0);
    found[name] = std::move(fields);
  }
  const auto rc = number_of(answer.text("rc"));
  if (rc == 2 && !key.empty()) {
    if (is_set(params, "fail_key"))
      verdict.error = failed("One or more supplied key could not be found in the database.");
    else
      found[key] = nullptr;
  } else if (rc == 1) {
    verdict.error = failed("Missing arguments, or database unknown.");
  } else if (rc == 3) {
    verdict.error = failed("Enumeration not supported on this database.");
  }
  if (!verdict.error) verdict.data["ansible_facts"] = {{"getent_" + database, std::move(found)}};
  co_return verdict;
}
constexpr Param getent_params[] = {{.name = "database", .required = true},
                                   {.name = "key"},
                                   {.name = "service"},
                                   {.name = "split"},
                                   {.name = "fail_key", .kind = Kind::flag, .otherwise = "yes"}};

}  // namespace
}  // namespace host_parts

constinit const Task hostname{.name = "hostname",
                              .summary = "the host's name, now and after a reboot",
                              .params = host_parts::hostname_params,
                              .columns = message_columns,
                              .course = host_parts::hostname_course,
                              .needs_root = true};
constinit const Task timezone_{.name = "timezone",
                               .summary = "the host's time zone",
                               .params = host_parts::timezone_params,
                               .columns = message_columns,
                               .course = host_parts::timezone_course,
                               .needs_one = "name,hwclock",
                               .needs_root = true};
constinit const Task modprobe{.name = "modprobe",
                              .summary = "modules of the kernel: loaded or not",
                              .params = host_parts::modprobe_params,
                              .columns = message_columns,
                              .course = host_parts::modprobe_course,
                              .needs_root = true};
constinit const Task ping{.name = "ping",
                          .summary = "whether a script can be run there",
                          .params = host_parts::ping_params,
                          .columns = message_columns,
                          .course = host_parts::ping_course};
constinit const Task getent{.name = "getent",
                            .summary = "entries of passwd, group, hosts and their like",
                            .params = host_parts::getent_params,
                            .columns = message_columns,
                            .course = host_parts::getent_course};

}  // namespace cef::tasks::modules
