// docker build on the host, by docker or podman. Goes on when nobody listens; who asks for the same build meanwhile
// follows the one that runs.
#include "apt.hpp"
#include "docker.hpp"

#include <cef/core/sha256.hpp>
#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

namespace cef::tasks {

namespace docker_build_parts {
namespace {

using apt::Answer;
using engines::Engine;
using engines::text_of;

// $1 the context, $2 the tag, $3 what it is made of, which is a label of the image: one that has it is not built again;
// then docker's options. What it says on standard error stands where it belongs.
constexpr const char* build_script = R"sh(
context=$1 tag=$2 made_of=$3
shift 3
cd "$context" || { say failed context; exit 0; }
# One build of a context at a time: the second finds what the first has made.
if command -v flock >/dev/null 2>&1 && exec 9<.; then flock 9; fi
if [ -n "$made_of" ]; then
  set -- --label "cef.made-of=$made_of" "$@"
  if [ "$("$engine" image inspect --format '{{index .Config.Labels "cef.made-of"}}' "$tag" 2>/dev/null)" = "$made_of" ]; then
    say same
    say image "$("$engine" image inspect --format '{{.Id}} {{.Size}}' "$tag" 2>&1)"
    say end
    exit 0
  fi
  # What was packed as a folder has its Dockerfile in that.
  if [ ! -f Dockerfile ] && [ -f "$(echo */Dockerfile)" ]; then cd "$(dirname "$(echo */Dockerfile)")" || exit 1; fi
fi
say before "$("$engine" image inspect --format '{{.Id}}' "$tag" 2>/dev/null)"
begin=$(date +%s)
say build
BUILDKIT_PROGRESS=plain "$engine" build -t "$tag" "$@" . 2>&1 </dev/null
status=$?
echo
say seconds $(($(date +%s) - begin))
say status $status
[ $status -ne 0 ] || say image "$("$engine" image inspect --format '{{.Id}} {{.Size}}' "$tag" 2>&1)"
say end
)sh";

// The image that is there, if it is; changes nothing.
constexpr const char* check_script = R"sh(
context=$1 tag=$2
cd "$context" || { say failed context; exit 0; }
say image "$("$engine" image inspect --format '{{.Id}} {{.Size}}' "$tag" 2>/dev/null)"
say end
)sh";

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "context", .value = "PATH", .help = "folder on the host, with the Dockerfile", .never_empty = true},
    {.name = "tag", .value = "NAME:TAG", .help = "of the image", .never_empty = true},
    {.name = "file", .value = "FILE", .help = "instead of Dockerfile, as seen from the context"},
    {.name = "build-arg", .value = "K=V,...", .help = "for its ARG lines; may be repeated", .kind = Kind::list},
    {.name = "network", .value = "MODE", .help = "of its RUN lines: host, none, ..."},
    {.name = "pull", .help = "look for a newer base image", .kind = Kind::flag},
    {.name = "no-cache", .help = "every step anew", .kind = Kind::flag}};

Columns columns() {
  return {{"tag", "data.tag", Unit::none, Align::left, "of the image"},
          {"image", "data.image_id", Unit::none, Align::left, "its id", true},
          {"size", "data.size_bytes", Unit::bytes, Align::right, "of the image"},
          {"steps", "data.steps", Unit::none, Align::right, "lines of the Dockerfile"},
          {"cached", "data.cached_steps", Unit::none, Align::right, "of these, from the cache"},
          {"took", "data.seconds", Unit::seconds, Align::right, "the build"},
          {"failed at", "data.failing", Unit::none, Align::left, "the line that failed", false, {}, true}};
}

std::vector<std::string> options_of(const Value& given) {
  std::vector<std::string> options;
  const auto add = [&](const char* option, const std::string& value) {
    if (!value.empty()) options.insert(options.end(), {option, value});
  };
  add("--file", text_of(given, "file"));
  add("--network", text_of(given, "network"));
  for (const Value& each : given.value("build-arg", Value::array())) add("--build-arg", each.get<std::string>());
  if (given.value("pull", false)) options.emplace_back("--pull");
  if (given.value("no-cache", false)) options.emplace_back("--no-cache");
  return options;
}

// The same build has the same name on a host, so that it is found again.
std::string name_of_build(const std::vector<std::string>& arguments) {
  Sha256 hash;
  for (const std::string& each : arguments) hash.add(each + '\0');
  std::string name = fmt::format("build:{}:{}", arguments[1], hash.hex().substr(0, 8));
  for (char& c : name)
    if (std::isspace(static_cast<unsigned char>(c))) c = '_';
  return name;
}

void read_image(std::string_view words, Value& data) {
  const auto blank = words.find(' ');
  data["image_id"] = std::string(words.substr(0, blank));
  if (blank != std::string_view::npos) data["size_bytes"] = apt::to_number(words.substr(blank + 1));
}

Verdict judge_build(const StepResult& ran, Value data) {
  Verdict verdict;
  const Answer answer(ran.out);
  verdict.data = std::move(data);
  Value& record = verdict.data;
  verdict.error = ran.error;
  if (answer.rest("failed") == "context") {
    verdict.error =
        Error{Code::no_such_file, fmt::format("there is no folder {} to build in", text_of(record, "context")),
              "cef model deploy brings one; --context names another"};
    return verdict;
  }
  if (verdict.error) return verdict;
  if (answer.find("same")) {
    read_image(answer.rest("image"), record);
    return verdict;
  }
  const std::string_view status = answer.rest("status");
  const auto log = engines::read_build(answer.text("build"), status != "0");
  record["steps"] = log.steps;
  record["cached_steps"] = log.cached;
  record["seconds"] = apt::to_number(answer.rest("seconds"));
  record["log"] = std::string(answer.text("build"));
  if (!log.failing.empty()) {
    record["failing"] = log.failing;
    record["last_lines"] = log.last;
  }
  verdict.error = log.error;
  if (!verdict.error && !answer.find("end"))
    verdict.error =
        Error{Code::docker_build_failed, fmt::format("the build was ended from outside (status {})", ran.status), ""};
  if (verdict.error) return verdict;
  read_image(answer.rest("image"), record);
  if (const auto before = answer.rest("before"); !before.empty()) record["image_before"] = std::string(before);
  if (!text_of(record, "image_id").starts_with("sha256:") && text_of(record, "image_id").size() != 64)
    verdict.error = Error{
        Code::docker_build_failed,
        fmt::format("the build went well, but there is no image {}: {}", text_of(record, "tag"), answer.rest("image")),
        ""};
  verdict.status = answer.rest("before") == text_of(record, "image_id") ? Status::ok : Status::changed;
  return verdict;
}

Course build_course(Arguments arguments) {
  const std::string path = text_of(arguments.params, "context"), tag = text_of(arguments.params, "tag");
  engines::Search search(arguments.become, path);
  while (auto step = search.next()) {
    const StepResult heard = co_yield std::move(*step);
    search.hear(heard);
  }
  const Engine& engine = search.engine();
  // The path is as the one who logs in sees it.
  const std::string& context = engine.path;
  Verdict verdict;
  verdict.data = {{"tag", tag}, {"context", context}, {"engine", engine.name}};
  verdict.error = engine.error;
  if (verdict.error) co_return verdict;
  std::vector<std::string> words{context, tag, text_of(arguments.params, "made_of")};
  for (std::string& option : options_of(arguments.params)) words.push_back(std::move(option));
  Step step = engines::script(engine, search.as(), arguments.check ? check_script : build_script, words);
  step.outlives_link = !arguments.check;
  step.progress = engines::build_progress;
  step.streams = !arguments.check;
  if (!arguments.check) step.rejoins = name_of_build(words);
  const StepResult ran = co_yield std::move(step);
  if (!arguments.check) co_return judge_build(ran, verdict.data);
  const Answer answer(ran.out);
  verdict.error = ran.error;
  if (answer.rest("failed") == "context") co_return judge_build(ran, verdict.data);
  if (!answer.rest("image").empty()) read_image(answer.rest("image"), verdict.data);
  verdict.status = Status::changed;  // whether the cache has it all is known only by building
  co_return verdict;
}

}  // namespace
}  // namespace docker_build_parts

constinit const Task docker_build{
    .name = "docker_build",
    .summary = "build an image on the host, by docker or podman",
    .params = docker_build_parts::params,
    .columns = docker_build_parts::columns,
    .course = docker_build_parts::build_course,
};

}  // namespace cef::tasks
