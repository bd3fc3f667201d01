#include "apt.hpp"
#include "docker.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <charconv>
#include <cmath>

namespace cef::tasks::engines {

namespace {

using apt::Answer;

// Docker is asked for its daemon, which may not answer at all. A user's PATH may have neither.
constexpr const char* find_engine = R"sh(
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/snap/bin"
say() { printf '=cef %s\n' "$*"; }
case $1 in
  '') path= ;;
  /*) path=$1 ;;
  "~") path=$HOME ;;
  "~/"*) path=$HOME/${1#"~/"} ;;
  *) path=$PWD/$1 ;;
esac
[ -z "$path" ] || say path "$path"
say arch "$(uname -m)"
if command -v docker >/dev/null 2>&1; then
  limit=
  if command -v timeout >/dev/null 2>&1; then limit="timeout 20"; fi
  say engine docker
  said=$($limit docker version --format '{{.Server.Version}}' 2>&1 </dev/null)
  say status $?
  say answer
  printf '%s\n' "$said"
elif command -v podman >/dev/null 2>&1; then
  say engine podman
  said=$(podman version --format '{{.Client.Version}}' 2>&1 </dev/null)
  say status $?
  say answer
  printf '%s\n' "$said"
fi
say end
)sh";

constexpr const char* beginning = R"sh(
export LC_ALL=C PATH="$PATH:/usr/local/bin:/usr/bin:/usr/sbin:/sbin:/snap/bin"
say() { printf '=cef %s\n' "$*"; }
engine=$1
shift
)sh";

std::optional<Error> why_not(const Engine& engine, std::string_view status, std::string_view answer) {
  if (status == "0") return std::nullopt;
  if (engine.name == "podman") {
    // It warns before it says what is wrong.
    const std::string_view said = trim(answer);
    return Error{Code::service_failed,
                 fmt::format("podman cannot be used: {}", cut(std::string(said.substr(said.rfind('\n') + 1)), 300)),
                 "a user without podman's set-up needs sudo; podman info tells more"};
  }
  const std::string words = cut(std::string(first_line(trim(answer))), 300);
  if (engine.is_denied)
    return Error{Code::permission_denied, fmt::format("the user may not use the docker daemon: {}", words),
                 "put the user into the group docker, which makes root of it, or allow sudo"};
  if (status == "124")
    return Error{Code::service_failed, "the docker daemon does not answer",
                 "look at its log there: journalctl -u docker"};
  if (has(answer, "Cannot connect to the Docker daemon") || has(answer, "connection refused"))
    return Error{Code::service_failed, fmt::format("docker is there, but its daemon does not run: {}", words),
                 "start it there: cef service start docker"};
  return Error{Code::service_failed, fmt::format("{} cannot be used: {}", engine.name, words), ""};
}

}  // namespace

Step look(std::optional<std::string> become, std::string path) {
  Script what;
  what.text = find_engine;
  what.arguments = {std::move(path)};
  Step step;
  step.what = std::move(what);
  step.become = std::move(become);
  step.only_looks = true;
  step.time = Milliseconds(60'000);
  return step;
}

Engine read_look(const StepResult& ran) {
  Engine engine;
  const Answer answer(ran.out);
  engine.error = ran.error;
  if (engine.error) return engine;
  if (!answer.find("end")) {
    engine.error = Error{Code::unexpected_output,
                         fmt::format("the host's shell did not come to the end (status {})", ran.status), ""};
    return engine;
  }
  engine.path = answer.rest("path");
  engine.arch = answer.rest("arch");
  engine.name = answer.rest("engine");
  if (engine.name.empty()) {
    engine.error = Error{Code::docker_missing, "the host has neither docker nor podman", ""};
    return engine;
  }
  const std::string_view text = answer.text("answer");
  // Without a daemon it is up to each user's own set-up whether podman works; root has one.
  engine.is_denied = engine.name == "podman" ? answer.rest("status") != "0" : has(lower(text), "permission denied");
  engine.error = why_not(engine, answer.rest("status"), text);
  if (!engine.error) engine.version = std::string(first_line(trim(text)));
  return engine;
}

std::optional<Step> Search::next() {
  if (is_known_) return std::nullopt;
  return look(as_, as_ ? "" : path_);
}

void Search::hear(const StepResult& ran) {
  if (!as_) {
    engine_ = read_look(ran);
    path_ = engine_.path;
    is_known_ = !engine_.is_denied || !other_;
    if (!is_known_) as_ = other_;
    return;
  }
  engine_ = read_look(ran);
  engine_.path = path_;
  is_known_ = true;
}

Step script(const Engine& engine, const std::optional<std::string>& become, const char* text,
            std::vector<std::string> arguments) {
  Script what;
  what.text = std::string(beginning) + text;
  what.arguments = std::move(arguments);
  what.arguments.insert(what.arguments.begin(), engine.name);
  Step step;
  step.what = std::move(what);
  step.become = become;
  return step;
}

std::string text_of(const Value& params, const char* name) {
  const auto found = params.find(name);
  return found != params.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<std::int64_t> parse_docker_size(std::string_view text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return std::nullopt;
  const std::string_view unit = trim(text.substr(static_cast<std::size_t>(end - text.data())));
  // Of decimal units. Source: docker/go-units, HumanSize.
  constexpr std::pair<std::string_view, double> units[] = {{"B", 1},    {"kB", 1e3}, {"KB", 1e3},
                                                           {"MB", 1e6}, {"GB", 1e9}, {"TB", 1e12}};
  for (const auto& [name, factor] : units)
    if (unit == name) return std::llround(number * factor);
  return std::nullopt;
}

}  // namespace cef::tasks::engines
