// cef ssh: the system's ssh on one host of the inventory, in cef's place: the terminal and the exit status are its own.
#include "run/login.hpp"
#include "run/select.hpp"
#include "run/ssh_command.hpp"
#include "verbs.hpp"

#include <cef/core/file.hpp>
#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace cef::cli {

namespace {

constexpr const char* usual_example = "as in: cef ssh w01, or cef ssh w01 -- COMMAND";

SshConfigFile config_file(const inventory::Settings& own, const Options& options) {
  const auto file = own.ssh_config ? own.ssh_config : options.text("ssh-config");
  if (!file || *file == "none") return file;
  return expand_user(*file).string();
}

Result<std::vector<std::string>> command_for(const Context& context) {
  const auto inventory = load_inventory(context.options, warn);
  if (!inventory) return Unexpected(inventory.error());
  const auto hosts = select_hosts(*inventory, context.selectors, context.options);
  if (!hosts) return Unexpected(hosts.error());
  if (hosts->size() != 1) {
    std::vector<std::string> names;
    for (const std::size_t index : *hosts) names.push_back(inventory->hosts()[index].name);
    return Unexpected(Error{Code::usage,
                            fmt::format("ssh is for one host, not {}: {}", names.size(), inventory::fold(names)),
                            "cef exec runs a command on many"});
  }
  const inventory::Host& host = inventory->hosts()[hosts->front()];
  if (host.settings.local)
    return Unexpected(
        Error{Code::usage, fmt::format("{} is this machine itself (local: true): there is no login", host.name), ""});
  const auto login = login_of(context.options);
  if (!login) return Unexpected(login.error());
  auto targets = fleet::Targets::make(*inventory, *login, warn);
  if (!targets) return Unexpected(targets.error());
  const auto route = targets->to(host);
  if (!route)
    return Unexpected(Error{Code::usage, fmt::format("{}: {}", host.name, route.error().message), route.error().hint});
  auto words = ssh_command(route->target, host.settings.address, config_file(host.settings, context.options));
  const auto timeout = std::max<Milliseconds::rep>(1, route->connect_timeout.count() / 1000);
  std::vector<std::string> more{fmt::format("-oConnectTimeout={}", timeout)};
  more.insert(more.end(), static_cast<std::size_t>(context.verbosity()), "-v");
  // A command that needs a terminal gets one where there is one.
  if (!context.command.empty() && context.terminal.out && ::isatty(STDIN_FILENO) == 1) more.emplace_back("-t");
  words.insert(words.begin() + 1, more.begin(), more.end());
  words.insert(words.end(), context.command.begin(), context.command.end());
  return words;
}

int run(const Verb&, Context& context) {
  if (!chooses_any(context.selectors, context.options)) return complain({Code::usage, "which host?", usual_example});
  auto words = command_for(context);
  if (!words) return complain(words.error());
  std::vector<char*> argv;
  for (std::string& word : *words) argv.push_back(word.data());
  argv.push_back(nullptr);
  ::execvp(argv[0], argv.data());
  return complain({Code::io_failed, fmt::format("cannot run ssh: {}", std::strerror(errno)),
                   "it is in the package openssh-client"});
}

}  // namespace

Verb ssh_verb() {
  return {
      .name = "ssh",
      .summary = "log in to one host by the system's ssh, as cef would: address, port, user, keys, jump hosts",
      .usage = "HOST [options] [-- COMMAND...]",
      .details =
          "ssh takes cef's place: the terminal is its own, and the exit status that of ssh, or of the command. Host "
          "keys are looked for in the same files. What cef does not know, such as ForwardAgent, ssh takes from its "
          "configuration. A password is asked for by ssh. With a command and a terminal, -t is given. For other tools: "
          "cef hosts --format ssh-config.",
      .examples = {"cef ssh w01", "cef ssh w01 -- htop", "cef ssh rpi6401 -u root"},
      .run = run,
      .hears_command = true,
  };
}

}  // namespace cef::cli
