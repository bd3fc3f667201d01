// cef docker: images and containers of each host.
#include "images/build.hpp"
#include "past/repeat.hpp"
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace cef::cli {

namespace {

// The first operand: what it takes, and which of the verb's own options mean something to it.
struct Word {
  std::string_view name;
  std::string_view takes;  // `NAME`, `NAME...`, or nothing
  std::vector<std::string_view> options;
};

const std::vector<Word>& words() {
  static const std::vector<Word> list{
      {"install", "", {"script", "member", "no-update", "lock-wait", "check"}},
      {"build",
       "",
       {"context", "push-context", "tag", "file", "build-arg", "network", "pull", "no-cache", "once-per-arch", "stream",
        "check"}},
      {"images", "", {}},
      {"ps", "", {"all"}},
      {"run",
       "IMAGE",
       {"detach", "rm", "name", "restart", "gpus", "network", "env", "volume", "publish", "stream", "check"}},
      {"logs", "NAME", {"follow", "tail", "stream"}},
      {"stop", "NAME...", {"check"}},
      {"rm", "NAME...", {"force", "check"}},
      {"prune", "", {"all", "check"}}};
  return list;
}

Error usage(std::string message) { return {Code::usage, std::move(message), "cef docker --help lists what there is"}; }

Result<void> check_word(const Word& word, const Context& context) {
  for (const auto& [name, value] : context.arguments.given())
    if (std::ranges::find(word.options, name) == word.options.end())
      return Unexpected(usage(fmt::format("--{} has no meaning for docker {}", name, word.name)));
  const std::size_t given = context.operands.size() - 1;
  if (!word.takes.empty() && given == 0)
    return Unexpected(usage(fmt::format("docker {} wants {}", word.name, word.takes)));
  const std::size_t most = word.takes.empty() ? 0 : word.takes.ends_with("...") ? given : 1;
  if (given > most)
    return Unexpected(usage(fmt::format("docker {} has no use for '{}'", word.name, context.operands[most + 1])));
  if (!context.command.empty() && word.name != "run")
    return Unexpected(usage(fmt::format("docker {} takes no command after --", word.name)));
  return {};
}

Columns columns_of(std::string_view word, const Columns& otherwise) {
  const auto left = [](const char* name, const char* path, const char* help) {
    return Column{name, path, Unit::none, Align::left, help};
  };
  if (word == "images")
    return {left("tags", "data.images.*.tags", "names of the image"),
            {"size", "data.images.*.size_bytes", Unit::bytes, Align::right, "of it"},
            left("arch", "data.images.*.arch", "what it runs on"),
            left("created", "data.images.*.created", "when"),
            {"id", "data.images.*.id", Unit::none, Align::left, "its id", true}};
  if (word == "stop" || word == "rm")
    return {left("container", "data.containers.*.name", "its name"), left("was", "data.containers.*.was", "before")};
  if (word == "prune")
    return {{"removed", "data.removed", Unit::none, Align::right, "how many things"},
            {"room", "data.reclaimed_bytes", Unit::bytes, Align::right, "that is free now"}};
  if (word == "run" || word == "logs")
    return {{"rc", "data.rc", Unit::none, Align::right, "exit status"},
            left("container", "data.container", "of --detach"),
            {"stdout", "data.stdout", Unit::none, Align::left, "what it said", true},
            {"stderr", "data.stderr", Unit::none, Align::left, "and on standard error", true}};
  return otherwise;
}

bool is_url(std::string_view text) { return text.starts_with("http://") || text.starts_with("https://"); }

// A local script is sent; that of a URL is fetched by the host.
Result<void> add_script(Context& context, Value& params) {
  const auto script = context.arguments.text("script");
  if (!script) return {};
  if (is_url(*script)) {
    params["url"] = *script;
    return {};
  }
  const auto text = read_kept(context, *script);
  if (!text) return Unexpected(as_usage(text.error()));
  if (text->empty()) return Unexpected(usage(fmt::format("--script: {} is empty", *script)));
  params["script_text"] = *text;
  return {};
}

int run_install(const Verb& verb, Context& context, Value params) {
  if (const auto added = add_script(context, params); !added) return complain(added.error());
  Verb shown = verb;
  shown.columns = tasks::docker_install.columns();
  return execute_task(shown, context, {tasks::docker_install, std::move(params), Milliseconds(3'600'000)});
}

int run(const Verb& verb, Context& context) {
  std::vector<std::string_view> names;
  for (const Word& word : words()) names.push_back(word.name);
  if (context.operands.empty())
    return complain(usage(fmt::format("what about docker? it has {}", fmt::join(names, ", "))));
  const auto word = std::ranges::find(words(), context.operands.front(), &Word::name);
  if (word == words().end())
    return complain(
        usage(fmt::format("docker does not know '{}': it has {}", context.operands.front(), fmt::join(names, ", "))));
  if (const auto fits = check_word(*word, context); !fits) return complain(fits.error());
  Value params = params_of(context.arguments, verb.options);
  if (word->name == "install") return run_install(verb, context, std::move(params));
  if (word->name == "build") return build_image(verb, context, std::move(params));
  params["action"] = std::string(word->name);
  params["names"] = std::vector<std::string>(context.operands.begin() + 1, context.operands.end());
  params["command"] = context.command;
  Verb shown = verb;
  shown.columns = columns_of(word->name, tasks::docker.columns());
  const bool speaks = word->name == "run" || word->name == "logs";
  const bool follows = context.arguments.has("follow");
  TaskCall call{tasks::docker, std::move(params), speaks ? Milliseconds(0) : Milliseconds(600'000)};
  if (speaks) {
    call.output_field = "stdout";
    call.live = true;
    call.always_live = follows || context.arguments.has("stream");
  }
  return execute_task(shown, context, std::move(call));
}

// Those of all three tasks, each once.
std::vector<Param> options() {
  std::vector<Param> all;
  const auto add = [&](const tasks::Task& task) {
    for (const Param& param : task.params)
      if (param.name != "action" && param.name != "names" && param.name != "command" &&
          std::ranges::find(all, param.name, &Param::name) == all.end())
        all.push_back(param);
  };
  add(tasks::docker);
  add(tasks::docker_build);
  add(tasks::docker_install);
  all.push_back({.name = "push-context",
                 .value = "DIR",
                 .help = "build: send this folder first, without what its .dockerignore names; --context is where to",
                 .kind = Param::Kind::path});
  all.push_back({.name = "once-per-arch",
                 .help = "build: on one host of each architecture; the others are handed the image",
                 .kind = Param::Kind::flag});
  all.push_back(
      {.name = "stream", .help = "build, run, logs: what each host says, as it comes", .kind = Param::Kind::flag});
  all.push_back(check_option);
  return all;
}

}  // namespace

Verb docker_verb() {
  return {
      .name = "docker",
      .summary = "docker on each host: install it, build, and what its own words do",
      .usage =
          "install|build|images|ps|run IMAGE|logs NAME|stop NAME...|rm NAME...|prune SELECTOR... [options] [-- "
          "COMMAND]",
      .details =
          "As the user who logs in where that user may use docker, else by sudo. podman is used where there is no "
          "docker. install takes the distribution's package, or --script, and runs a container to prove it; its --user "
          "is who may use docker, and -u who logs in. build goes "
          "on when the link is gone or cef is interrupted; the same command again follows the build that runs. Its "
          "context "
          "is a folder there, or with --push-context one here. Default "
          "--timeout: 12h for build, 1h for install, none for run and logs, 10m else.",
      .examples = {"cef docker install group=rpi --user edge",
                   "cef docker build --context '~/run/aihub_model' --tag aihub:1 group=rpi",
                   "cef docker build --push-context ./app --tag app:1 --once-per-arch group=rpi",
                   "cef docker images group=rpi --fold",
                   "cef docker run aihub:1 group=rpi --detach --name aihub --restart unless-stopped --publish 8080:80",
                   "cef docker logs aihub group=rpi --follow", "cef docker run busybox host=w01 --rm -- echo hello"},
      .options = options(),
      .columns = tasks::docker.columns(),
      .run = run,
      .hears_command = true,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
