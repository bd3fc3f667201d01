// An image from one host to another, a step at a time: what of it a host has, the rest as a file, and out of that file.
#include "apt.hpp"
#include "docker.hpp"

#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace cef::tasks {

namespace docker_copy_parts {
namespace {

using apt::Answer;
using engines::Engine;
using engines::text_of;

// $1 the image's id or nothing, $2 its tag. What each image here is made of, from its lowest layer on.
constexpr const char* look_script = R"sh(
if [ "$engine" = docker ]; then
  say platform "$("$engine" version --format '{{.Server.Os}}/{{.Server.Arch}}' 2>/dev/null)"
else
  say platform "$("$engine" version --format '{{.Client.OsArch}}' 2>/dev/null)"
fi
say tagged "$("$engine" image inspect --format '{{.Id}}' "$2" 2>/dev/null)"
say list
ids=$("$engine" images -q --no-trunc | sort -u)
[ -z "$ids" ] || "$engine" image inspect --format '{{.Id}} {{.Size}}{{range .RootFS.Layers}} {{.}}{{end}}' $ids
say end
)sh";

// $1 the image's id, $2 how many of its lowest layers are left out: in the archive their files are missing, which
// docker does not miss where it has them. One file may be several layers. Links are to files that might be left out.
constexpr const char* save_script = R"sh(
image=$1 skip=$2
umask 077
name=.cef-image.$(printf %.12s "${image#sha256:}").$skip.tar.gz
file=$HOME/$name
dir=$(mktemp -d "$HOME/.cef-image.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM
failed() { say failed "$(head -n 1 "$dir/said")"; exit 0; }
pack() { gzip -1 >"$dir/packed" 2>>"$dir/said" && [ ! -e "$dir/bad" ]; }
if [ "$skip" -gt 0 ]; then
  mkdir "$dir/image"
  { "$engine" save "$image" 2>>"$dir/said" || : >"$dir/bad"; } | tar -xf - -C "$dir/image" 2>>"$dir/said" || failed
  [ ! -e "$dir/bad" ] || failed
  layers=$(tr -d '\n' <"$dir/image/manifest.json" | sed 's/.*"Layers":\[\([^]]*\)\].*/\1/' | tr -d '"' | tr ',' ' ')
  [ -z "$(find "$dir/image" -type l)" ] || skip=0
  n=0 kept=
  for layer in $layers; do
    n=$((n + 1))
    [ "$n" -le "$skip" ] || kept="$kept $layer"
  done
  n=0
  for layer in $layers; do
    n=$((n + 1))
    case "$kept " in *" $layer "*) continue ;; esac
    [ "$n" -gt "$skip" ] || rm -f "$dir/image/$layer"
  done
  { tar -cf - -C "$dir/image" . 2>>"$dir/said" || : >"$dir/bad"; } | pack || failed
else
  { "$engine" save "$image" 2>>"$dir/said" || : >"$dir/bad"; } | pack || failed
fi
mv -f "$dir/packed" "$file" || exit 1
say file "$file"
say bytes $(wc -c <"$file")
say end
)sh";

// $1 the image's id, $2 its tag, $3 the archive, or nothing where the image is there.
constexpr const char* load_script = R"sh(
image=$1 tag=$2 file=$3
if ! "$engine" image inspect "$image" >/dev/null 2>&1; then
  said=$("$engine" load -i "$file" 2>&1 </dev/null)
  status=$?
  "$engine" image inspect "$image" >/dev/null 2>&1 || { say failed "$status $said"; exit 0; }
fi
said=$("$engine" tag "$image" "$tag" 2>&1) || { say failed "$? $said"; exit 0; }
say image "$("$engine" image inspect --format '{{.Id}} {{.Size}}' "$tag" 2>&1)"
say end
)sh";

// $1 the file.
constexpr const char* drop_script = R"sh(
rm -f "$1"
say end
)sh";

using Kind = Param::Kind;
constexpr Param params[] = {
    {.name = "action",
     .value = "ACTION",
     .help = "what is done:",
     .kind = Kind::choice,
     .choices = "look,save,load,drop"},
    {.name = "image", .value = "ID", .help = "of the image; look: may be none"},
    {.name = "tag", .value = "NAME:TAG", .help = "look, load: its name"},
    {.name = "layers", .value = "ID,...", .help = "look: of the image, from the lowest on", .kind = Kind::list},
    {.name = "skip", .value = "N", .help = "save: layers that are left out, from the lowest on", .kind = Kind::number},
    {.name = "path", .value = "FILE", .help = "load, drop: what save has made"}};

Columns columns() {
  return {{"image", "data.image_id", Unit::none, Align::left, "its id"},
          {"tag", "data.tag", Unit::none, Align::left, "its name"}};
}

// podman writes the same id without it.
std::string_view bare(std::string_view id) { return id.starts_with("sha256:") ? id.substr(7) : id; }

// `platform` of arm is of several kinds, which the processor tells apart.
void read_look(const Answer& answer, const Engine& engine, const Value& given, Value& data) {
  const std::string image = text_of(given, "image");
  const Value wanted = given.value("layers", Value::array());
  data["platform"] = fmt::format("{} {}", answer.rest("platform"), engine.arch);
  data["is_tagged"] = !image.empty() && bare(answer.rest("tagged")) == bare(image);
  data["has_image"] = false;
  std::size_t shared = 0;
  std::istringstream lines{std::string(answer.text("list"))};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string id, layer;
    std::int64_t size = 0;
    words >> id >> size;
    Value layers = Value::array();
    while (words >> layer) layers.push_back(layer);
    const auto there = std::mismatch(wanted.begin(), wanted.end(), layers.begin(), layers.end()).first;
    shared = std::max(shared, static_cast<std::size_t>(there - wanted.begin()));
    if (image.empty() || bare(id) != bare(image)) continue;
    data["has_image"] = true;
    data["size_bytes"] = size;
    data["layers"] = std::move(layers);
  }
  // Only docker takes an archive that is not whole.
  data["shared"] = engine.name == "docker" ? shared : 0;
}

void judge(const StepResult& ran, const Engine& engine, const Value& given, Verdict& verdict) {
  verdict.error = ran.error;
  if (verdict.error) return;
  const Answer answer(ran.out);
  const std::string action = text_of(given, "action"), image = text_of(given, "image");
  const std::string failed = cut(std::string(answer.rest("failed")), 300);
  if (!answer.find("end")) {
    const bool is_full = engines::has(lower(failed), "no space left");
    verdict.error = Error{is_full ? Code::disk_full : Code::command_failed,
                          fmt::format("{} cannot {} the image: {}", engine.name, action,
                                      failed.empty() ? cut(std::string(first_line(trim(ran.err))), 300) : failed),
                          ""};
    return;
  }
  if (action == "look") read_look(answer, engine, given, verdict.data);
  if (action == "save") {
    verdict.data["path"] = std::string(answer.rest("file"));
    verdict.data["bytes"] = apt::to_number(answer.rest("bytes"));
  }
  if (action != "load") return;
  std::istringstream words{std::string(answer.rest("image"))};
  std::string id;
  std::int64_t size = 0;
  words >> id >> size;
  verdict.status = Status::changed;
  verdict.data["image_id"] = id;
  verdict.data["tag"] = text_of(given, "tag");
  verdict.data["size_bytes"] = size;
  if (bare(id) != bare(image))
    verdict.error =
        Error{Code::command_failed, fmt::format("{} is {} there, and not {}", text_of(given, "tag"), id, image), ""};
}

Step step_for(const Engine& engine, const std::optional<std::string>& as, const Value& given) {
  const std::string action = text_of(given, "action"), image = text_of(given, "image"), tag = text_of(given, "tag"),
                    path = text_of(given, "path");
  if (action == "look") {
    Step step = engines::script(engine, as, look_script, {image, tag});
    step.only_looks = true;
    return step;
  }
  if (action == "drop") {
    Step step = engines::script(engine, as, drop_script, {path});
    step.only_looks = true;  // twice is as good as once
    return step;
  }
  const bool saves = action == "save";
  const std::string skip = std::to_string(given.value("skip", std::int64_t{0}));
  Step step = saves ? engines::script(engine, as, save_script, {image, skip})
                    : engines::script(engine, as, load_script, {image, tag, path});
  step.outlives_link = true;
  step.rejoins = fmt::format("image-{}:{}:{}", action, bare(image).substr(0, 12), saves ? skip : tag);
  return step;
}

Course course(Arguments arguments) {
  engines::Search search(arguments.become);
  while (auto step = search.next()) {
    const StepResult heard = co_yield std::move(*step);
    search.hear(heard);
  }
  const Engine& engine = search.engine();
  Verdict verdict;
  verdict.error = engine.error;
  if (verdict.error) co_return verdict;
  verdict.data["becomes"] = search.as().has_value();
  Step step = step_for(engine, search.as(), arguments.params);
  const StepResult ran = co_yield std::move(step);
  judge(ran, engine, arguments.params, verdict);
  co_return verdict;
}

}  // namespace
}  // namespace docker_copy_parts

constinit const Task docker_copy{
    .name = "docker_copy",
    .summary = "an image from one host to another, by docker or podman",
    .params = docker_copy_parts::params,
    .columns = docker_copy_parts::columns,
    .course = docker_copy_parts::course,
};

}  // namespace cef::tasks
