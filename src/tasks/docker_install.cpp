// docker on the host: the distribution's package or a script, and a run that proves it.
#include "apt.hpp"
#include "docker.hpp"

#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::tasks {

namespace docker_install_parts {
namespace {

using apt::Answer;
using engines::Engine;

constexpr const char* release_script = R"sh(
ID= ID_LIKE= PRETTY_NAME=
[ ! -r /etc/os-release ] || . /etc/os-release
printf '=cef ids  %s %s \n=cef os %s\n' "$ID" "$ID_LIKE" "$PRETTY_NAME"
for user; do printf '=cef groups %s\n' " $(id -nG "$user" 2>/dev/null) "; done
echo "=cef end"
)sh";

// $1 a URL, or nothing: then the script is the standard input.
constexpr const char* run_script = R"sh(
export DEBIAN_FRONTEND=noninteractive PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
t=$(mktemp) || exit 1
trap 'rm -f "$t"' EXIT
trap 'exit 1' HUP INT TERM
if [ -z "$1" ]; then
  cat >"$t"
elif command -v curl >/dev/null 2>&1; then
  curl --fail --silent --show-error --location -o "$t" -- "$1" || { echo "=cef fetched no"; exit 1; }
else
  wget -q -O "$t" "$1" || { echo "=cef fetched no"; exit 1; }
fi
[ -s "$t" ] || { echo "=cef fetched no"; exit 1; }
sh "$t" 2>&1 </dev/null
echo "=cef status $?"
)sh";

// A daemon that was just installed takes a moment; where there is no systemd it may not have been begun.
constexpr const char* start_script = R"sh(
export PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"
user=$1
if [ -n "$user" ]; then usermod -aG docker "$user" || echo "=cef group no"; fi
i=0
until docker version >/dev/null 2>&1; do
  i=$((i + 1))
  if [ $i -eq 1 ]; then
    if [ -d /run/systemd/system ]; then systemctl start docker; else service docker start; fi >/dev/null 2>&1
  fi
  [ $i -lt 30 ] || break
  sleep 1
done
echo "=cef end"
)sh";

constexpr Param params_of_install[] = {
    {.name = "script",
     .value = "FILE|URL",
     .help = "install by this script, as get-docker.sh, not by the package docker.io"},
    {.name = "member",
     .value = "NAME",
     .help = "install: who may use docker from now on, which makes root of that user there; --user is the same"},
    apt::no_update,
    apt::lock_wait};

Columns columns_of_install() {
  return {{"version", "data.version", Unit::none, Align::left, "of docker"},
          {"already", "data.already", Unit::none, Align::left, "it was there"},
          {"proven", "data.proven", Unit::none, Align::left, "a container was run"},
          {"note", "data.note", Unit::none, Align::left, "what to know", false, {}, true},
          {"would", "data.would", Unit::none, Align::left, "with --check, what would be done", false, {}, true}};
}

std::string text_at(const Value& params, const char* name) {
  const auto found = params.find(name);
  return found != params.end() && found->is_string() ? found->get<std::string>() : "";
}

std::optional<Error> judge_script(const StepResult& ran, Value& data) {
  if (ran.error) return ran.error;
  const Answer answer(ran.out);
  if (answer.rest("fetched") == "no")
    return Error{Code::transfer_interrupted,
                 fmt::format("the host could not fetch the script: {}", cut(first_line(trim(ran.err)), 200)),
                 "give it as a local file: --script FILE"};
  if (answer.rest("status") == "0") return std::nullopt;
  data["output"] = apt::last_lines(ran.out, 20);
  return Error{Code::command_failed, fmt::format("the script ended with status {}", answer.rest("status")),
               "the end of what it said is in data.output"};
}

// What is said of a host on which docker works. `data.proven` is null where no program for its processor is known.
void judge_proof(const StepResult& ran, Verdict& verdict) {
  const Answer answer(ran.out);
  const std::string_view proof = answer.rest("proof");
  verdict.data["proven"] = proof == "ran" ? Value(true) : Value(nullptr);
  if (ran.error) verdict.error = ran.error;
  if (proof == "ran" || proof == "unknown" || verdict.error) return;
  verdict.data["proven"] = false;
  verdict.error =
      Error{Code::service_failed,
            fmt::format("docker is there, but runs no container: {}", cut(proof.empty() ? trim(ran.err) : proof, 300)),
            "look at its log there: journalctl -u docker"};
}

Course install_course(Arguments arguments) {
  const std::string user = text_at(arguments.params, "member"), url = text_at(arguments.params, "url");
  const bool has_script = !url.empty() || !text_at(arguments.params, "script_text").empty();
  Verdict verdict;
  Value& data = verdict.data;
  data["version"] = nullptr;
  data["server_version"] = nullptr;
  Step looking = engines::look(arguments.become, "");
  const StepResult looked = co_yield std::move(looking);
  Engine engine = engines::read_look(looked);
  if (looked.error || (engine.error && engine.error->code == Code::unexpected_output)) {
    verdict.error = engine.error;
    co_return verdict;
  }
  const bool already = engine.name == "docker";
  data["already"] = already;

  Step asking;
  Script about;
  about.text = release_script;
  if (!user.empty()) about.arguments = {user};
  asking.what = std::move(about);
  const StepResult asked = co_yield std::move(asking);
  const Answer release(asked.out);
  const std::string ids = " " + std::string(release.rest("ids")) + " ";
  const bool is_debian = ids.find(" debian ") != std::string::npos || ids.find(" ubuntu ") != std::string::npos ||
                         ids.find(" raspbian ") != std::string::npos;
  if (!already && !is_debian) {
    verdict.error = Error{Code::unsupported_platform,
                          fmt::format("docker is installed on Debian, Ubuntu and Raspberry Pi OS, and this is {}",
                                      release.rest("os").empty() ? "another system" : release.rest("os")),
                          "install it there by hand"};
    co_return verdict;
  }
  const bool in_group = user.empty() || release.rest("groups").find(" docker ") != std::string_view::npos;
  if (!already || !in_group) verdict.status = Status::changed;
  if (!user.empty() && !(arguments.check && !in_group))
    data["note"] =
        in_group
            ? fmt::format("{} is in the group docker", user)
            : fmt::format("{} is in the group docker from the next login on, which is as good as root there", user);
  if (arguments.check) {
    if (already) data["version"] = engine.version.empty() ? Value(nullptr) : Value(engine.version);
    std::vector<std::string> acts;
    if (!already && has_script) {
      acts.push_back(url.empty() ? "run the script" : "run " + url);
    } else if (!already) {
      Step trying = apt::package_step("install", {"docker.io"}, arguments);
      const StepResult tried = co_yield std::move(trying);
      const Verdict packages = apt::judge_packages(tried, true);
      // Without apt's lists, which are not fetched now, nobody knows what else it takes.
      acts.push_back(packages.error ? "install docker.io" : apt::would_install(packages.data));
    }
    if (!in_group) acts.push_back(fmt::format("put {} into the group docker, which is as good as root there", user));
    if (!acts.empty()) data["would"] = fmt::format("{}", fmt::join(acts, "; "));
    co_return verdict;
  }

  if (!already && has_script) {
    Script script;
    script.text = run_script;
    script.arguments = {url};
    script.input = text_at(arguments.params, "script_text");
    Step step;
    step.what = std::move(script);
    step.become = arguments.become;
    step.outlives_link = true;
    const StepResult ran = co_yield std::move(step);
    verdict.error = judge_script(ran, data);
  } else if (!already) {
    Step step = apt::package_step("install", {"docker.io"}, arguments);
    const StepResult ran = co_yield std::move(step);
    Verdict packages = apt::judge_packages(ran, false);
    data["installed"] = packages.data["installed"];
    if (packages.error && packages.data.contains("output")) data["output"] = packages.data["output"];
    verdict.error = std::move(packages.error);
  }
  if (verdict.error) co_return verdict;

  Script starting;
  starting.text = start_script;
  starting.arguments = {in_group ? "" : user};
  Step start;
  start.what = std::move(starting);
  start.become = arguments.become;
  start.time = Milliseconds(90'000);
  const StepResult started = co_yield std::move(start);
  const Answer begun(started.out);
  if (begun.rest("group") == "no") {
    verdict.error = Error{
        Code::command_failed,
        fmt::format("{} cannot be put into the group docker: {}", user, cut(first_line(trim(started.err)), 200)), ""};
    co_return verdict;
  }
  Step again = engines::look(arguments.become, "");
  const StepResult looked_again = co_yield std::move(again);
  engine = engines::read_look(looked_again);
  verdict.error = engine.error;
  if (verdict.error) co_return verdict;
  data["version"] = engine.version;
  data["server_version"] = engine.version;
  Step proving = engines::script(engine, arguments.become, engines::proof_script, {});
  proving.time = Milliseconds(120'000);
  const StepResult proven = co_yield std::move(proving);
  judge_proof(proven, verdict);
  co_return verdict;
}

}  // namespace
}  // namespace docker_install_parts

constinit const Task docker_install{
    .name = "docker_install",
    .summary = "docker on the host, proven by a run",
    .params = docker_install_parts::params_of_install,
    .columns = docker_install_parts::columns_of_install,
    .course = docker_install_parts::install_course,
};

}  // namespace cef::tasks
