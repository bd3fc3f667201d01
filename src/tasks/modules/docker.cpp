// docker_image, docker_network, docker_volume, docker_login and docker_compose_v2: by the host's own docker program.
#include "modules/docker_words.hpp"
#include "modules/registry.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::tasks::modules {

namespace docker_parts {
namespace {

using Kind = Param::Kind;

constexpr const char* image_script = R"sh(
full=$name
case ${name##*/} in *:* | *@*) ;; *) full=$name:${tag:-latest} ;; esac
now=$(docker image inspect --format '{{.Id}}' "$full" 2>/dev/null)
if [ "$state" = absent ]; then
  [ -n "$now" ] || end
  changed
  [ -n "$check" ] || run docker image rm ${force:+-f} "$full"
  end
fi
if [ -z "$now" ] || [ -n "$force_source" ]; then
  case $source in
    pull)
      if [ -n "$check" ]; then [ -n "$now" ] || changed; end; fi
      run docker pull -q "$full" ;;
    build)
      if [ -n "$check" ]; then changed; end; fi
      eval "run docker build -q -t \"\$full\" ${dockerfile:+-f \"\$build_path/\$dockerfile\"} ${build_pull:+--pull} ${nocache:+--no-cache} $build_args \"\$build_path\"" ;;
    load)
      if [ -n "$check" ]; then changed; end; fi
      run docker load -i "$load_path" ;;
    local) [ -n "$now" ] || die "Cannot find the image $full locally." ;;
  esac
fi
after=$(docker image inspect --format '{{.Id}}' "$full" 2>/dev/null)
[ "$after" = "$now" ] || changed
if [ -n "$repository" ]; then
  [ "$(docker image inspect --format '{{.Id}}' "$repository" 2>/dev/null)" = "$after" ] || { changed; [ -n "$check" ] || run docker tag "$full" "$repository"; }
  full=$repository
fi
if [ -n "$push" ] && [ -z "$check" ]; then run docker push -q "$full"; fi
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
docker image inspect "$full" >"$t" 2>/dev/null && blob inspect "$t"
rm -f "$t"
end
)sh";

Course image_course(Arguments arguments) {
  const Value& params = arguments.params;
  const Value build = params.value("build", Value::object());
  std::string args;
  if (build.contains("args") && build["args"].is_object())
    for (const auto& [key, value] : build["args"].items())
      args += " --build-arg " + as_word(fmt::format("{}={}", key, text_of(build["args"], key)));
  Sheet sheet(arguments);
  sheet.take({"name", "tag", "state", "source", "repository", "push", "load_path", "force_source"})
      .set("force", is_set(params, "force_absent") ? "yes" : "")
      .set("build_path", text_of(build, "path"))
      .set("dockerfile", text_of(build, "dockerfile"))
      .set("nocache", is_set(build, "nocache") ? "yes" : "")
      .set("build_pull", is_set(build, "pull") ? "yes" : "")
      .set("build_args", args)
      .add(docker_functions)
      .add(image_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  verdict.data["image"] = Value::object();
  if (const Value read = Value::parse(answer.text("inspect"), nullptr, false); read.is_array() && !read.empty())
    verdict.data["image"] = read[0];
  co_return verdict;
}

constexpr Param state{.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present"};
constexpr Param image_params[] = {
    {.name = "name", .required = true},
    {.name = "tag"},
    state,
    {.name = "source", .kind = Kind::choice, .otherwise = "pull", .choices = "build,load,local,pull"},
    {.name = "build", .kind = Kind::mapping},
    {.name = "load_path", .kind = Kind::path},
    {.name = "repository"},
    {.name = "push", .kind = Kind::flag},
    {.name = "force_source", .kind = Kind::flag},
    {.name = "force_absent", .kind = Kind::flag}};

// Networks and volumes: there or not there, and what they are made of.
constexpr const char* thing_script = R"sh(
docker "$thing" inspect "$name" >/dev/null 2>&1 && is=yes || is=
if [ "$state" = absent ]; then
  [ -n "$is" ] || end
  changed
  [ -n "$check" ] || run docker "$thing" rm "$name"
  end
fi
if [ -n "$is" ] && [ -n "$again" ]; then
  changed
  [ -n "$check" ] || run docker "$thing" rm "$name"
  is=
fi
if [ -z "$is" ]; then
  changed
  [ -n "$check" ] || eval "run docker $thing create $words \"\$name\""
fi
if [ "$thing" = network ] && [ -z "$check" ]; then
  for one in $connected; do
    docker network inspect --format '{{range .Containers}}{{.Name}} {{end}}' "$name" | tr ' ' '\n' | grep -q -x -- "$one" && continue
    changed
    run docker network connect "$name" "$one"
  done
fi
t=$(mktemp 2>&1) || die "no temporary file can be made: ${t##*: }"
docker "$thing" inspect "$name" >"$t" 2>/dev/null && blob inspect "$t"
rm -f "$t"
end
)sh";

Course thing_course(Arguments arguments, const char* thing) {
  const Value& params = arguments.params;
  DockerWords words(params);
  words.text("driver", "--driver");
  words.mapping("driver_options", "--opt");
  words.mapping("labels", "--label");
  if (std::string_view(thing) == "network") {
    words.flag("internal", "--internal");
    words.flag("attachable", "--attachable");
    words.flag("enable_ipv6", "--ipv6");
    for (const Value& ipam : params.value("ipam_config", Value::array()))
      for (const auto& [key, option] :
           {std::pair{"subnet", "--subnet"}, {"gateway", "--gateway"}, {"iprange", "--ip-range"}})
        if (ipam.is_object() && ipam.contains(key)) words.add(option, text_of(ipam, key));
  }
  const bool again = is_set(params, "force") || text_of(params, "recreate") == "always";
  Sheet sheet(arguments);
  sheet.take({"name", "state"})
      .set("thing", thing)
      .set("words", words.all())
      .set("again", again ? "yes" : "")
      .set("connected", fmt::format("{}", fmt::join(list_of(params, "connected"), " ")))
      .add(docker_functions)
      .add(thing_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  const Answer answer(ran);
  Verdict verdict = verdict_of(answer);
  if (const Value read = Value::parse(answer.text("inspect"), nullptr, false); read.is_array() && !read.empty())
    verdict.data[thing] = read[0];
  co_return verdict;
}

Course network_course(Arguments arguments) { return thing_course(std::move(arguments), "network"); }
Course volume_course(Arguments arguments) { return thing_course(std::move(arguments), "volume"); }

constexpr Param network_params[] = {{.name = "name", .aliases = "network_name", .required = true},
                                    state,
                                    {.name = "driver"},
                                    {.name = "driver_options", .kind = Kind::mapping},
                                    {.name = "labels", .kind = Kind::mapping},
                                    {.name = "ipam_config", .kind = Kind::list},
                                    {.name = "internal", .kind = Kind::flag},
                                    {.name = "attachable", .kind = Kind::flag},
                                    {.name = "enable_ipv6", .kind = Kind::flag},
                                    {.name = "connected", .kind = Kind::list, .aliases = "containers"},
                                    {.name = "force", .kind = Kind::flag}};
constexpr Param volume_params[] = {
    {.name = "name", .aliases = "volume_name", .required = true},
    state,
    {.name = "driver"},
    {.name = "driver_options", .kind = Kind::mapping},
    {.name = "labels", .kind = Kind::mapping},
    {.name = "recreate", .kind = Kind::choice, .otherwise = "never", .choices = "always,never"}};

// The password comes on standard input.
constexpr const char* login_script = R"sh(
config=${DOCKER_CONFIG:-$HOME/.docker}/config.json
if [ "$state" = absent ]; then
  grep -q -F "\"$registry\"" "$config" 2>/dev/null || end
  changed
  [ -n "$check" ] || run docker logout "$registry"
  end
fi
password=$(cat)
want=$(printf '%s:%s' "$username" "$password" | base64 | tr -d '\n')
if [ -z "$again" ] && grep -q -F "$want" "$config" 2>/dev/null && grep -q -F "\"$registry\"" "$config"; then end; fi
changed
[ -z "$check" ] || end
said=$(printf %s "$password" | docker login -u "$username" --password-stdin "$registry" 2>&1) || die "Logging into $registry for user $username failed: $said"
end
)sh";

Course login_course(Arguments arguments) {
  Sheet sheet(arguments);
  sheet.take({"registry", "username", "state"})
      .set("again", is_set(arguments.params, "reauthorize") ? "yes" : "")
      .add(docker_functions)
      .add(login_script);
  Step step = sheet.step(text_of(arguments.params, "password"));
  const StepResult ran = co_yield std::move(step);
  co_return verdict_of(Answer(ran));
}

constexpr Param login_params[] = {
    {.name = "registry", .otherwise = "https://index.docker.io/v1/", .aliases = "registry_url,url"},
    {.name = "username"},
    {.name = "password"},
    {.name = "reauthorize", .kind = Kind::flag, .aliases = "reauth"},
    state};

// What the containers are before and after says whether anything changed.
constexpr const char* compose_script = R"sh(
cd -- "$project_src" || die "$project_src cannot be entered"
docker compose version >/dev/null 2>&1 || die "there is no docker compose on this host"
compose() { eval "docker compose $options \"\$@\""; }
snapshot() { compose ps -a --format '{{.Name}} {{.State}}' 2>/dev/null | sort; for id in $(compose ps -a -q 2>/dev/null); do echo "$id"; done | sort; }
before=$(snapshot)
case $state in
  present) set -- up -d ;;
  stopped) set -- up --no-start ;;
  restarted) set -- restart ;;
  absent) set -- down ;;
esac
case $state in
  present | stopped)
    case $pull in always | missing | never) set -- "$@" --pull "$pull" ;; esac
    case $recreate in always) set -- "$@" --force-recreate ;; never) set -- "$@" --no-recreate ;; esac
    case $build in always) set -- "$@" --build ;; never) set -- "$@" --no-build ;; esac
    [ -z "$remove_orphans" ] || set -- "$@" --remove-orphans ;;
  absent)
    [ -z "$remove_volumes" ] || set -- "$@" --volumes
    [ -z "$remove_orphans" ] || set -- "$@" --remove-orphans ;;
esac
if [ -n "$check" ]; then
  said=$(compose --dry-run "$@" 2>&1) || die "docker compose failed: $(printf %s "$said" | tail -n 3 | tr '\n' ' ')"
  printf %s "$said" | grep -q -E 'Creat|Recreat|Start(ed|ing)|Stopp|Remov|Restart|Pull' && changed
  end
fi
for one in $services; do set -- "$@" "$one"; done
run compose "$@"
if [ "$state" = stopped ]; then run compose stop; fi
[ "$before" = "$(snapshot)" ] && [ "$state" != restarted ] || changed
end
)sh";

Course compose_course(Arguments arguments) {
  const Value& params = arguments.params;
  std::string options;
  for (const std::string& file : list_of(params, "files")) options += " -f " + as_word(file);
  for (const std::string& file : list_of(params, "env_files")) options += " --env-file " + as_word(file);
  for (const std::string& profile : list_of(params, "profiles")) options += " --profile " + as_word(profile);
  if (params.contains("project_name")) options += " -p " + as_word(text_of(params, "project_name"));
  Sheet sheet(arguments);
  sheet.take({"state", "pull", "recreate", "build", "remove_orphans", "remove_volumes"})
      .paths({"project_src"})
      .set("options", options)
      .set("services", fmt::format("{}", fmt::join(list_of(params, "services"), " ")))
      .add(docker_functions)
      .add(compose_script);
  Step step = sheet.step();
  const StepResult ran = co_yield std::move(step);
  co_return verdict_of(Answer(ran));
}

constexpr Param compose_params[] = {
    {.name = "project_src", .kind = Kind::path, .required = true},
    {.name = "project_name"},
    {.name = "files", .kind = Kind::list},
    {.name = "env_files", .kind = Kind::list},
    {.name = "profiles", .kind = Kind::list},
    {.name = "services", .kind = Kind::list},
    {.name = "state", .kind = Kind::choice, .otherwise = "present", .choices = "absent,present,restarted,stopped"},
    {.name = "pull", .kind = Kind::choice, .otherwise = "policy", .choices = "always,missing,never,policy"},
    {.name = "recreate", .kind = Kind::choice, .otherwise = "auto", .choices = "always,auto,never"},
    {.name = "build", .kind = Kind::choice, .otherwise = "policy", .choices = "always,never,policy"},
    {.name = "remove_orphans", .kind = Kind::flag},
    {.name = "remove_volumes", .kind = Kind::flag}};

}  // namespace
}  // namespace docker_parts

// clang-format off
constinit const Task docker_image{.name = "docker_image", .summary = "an image of docker: pulled, built, loaded", .params = docker_parts::image_params, .columns = message_columns, .course = docker_parts::image_course, .needs_root = true};
constinit const Task docker_network{.name = "docker_network", .summary = "a network of docker", .params = docker_parts::network_params, .columns = message_columns, .course = docker_parts::network_course, .needs_root = true};
constinit const Task docker_volume{.name = "docker_volume", .summary = "a volume of docker", .params = docker_parts::volume_params, .columns = message_columns, .course = docker_parts::volume_course, .needs_root = true};
constinit const Task docker_login{.name = "docker_login", .summary = "a login at a registry of images", .params = docker_parts::login_params, .columns = message_columns, .course = docker_parts::login_course};
constinit const Task docker_compose_v2{.name = "docker_compose_v2", .summary = "a project of docker compose", .params = docker_parts::compose_params, .columns = message_columns, .course = docker_parts::compose_course, .needs_root = true};
// clang-format on

}  // namespace cef::tasks::modules
