// cef package: packages on each host, there or not there.
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

namespace {

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> words) {
  return std::ranges::find(words, word) != words.end();
}

// apt-get would take an option for one, `NAME-` for the wish to remove it, and a path for a file of the host.
bool is_package(std::string_view word) {
  const std::string_view name = word.substr(0, word.find('='));
  const auto fits = [](unsigned char c) {
    return std::islower(c) || std::isdigit(c) || c == '+' || c == '-' || c == '.' || c == ':';
  };
  return !name.empty() && std::isalnum(static_cast<unsigned char>(name.front())) && !name.ends_with('-') &&
         std::ranges::all_of(name, fits) && !word.ends_with('=');
}

Error usage(std::string message) {
  return {Code::usage, std::move(message), "cef package install|remove|purge NAME[=VERSION]... SELECTOR..."};
}

int run(const Verb& verb, Context& context) {
  std::vector<std::string> names = context.operands;
  if (names.empty()) return complain(usage("what is to be done with which package?"));
  const std::string action = names.front();
  names.erase(names.begin());
  if (!is_one_of(action, {"install", "remove", "purge"}))
    return complain(usage(fmt::format("'{}' is not install, remove or purge", action)));
  if (names.empty()) return complain(usage(fmt::format("which packages are to {}?", action)));
  for (const std::string& name : names) {
    if (!is_package(name)) return complain(usage(fmt::format("'{}' is no name of a package", name)));
    if (action != "install" && name.find('=') != std::string::npos)
      return complain(usage(fmt::format("'{}': a version has no meaning for {}", name, action)));
  }
  Value params = params_of(context.arguments, verb.options);
  params["state"] = action;
  params["name"] = names;
  return execute_task(verb, context, {tasks::package, std::move(params), Milliseconds(3'600'000)});
}

}  // namespace

Verb package_verb() {
  return {
      .name = "package",
      .summary = std::string(tasks::package.summary),
      .usage = "install|remove|purge NAME[=VERSION]... SELECTOR... [options]",
      .details =
          "What is installed already stays at its version, unless another one is asked for: upgrade is for the rest. "
          "Locks, configuration files and interrupted work are treated as upgrade does. By sudo, unless root logs in. "
          "Default --timeout: 1h.",
      .examples = {"cef package install chrony jq group=rpi", "cef package install jq=1.6-2.1 host=w01 -C",
                   "cef package purge nano group=all"},
      .options = options_of(tasks::package, {"no-update", "lock-wait"}),
      .columns = tasks::package.columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
