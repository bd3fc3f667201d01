// What a host's docker or podman has, and what is done with it: images, containers, what they say, and room.
#include "docker.hpp"

#include "apt.hpp"

#include <cef/core/text.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::tasks {

namespace docker_parts {
namespace {

using apt::Answer;
using engines::Engine;
using engines::text_of;

// A line a thing, its fields parted by tabs. Sizes are bytes: `docker images` rounds them.
constexpr const char* images_script = R"sh(
say list
ids=$("$engine" images -q --no-trunc | sort -u)
[ -z "$ids" ] || "$engine" image inspect --format \
  '{{.Id}}{{"\t"}}{{.Size}}{{"\t"}}{{.Created}}{{"\t"}}{{.Architecture}}{{"\t"}}{{range .RepoTags}}{{.}} {{end}}' $ids
say status $?
say end
)sh";

// $1 `all` or nothing.
constexpr const char* ps_script = R"sh(
say list
"$engine" ps ${1:+--all} --no-trunc --format \
  '{{.ID}}{{"\t"}}{{.Names}}{{"\t"}}{{.Image}}{{"\t"}}{{.State}}{{"\t"}}{{.Status}}{{"\t"}}{{.Ports}}{{"\t"}}{{.CreatedAt}}'
say status $?
say end
)sh";

// Whatever docker's words are; what it says on standard error stands apart.
constexpr const char* plain_script = R"sh(
exec "$engine" "$@" </dev/null
)sh";

// $1 `stop` or `rm`, `force` or nothing, then names. Those that are so already are left out, so that it may be said
// twice.
constexpr const char* ending_script = R"sh(
action=$1 force=$2
shift 2
for name in "$@"; do
  state=$("$engine" container inspect --format '{{.State.Status}}' "$name" 2>/dev/null) || state=missing
  case $action:$state in
    stop:running | stop:paused | stop:restarting) needed=yes ;;
    stop:missing) say thing "$name missing 1" && continue ;;
    stop:* | rm:missing) needed= ;;
    rm:*) needed=yes ;;
  esac
  status=0
  if [ -n "$needed" ]; then
    said=$("$engine" "$action" ${force:+--force} "$name" 2>&1 </dev/null)
    status=$?
  fi
  say thing "$name $state $status ${needed:-no}"
  [ "$status" -eq 0 ] || printf '%s\n' "$said"
done
say end
)sh";

using Kind = Param::Kind;
constexpr Param all_params[] = {
    {.name = "action",
     .value = "ACTION",
     .help = "what is done:",
     .kind = Kind::choice,
     .choices = "images,ps,run,logs,stop,rm,prune,tag"},
    {.name = "names",
     .value = "NAME,...",
     .help = "of containers; of run, the image; of tag, the image and its name",
     .kind = Kind::list},
    {.name = "command", .value = "WORD,...", .help = "run: what runs in it", .kind = Kind::list},
    {.name = "all", .help = "ps: also those that have ended; prune: also images that nothing uses", .kind = Kind::flag},
    {.name = "force", .help = "rm: also those that run", .kind = Kind::flag},
    {.name = "detach", .help = "run: it goes on by itself", .kind = Kind::flag},
    {.name = "rm", .help = "run: it is removed when it has ended", .kind = Kind::flag},
    {.name = "name", .value = "NAME", .help = "run: of the container"},
    {.name = "restart", .value = "POLICY", .help = "run: no, always, unless-stopped, on-failure:N"},
    {.name = "gpus", .value = "WHICH", .help = "run: all, or as docker has it"},
    {.name = "network", .value = "MODE", .help = "run: host, none, a network's name; of a build, for its RUN lines"},
    {.name = "env", .value = "K=V,...", .help = "run: may be repeated", .kind = Kind::list},
    {.name = "volume", .value = "A:B,...", .help = "run: may be repeated", .kind = Kind::list},
    {.name = "publish", .value = "A:B,...", .help = "run: may be repeated", .kind = Kind::list},
    {.name = "follow", .help = "logs: until it ends", .kind = Kind::flag},
    {.name = "tail", .value = "N", .help = "logs: the last lines", .kind = Kind::number}};

Columns columns_of_docker() {
  return {{"container", "data.containers.*.name", Unit::none, Align::left, "its name"},
          {"image", "data.containers.*.image", Unit::none, Align::left, "what it was made of"},
          {"state", "data.containers.*.state", Unit::none, Align::left, "running, exited, ..."},
          {"status", "data.containers.*.status", Unit::none, Align::left, "for how long"}};
}

std::vector<std::string> texts(const Value& params, const char* name) {
  std::vector<std::string> list;
  if (const auto found = params.find(name); found != params.end() && found->is_array())
    for (const Value& each : *found) list.push_back(each.get<std::string>());
  return list;
}

std::vector<std::string> run_words(const Value& params) {
  std::vector<std::string> words{"run"};
  for (const char* flag : {"detach", "rm"})
    if (params.value(flag, false)) words.push_back(fmt::format("--{}", flag));
  for (const char* option : {"name", "restart", "gpus", "network"})
    if (const auto value = text_of(params, option); !value.empty())
      words.insert(words.end(), {fmt::format("--{}", option), value});
  for (const char* option : {"env", "volume", "publish"})
    for (const std::string& value : texts(params, option))
      words.insert(words.end(), {fmt::format("--{}", option), value});
  for (const char* rest : {"names", "command"})
    for (const std::string& word : texts(params, rest)) words.push_back(word);
  return words;
}

Step step_for(const Engine& engine, const std::optional<std::string>& as, const Value& params) {
  const std::string action = text_of(params, "action");
  const auto names = texts(params, "names");
  if (action == "images") return engines::script(engine, as, images_script, {});
  if (action == "ps") return engines::script(engine, as, ps_script, {params.value("all", false) ? "all" : ""});
  if (action == "run") {
    Step step = engines::script(engine, as, plain_script, run_words(params));
    step.streams = true;
    return step;
  }
  if (action == "logs") {
    std::vector<std::string> words{"logs"};
    if (params.contains("tail") && params["tail"].is_number())
      words.insert(words.end(), {"--tail", std::to_string(params["tail"].get<std::int64_t>())});
    if (params.value("follow", false)) words.emplace_back("--follow");
    words.insert(words.end(), names.begin(), names.end());
    Step step = engines::script(engine, as, plain_script, std::move(words));
    step.streams = true;
    return step;
  }
  if (action == "tag") {
    std::vector<std::string> words{"tag"};
    words.insert(words.end(), names.begin(), names.end());
    return engines::script(engine, as, plain_script, std::move(words));
  }
  if (action == "prune") {
    std::vector<std::string> words{"system", "prune", "--force"};
    if (params.value("all", false)) words.emplace_back("--all");
    return engines::script(engine, as, plain_script, std::move(words));
  }
  std::vector<std::string> words{action, action == "rm" && params.value("force", false) ? "force" : ""};
  words.insert(words.end(), names.begin(), names.end());
  return engines::script(engine, as, ending_script, std::move(words));
}

std::vector<std::string_view> fields_of(std::string_view line) {
  std::vector<std::string_view> fields;
  for (;;) {
    const auto tab = line.find('\t');
    fields.push_back(line.substr(0, tab));
    if (tab == std::string_view::npos) return fields;
    line.remove_prefix(tab + 1);
  }
}

template <class Each>
void for_each_line(std::string_view text, Each each) {
  while (!text.empty()) {
    const std::string_view line = first_line(text);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
    if (!line.empty()) each(line);
  }
}

Error docker_failed(const StepResult& ran) {
  std::string_view words = trim(ran.err.empty() ? ran.out : ran.err);
  // docker's last line says to read its help.
  std::string why;
  for_each_line(words, [&](std::string_view line) {
    if (!line.starts_with("See '") && !line.starts_with("Unable to find image")) why = cut(line, 300);
  });
  return {Code::command_failed, why.empty() ? fmt::format("docker ended with status {}", ran.status) : why, ""};
}

// podman writes `2026-11-27 14:05:47.169 +0000 UTC` for what docker writes as RFC 3339 has it.
std::string rfc3339(std::string_view time) {
  std::string text(time);
  if (!time.ends_with(" +0000 UTC") || text.size() < 11) return text;
  text.resize(text.size() - 10);
  text[10] = 'T';
  return text + 'Z';
}

void read_images(const Answer& answer, Value& data) {
  data["images"] = Value::array();
  for_each_line(answer.text("list"), [&](std::string_view line) {
    const auto fields = fields_of(line);
    if (fields.size() != 5) return;
    Value tags = Value::array();
    std::string_view rest = trim(fields[4]);
    while (!rest.empty()) {
      const auto end = std::min(rest.find(' '), rest.size());
      tags.push_back(std::string(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    data["images"].push_back({{"id", std::string(fields[0])},
                              {"tags", std::move(tags)},
                              {"size_bytes", apt::to_number(fields[1])},
                              {"created", rfc3339(fields[2])},
                              {"arch", std::string(fields[3])}});
  });
}

void read_containers(const Answer& answer, Value& data) {
  data["containers"] = Value::array();
  for_each_line(answer.text("list"), [&](std::string_view line) {
    const auto fields = fields_of(line);
    if (fields.size() != 7) return;
    constexpr const char* names[] = {"id", "name", "image", "state", "status", "ports", "created"};
    Value one;
    for (std::size_t i = 0; i < fields.size(); ++i) one[names[i]] = std::string(fields[i]);
    data["containers"].push_back(std::move(one));
  });
}

void read_endings(const StepResult& ran, std::string_view action, Verdict& verdict) {
  verdict.data["containers"] = Value::array();
  for_each_line(ran.out, [&](std::string_view line) {
    if (!line.starts_with("=cef thing ")) {
      if (!line.starts_with("=cef ") && !verdict.error) verdict.error = Error{Code::command_failed, cut(line, 300), ""};
      return;
    }
    line.remove_prefix(11);
    std::vector<std::string> words;
    while (!line.empty()) {
      const auto end = std::min(line.find(' '), line.size());
      words.emplace_back(line.substr(0, end));
      line.remove_prefix(std::min(end + 1, line.size()));
    }
    if (words.size() < 3) return;
    const bool is_missing = words[1] == "missing", is_done = words[2] == "0";
    if (action == "stop" && is_missing && !verdict.error)
      verdict.error = Error{Code::command_failed, fmt::format("there is no container {}", words[0]),
                            "cef docker ps --all lists what there is"};
    const bool changed = is_done && words.size() > 3 && words[3] == "yes";
    if (changed) verdict.status = Status::changed;
    verdict.data["containers"].push_back({{"name", words[0]}, {"was", words[1]}, {"changed", changed}});
  });
}

void read_prune(const StepResult& ran, Verdict& verdict) {
  constexpr std::string_view total = "Total reclaimed space: ";
  verdict.data["reclaimed_bytes"] = nullptr;
  std::int64_t removed = 0;
  for_each_line(ran.out, [&](std::string_view line) {
    if (line.starts_with(total)) {
      if (const auto bytes = engines::parse_docker_size(line.substr(total.size())))
        verdict.data["reclaimed_bytes"] = *bytes;
    } else if (!line.ends_with(':')) {
      ++removed;
    }
  });
  verdict.data["removed"] = removed;
  if (removed > 0) verdict.status = Status::changed;
}

void judge(const StepResult& ran, const Value& params, Verdict& verdict) {
  const std::string action = text_of(params, "action");
  if (ran.error) {
    verdict.error = ran.error;
    return;
  }
  const Answer answer(ran.out);
  if (action == "images" || action == "ps") {
    if (action == "images") read_images(answer, verdict.data);
    if (action == "ps") read_containers(answer, verdict.data);
    if (answer.rest("status") != "0") verdict.error = docker_failed(ran);
    return;
  }
  if (action == "stop" || action == "rm") return read_endings(ran, action, verdict);
  if (action == "run" || action == "logs") {
    verdict.data["rc"] = ran.status;
    verdict.data["stdout"] = ran.out;
    verdict.data["stderr"] = ran.err;
    if (action == "run" && params.value("detach", false) && ran.status == 0)
      verdict.data["container"] = std::string(trim(ran.out));
  }
  if ((action == "run" || action == "tag") && ran.status == 0) verdict.status = Status::changed;
  if (ran.status != 0) verdict.error = docker_failed(ran);
  if (action == "prune" && ran.status == 0) read_prune(ran, verdict);
}

bool changes_something(std::string_view action) { return action != "images" && action != "ps" && action != "logs"; }

Course docker_course(Arguments arguments) {
  engines::Search search(arguments.become);
  while (auto step = search.next()) {
    const StepResult heard = co_yield std::move(*step);
    search.hear(heard);
  }
  const Engine& engine = search.engine();
  Verdict verdict;
  verdict.data["engine"] = engine.name;
  verdict.error = engine.error;
  if (verdict.error) co_return verdict;
  if (arguments.check && changes_something(text_of(arguments.params, "action"))) {
    verdict.status = Status::changed;
    co_return verdict;
  }
  Step step = step_for(engine, search.as(), arguments.params);
  const StepResult ran = co_yield std::move(step);
  judge(ran, arguments.params, verdict);
  co_return verdict;
}

}  // namespace
}  // namespace docker_parts

constinit const Task docker{
    .name = "docker",
    .summary = "images and containers of a host, by docker or podman",
    .params = docker_parts::all_params,
    .columns = docker_parts::columns_of_docker,
    .course = docker_parts::docker_course,
};

}  // namespace cef::tasks
