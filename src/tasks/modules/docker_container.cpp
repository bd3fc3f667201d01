#include "modules/docker_words.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::tasks::modules {

namespace docker_container_parts {
namespace {

using Kind = Param::Kind;

// `words` is the command line of `docker create`. What a container was made of stands in a label of its own, so that
// another wish is told from the same one.
constexpr const char* container_script = R"sh(
is=$(inspect container '{{.State.Status}} {{.State.Paused}} {{index .Config.Labels "cef.made-of"}}' "$name")
status=${is%% *} rest=${is#* }
made_of=${rest#* }
create() {  # create: as a container that does not run yet
  changed
  [ -z "$check" ] || return 0
  if [ "$pull" = always ] || { [ "$pull" = missing ] && ! docker image inspect "$image" >/dev/null 2>&1; }; then run docker pull -q "$image"; fi
  eval "run docker create --name \"\$name\" --label cef.made-of=$made $words"
  for one in $more_networks; do run docker network connect "$one" "$name"; done
}
remove() {
  changed
  [ -n "$check" ] || run docker rm -f ${volumes_too:+-v} "$name"
}
case $state in
  absent) [ -z "$status" ] || remove; end ;;
  stopped | started | present | healthy)
    if [ -n "$status" ] && [ -n "$image" ]; then
      again=$recreate
      [ "$made_of" = "$made" ] || again=yes
      if [ "$pull" = always ] && [ -z "$check" ]; then
        run docker pull -q "$image"
      fi
      now=$(inspect container '{{.Image}}' "$name") new=$(docker image inspect --format '{{.Id}}' "$image" 2>/dev/null)
      if [ -z "$keep_image" ] && [ -n "$new" ] && [ "$now" != "$new" ]; then again=yes; fi
      if [ -n "$again" ]; then
        remove
        status=
      fi
    fi
    if [ -z "$status" ]; then
      [ -n "$image" ] || { [ "$state" = stopped ] && end; die "Cannot create container when image is not specified!"; }
      create
      status=created
    fi
    case $state:$status in
      started:running | healthy:running)
        if [ -n "$restart" ]; then
          changed
          [ -n "$check" ] || run docker restart "$name"
        fi ;;
      started:* | healthy:*)
        changed
        [ -n "$check" ] || run docker start "$name" ;;
      stopped:running | stopped:paused | stopped:restarting)
        changed
        [ -n "$check" ] || run docker stop "$name" ;;
    esac ;;
esac
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
docker inspect --type container "$name" >"$t" 2>/dev/null && blob inspect "$t"
rm -f "$t"
end
)sh";

// A number that stands for a text; not one that keeps secrets.
std::string number_for(std::string_view text) {
  std::uint64_t number = 14'695'981'039'346'656'037U;
  for (const char c : text) number = (number ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  return fmt::format("{:016x}", number);
}

std::string create_words(const Value& params) {
  DockerWords words(params);
  const std::pair<const char*, const char*> texts[] = {{"restart_policy", "--restart"},
                                                       {"memory", "--memory"},
                                                       {"memory_swap", "--memory-swap"},
                                                       {"memory_reservation", "--memory-reservation"},
                                                       {"cpus", "--cpus"},
                                                       {"cpu_shares", "--cpu-shares"},
                                                       {"cpuset_cpus", "--cpuset-cpus"},
                                                       {"shm_size", "--shm-size"},
                                                       {"network_mode", "--network"},
                                                       {"hostname", "--hostname"},
                                                       {"domainname", "--domainname"},
                                                       {"user", "--user"},
                                                       {"working_dir", "--workdir"},
                                                       {"log_driver", "--log-driver"},
                                                       {"pid_mode", "--pid"},
                                                       {"ipc_mode", "--ipc"},
                                                       {"uts", "--uts"},
                                                       {"userns_mode", "--userns"},
                                                       {"mac_address", "--mac-address"},
                                                       {"stop_signal", "--stop-signal"},
                                                       {"stop_timeout", "--stop-timeout"},
                                                       {"env_file", "--env-file"},
                                                       {"runtime", "--runtime"},
                                                       {"platform", "--platform"},
                                                       {"entrypoint_text", "--entrypoint"}};
  for (const auto& [param, option] : texts) words.text(param, option);
  const std::pair<const char*, const char*> lists[] = {{"volumes", "--volume"},
                                                       {"devices", "--device"},
                                                       {"published_ports", "--publish"},
                                                       {"exposed_ports", "--expose"},
                                                       {"capabilities", "--cap-add"},
                                                       {"cap_drop", "--cap-drop"},
                                                       {"dns_servers", "--dns"},
                                                       {"dns_search_domains", "--dns-search"},
                                                       {"security_opts", "--security-opt"},
                                                       {"tmpfs", "--tmpfs"},
                                                       {"groups", "--group-add"},
                                                       {"ulimits", "--ulimit"},
                                                       {"links", "--link"}};
  for (const auto& [param, option] : lists) words.list(param, option);
  words.flag("privileged", "--privileged");
  words.flag("read_only", "--read-only");
  words.flag("init", "--init");
  words.flag("tty", "--tty");
  words.flag("interactive", "--interactive");
  words.mapping("env", "--env");
  words.mapping("labels", "--label");
  words.mapping("log_options", "--log-opt");
  words.mapping("sysctls", "--sysctl");
  if (params.contains("etc_hosts"))
    for (const auto& [host, address] : params["etc_hosts"].items())
      words.add("--add-host", fmt::format("{}:{}", host, text_of(params["etc_hosts"], host)));
  if (is_set(params, "gpus")) words.text("gpus", "--gpus");
  if (params.contains("networks") && !params["networks"].empty() && !params.contains("network_mode")) {
    const Value& first = params["networks"][0];
    words.add("--network", text_of(first, "name"));
    if (first.contains("ipv4_address")) words.add("--ip", text_of(first, "ipv4_address"));
    for (const std::string& alias : list_of(first, "aliases")) words.add("--network-alias", alias);
  }
  words.word(text_of(params, "image"));
  if (params.contains("command")) {
    const Value& command = params["command"];
    const auto split = command.is_array()
                           ? list_of(params, "command")
                           : split_words(text_of(params, "command")).value_or(std::vector<std::string>());
    for (const std::string& word : split) words.word(word);
  }
  return words.all();
}

Course container_course(Arguments arguments) {
  const Value& params = arguments.params;
  std::vector<std::string> more;
  if (params.contains("networks"))
    for (std::size_t i = params.contains("network_mode") ? 0 : 1; i < params["networks"].size(); ++i)
      more.push_back(as_word(text_of(params["networks"][i], "name")));
  const std::string words = create_words(params), pull = text_of(params, "pull");
  const bool always = pull == "always" || lower(pull) == "true" || pull == "yes";
  Sheet sheet(arguments);
  sheet.take({"name", "state", "image", "recreate", "restart"})
      .set("pull", always            ? "always"
                   : pull == "never" ? "never"
                                     : "missing")
      .set("keep_image", text_of(params, "image_name_mismatch") == "ignore" ? "yes" : "")
      .set("volumes_too", params.contains("keep_volumes") && !is_set(params, "keep_volumes") ? "yes" : "")
      .set("more_networks", fmt::format("{}", fmt::join(more, " ")))
      .set("words", words)
      .set("made", number_for(words))
      .add(docker_functions)
      .add(container_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (const Value read = Value::parse(answer.text("inspect"), nullptr, false); read.is_array() && !read.empty())
    verdict.data["container"] = read[0];
  co_return verdict;
}

constexpr Param container_params[] = {{.name = "name", .required = true},
                                      {.name = "image"},
                                      {.name = "state",
                                       .kind = Kind::choice,
                                       .otherwise = "started",
                                       .choices = "absent,healthy,present,started,stopped"},
                                      {.name = "pull"},
                                      {.name = "recreate", .kind = Kind::flag},
                                      {.name = "restart", .kind = Kind::flag},
                                      {.name = "restart_policy"},
                                      {.name = "command", .kind = Kind::raw},
                                      {.name = "entrypoint_text", .aliases = "entrypoint"},
                                      {.name = "volumes", .kind = Kind::list},
                                      {.name = "tmpfs", .kind = Kind::list},
                                      {.name = "env", .kind = Kind::mapping},
                                      {.name = "env_file"},
                                      {.name = "published_ports", .kind = Kind::list, .aliases = "ports"},
                                      {.name = "exposed_ports", .kind = Kind::list, .aliases = "exposed,expose"},
                                      {.name = "labels", .kind = Kind::mapping},
                                      {.name = "network_mode"},
                                      {.name = "networks", .kind = Kind::list},
                                      {.name = "memory"},
                                      {.name = "memory_swap"},
                                      {.name = "memory_reservation"},
                                      {.name = "cpus"},
                                      {.name = "cpu_shares"},
                                      {.name = "cpuset_cpus"},
                                      {.name = "shm_size"},
                                      {.name = "privileged", .kind = Kind::flag},
                                      {.name = "read_only", .kind = Kind::flag},
                                      {.name = "init", .kind = Kind::flag},
                                      {.name = "tty", .kind = Kind::flag},
                                      {.name = "interactive", .kind = Kind::flag},
                                      {.name = "devices", .kind = Kind::list},
                                      {.name = "capabilities", .kind = Kind::list},
                                      {.name = "cap_drop", .kind = Kind::list},
                                      {.name = "security_opts", .kind = Kind::list},
                                      {.name = "groups", .kind = Kind::list},
                                      {.name = "ulimits", .kind = Kind::list},
                                      {.name = "links", .kind = Kind::list},
                                      {.name = "sysctls", .kind = Kind::mapping},
                                      {.name = "dns_servers", .kind = Kind::list},
                                      {.name = "dns_search_domains", .kind = Kind::list},
                                      {.name = "etc_hosts", .kind = Kind::mapping},
                                      {.name = "hostname"},
                                      {.name = "domainname"},
                                      {.name = "user"},
                                      {.name = "working_dir"},
                                      {.name = "log_driver"},
                                      {.name = "log_options", .kind = Kind::mapping},
                                      {.name = "pid_mode"},
                                      {.name = "ipc_mode"},
                                      {.name = "uts"},
                                      {.name = "userns_mode"},
                                      {.name = "mac_address"},
                                      {.name = "stop_signal"},
                                      {.name = "stop_timeout"},
                                      {.name = "runtime"},
                                      {.name = "platform"},
                                      {.name = "gpus"},
                                      {.name = "keep_volumes", .kind = Kind::flag},
                                      {.name = "image_name_mismatch"}};

}  // namespace
}  // namespace docker_container_parts

constinit const Task docker_container{.name = "docker_container",
                                      .summary = "a container, as docker runs it",
                                      .params = docker_container_parts::container_params,
                                      .columns = message_columns,
                                      .course = docker_container_parts::container_course,
                                      .needs_root = true};

}  // namespace cef::tasks::modules
