// cef service: services on each host, by systemd or else by their init scripts.
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/core/param.hpp>
#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

namespace {

constexpr std::string_view actions[] = {"start", "stop", "restart", "reload", "enable", "disable", "status"};

bool is_service(std::string_view word) {
  const auto fits = [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '.' || c == '@' || c == ':';
  };
  return !word.empty() && !word.starts_with('-') && !word.starts_with('.') && std::ranges::all_of(word, fits);
}

Error usage(std::string message) {
  return {Code::usage, std::move(message),
          "cef service start|stop|restart|reload|enable|disable|status NAME... SELECTOR..."};
}

int run(const Verb& verb, Context& context) {
  std::vector<std::string> names = context.operands;
  if (names.empty()) return complain(usage("what is to be done with which service?"));
  const std::string action = names.front();
  names.erase(names.begin());
  if (std::ranges::find(actions, action) == std::end(actions))
    return complain(usage(fmt::format("there is no action '{}'", action)));
  if (names.empty()) return complain(usage(fmt::format("which services are to {}?", action)));
  for (const std::string& name : names)
    if (!is_service(name)) return complain(usage(fmt::format("'{}' is no name of a service", name)));
  Value params{{"action", action}, {"name", names}};
  return execute_task(verb, context, {tasks::service, std::move(params), Milliseconds(300'000)});
}

}  // namespace

Verb service_verb() {
  return {
      .name = "service",
      .summary = std::string(tasks::service.summary),
      .usage = "start|stop|restart|reload|enable|disable|status NAME... SELECTOR... [options]",
      .details =
          "By systemd where that runs the host, else by /etc/init.d. A service that runs is not started again, and one "
          "that is enabled not enabled again; restart and reload always do so. One that does not run after a start is "
          "a failure. By sudo, unless root logs in. Default --timeout: 5m.",
      .examples = {"cef service status ssh chrony group=all", "cef service restart chrony group=rpi --serial 1",
                   "cef service enable chrony host=w01 -C"},
      .options = options_of(tasks::service, {}),
      .columns = tasks::service.columns(),
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
