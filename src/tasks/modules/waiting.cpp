// wait_for and reboot.
#include "modules/files.hpp"
#include "modules/registry.hpp"
#include "modules/shell.hpp"

#include <cef/core/text.hpp>
#include <cef/expr/regex.hpp>

#include <fmt/format.h>

#include <sstream>

namespace cef::tasks::modules {

namespace waiting_parts {
namespace {

using Kind = Param::Kind;

// Whether a port of this host listens, the kernel tells; of another one, whatever program there is for that.
constexpr const char* wait_script = R"sh(
begin=$(date +%s)
elapsed() { say "elapsed $(($(date +%s) - begin))"; }
# What is to be given up names why; the module's own words come first.
give_up() { elapsed; [ -z "$msg" ] || die "$msg"; die "$1"; }
listens() {
  hex=$(printf %04X "$port")
  awk -v port="$hex" '$4 == "0A" && $2 ~ ":" port "$" { found = 1 } END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
connected() {
  hex=$(printf %04X "$port")
  awk -v port="$hex" '$4 ~ /^0[1248]|^05|^03$/ && $2 ~ ":" port "$" { found = 1 } END { exit !found }' /proc/net/tcp /proc/net/tcp6 2>/dev/null
}
answers() {
  case $host in 127.0.0.1 | localhost | ::1 | 0.0.0.0) listens; return ;; esac
  if have nc; then nc -z -w "$connect_timeout" "$host" "$port" >/dev/null 2>&1 </dev/null
  elif have bash; then timeout "$connect_timeout" bash -c 'exec 3<>"/dev/tcp/$1/$2"' bash "$host" "$port" 2>/dev/null
  elif have curl; then curl -s --connect-timeout "$connect_timeout" -o /dev/null "telnet://$host:$port" </dev/null; [ $? -ne 7 ]
  else die "there is neither nc nor bash on this host to try a port of another one"; fi
}
says() {
  { if have nc; then (sleep 1) | nc -w "$connect_timeout" "$host" "$port"; else timeout "$connect_timeout" bash -c 'exec 3<>"/dev/tcp/$1/$2"; head -c 1024 <&3' bash "$host" "$port"; fi; } 2>/dev/null | grep -q -E $fold -e "$grep_regex"
}
holds() {
  if [ -n "$port" ]; then
    case $state in
      started | present) if [ -n "$search_regex" ]; then says; else answers; fi ;;
      stopped | absent) ! answers ;;
      drained) ! connected ;;
    esac
  elif [ -n "$path" ]; then
    case $state in
      started | present)
        [ -e "$path" ] || return 1
        [ -z "$search_regex" ] || [ ! -f "$path" ] || grep -q -E $fold -e "$grep_regex" "$path" ;;
      *) ! [ -e "$path" ] ;;
    esac
  else
    return 1
  fi
}
[ "$delay" -eq 0 ] || sleep "$delay"
if [ -z "$port" ] && [ -z "$path" ]; then sleep "$timeout"; elapsed; end; fi
until holds; do
  if [ "$(($(date +%s) - begin))" -ge "$timeout" ]; then
    if [ -n "$port" ]; then
      case $state in
        stopped | absent) give_up "Timeout when waiting for $host:$port to stop." ;;
        drained) give_up "Timeout when waiting for $host:$port to drain" ;;
        *) [ -z "$search_regex" ] || give_up "Timeout when waiting for search string $search_regex in $host:$port"; give_up "Timeout when waiting for $host:$port" ;;
      esac
    fi
    case $state in
      started | present) [ -z "$search_regex" ] || give_up "Timeout when waiting for search string $search_regex in $path"; give_up "Timeout when waiting for file $path" ;;
      *) give_up "Timeout when waiting for $path to be absent." ;;
    esac
  fi
  sleep "$sleep"
done
elapsed
if [ -n "$path" ] && [ -n "$search_regex" ] && [ -f "$path" ]; then
  say "matched $(grep -m 1 -E $fold -e "$grep_regex" "$path" | head -c 4096)"
fi
[ -z "$path" ] || facts "$path"
end
)sh";

// What the groups of an expression caught in a line.
Value groups_of(const std::string& expression, const std::string& line) {
  Value groups = Value::array();
  const auto regex = expr::Regex::compile(expression);
  if (!regex || line.empty()) return groups;
  // One after the other, up to the first that the expression does not have.
  for (std::size_t i = 1;; ++i) {
    const auto group = regex->expand(line, fmt::format("\\g<{}>", i));
    if (!group || !*group) break;
    groups.push_back(**group);
  }
  return groups;
}

Course wait_course(Arguments arguments) {
  const Value& params = arguments.params;
  Verdict verdict;
  std::string wanted = text_of(params, "search_regex");
  const bool folds = wanted.starts_with("(?i)");
  if (folds) wanted.erase(0, 4);
  const auto regex = expr::for_grep(wanted);
  if (!regex) {
    // Waiting for what cannot be found would take until the time is up.
    verdict.error = failed(fmt::format("search_regex: {}", regex.error().message));
    co_return verdict;
  }
  Sheet sheet = file_sheet(arguments);
  sheet.take({"host", "port", "timeout", "delay", "connect_timeout", "state", "search_regex", "sleep", "msg"})
      .paths({"path"})
      .set("grep_regex", *regex)
      .set("fold", folds ? "-i" : "")
      .add(wait_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  verdict = verdict_of(answer);
  Value& data = verdict.data;
  data["elapsed"] = number_of(answer.text("elapsed"));
  data["state"] = text_of(params, "state");
  data["port"] = params.contains("port") ? params["port"] : Value(nullptr);
  data["path"] = params.contains("path") ? params["path"] : Value(nullptr);
  data["search_regex"] = params.contains("search_regex") ? params["search_regex"] : Value(nullptr);
  data["match_groups"] = groups_of(text_of(params, "search_regex"), answer.text("matched"));
  data["match_groupdict"] = Value::object();
  put_facts(data, answer);
  co_return verdict;
}

constexpr Param wait_params[] = {{.name = "host", .otherwise = "127.0.0.1"},
                                 {.name = "port", .kind = Kind::number},
                                 {.name = "path", .kind = Kind::path},
                                 {.name = "timeout", .kind = Kind::number, .otherwise = "300"},
                                 {.name = "connect_timeout", .kind = Kind::number, .otherwise = "5"},
                                 {.name = "delay", .kind = Kind::number, .otherwise = "0"},
                                 {.name = "sleep", .kind = Kind::number, .otherwise = "1"},
                                 {.name = "state",
                                  .kind = Kind::choice,
                                  .otherwise = "started",
                                  .choices = "absent,drained,present,started,stopped"},
                                 {.name = "search_regex"},
                                 {.name = "msg"}};

Step pause_step(const Arguments& arguments, std::int64_t seconds) {
  Sheet sheet(arguments);
  sheet.set("seconds", std::to_string(seconds)).add("sleep \"$seconds\"\nend\n");
  return sheet.step();
}

Course reboot_course(Arguments arguments) {
  const Value& params = arguments.params;
  Verdict verdict;
  verdict.status = Status::changed;
  verdict.data = {{"rebooted", true}, {"elapsed", 0}};
  if (arguments.check) co_return verdict;
  if (const auto seconds = params.value("pre_reboot_delay", std::int64_t{0}); seconds > 0) {
    Step pause = pause_step(arguments, seconds);
    co_yield std::move(pause);
  }
  Step step;
  step.what = Reboot{};
  step.become = arguments.become;
  step.time = Milliseconds(params.value("reboot_timeout", std::int64_t{600}) * 1000);
  StepResult ran = co_yield std::move(step);
  if (!ran.error && ran.status != 0) ran.error = failed(fmt::format("it does not reboot: {}", first_line(ran.err)));
  verdict.error = ran.error;
  if (ran.error) {
    verdict.data["rebooted"] = ran.error->code == Code::reboot_timeout;
    co_return verdict;
  }
  std::istringstream words(ran.out);
  std::string boot;
  double down = 0;
  words >> boot >> down;
  verdict.data["elapsed"] = static_cast<std::int64_t>(down);
  if (const auto seconds = params.value("post_reboot_delay", std::int64_t{0}); seconds > 0) {
    Step pause = pause_step(arguments, seconds);
    co_yield std::move(pause);
  }
  if (params.contains("test_command")) {
    Step test;
    Script what;
    what.text = text_of(params, "test_command");
    test.what = std::move(what);
    test.become = arguments.become;
    ran = co_yield std::move(test);
    verdict.error = ran.error;
    if (!ran.error && ran.status != 0)
      verdict.error = failed(fmt::format("after the reboot the test command failed: {}", first_line(ran.err)));
  }
  co_return verdict;
}

constexpr Param reboot_params[] = {
    {.name = "reboot_timeout", .kind = Kind::number, .otherwise = "600", .aliases = "reboot_timeout_sec"},
    {.name = "connect_timeout", .kind = Kind::number, .aliases = "connect_timeout_sec"},
    {.name = "pre_reboot_delay", .kind = Kind::number, .aliases = "pre_reboot_delay_sec"},
    {.name = "post_reboot_delay", .kind = Kind::number, .aliases = "post_reboot_delay_sec"},
    {.name = "test_command"},
    {.name = "msg"},
    {.name = "reboot_command"},
    {.name = "boot_time_command"},
    {.name = "search_paths", .kind = Kind::list}};

Columns columns() { return {{"elapsed", "data.elapsed", Unit::seconds, Align::right, "how long it took"}}; }

}  // namespace
}  // namespace waiting_parts

constinit const Task wait_for{.name = "wait_for",
                              .summary = "until a port, a file or a time is there",
                              .params = waiting_parts::wait_params,
                              .columns = waiting_parts::columns,
                              .course = waiting_parts::wait_course,
                              .exclusive = "port,path"};
constinit const Task reboot{.name = "reboot",
                            .summary = "reboot the host, and wait until it is back",
                            .params = waiting_parts::reboot_params,
                            .columns = waiting_parts::columns,
                            .course = waiting_parts::reboot_course,
                            .needs_root = true};

}  // namespace cef::tasks::modules
