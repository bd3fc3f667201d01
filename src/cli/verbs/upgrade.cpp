// cef upgrade: newer packages on each host, without a question and without a half configured one left behind.
#include "run/jump_order.hpp"
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

// Two hours: a Raspberry Pi with a slow card takes most of one for a point release.
constexpr Milliseconds usual_time{7'200'000};

// Before anything is done, and not when the packages are there and only the reboot is left.
Result<void> arrange_reboots(Prepared& prepared) {
  for (const runner::Job& job : prepared.jobs)
    if (job.local)
      return Unexpected(Error{Code::usage,
                              fmt::format("{} is the machine that cef runs on: upgrade does not reboot it", job.host),
                              "leave it out, or leave --reboot out and reboot it by hand"});
  put_in_jump_order(prepared);
  return {};
}

int run(const Verb& verb, Context& context) {
  TaskCall call{tasks::upgrade, params_of(context.arguments, tasks::upgrade.params), usual_time};
  if (call.params["reboot"] != "never") call.arrange = arrange_reboots;
  return execute_task(verb, context, std::move(call));
}

}  // namespace

Verb upgrade_verb() {
  return {
      .name = "upgrade",
      .summary = std::string(tasks::upgrade.summary),
      .usage = "SELECTOR... [options]",
      .details =
          "Updates the lists, repairs what an earlier dpkg left half done, and upgrades what does not need packages "
          "added or removed (--dist: that too). Configuration files that were changed on the host stay, and are named. "
          "Another apt or dpkg at work is waited for. The work goes on when the connection is lost. With -C the lists "
          "are fetched into a folder of its own, and nothing of the host is changed. By sudo, unless root logs in. "
          "Default --timeout: 2h.",
      .examples = {"cef upgrade group=rpi -C", "cef upgrade group=rpi --serial 1,10% --max-fail 0",
                   "cef upgrade group=server --security --reboot if-required",
                   "cef upgrade group=all --only openssl,'libssl*'"},
      .options = options_of(tasks::upgrade),
      .columns = tasks::upgrade.columns(),
      .run = run,
  };
}

}  // namespace cef::cli
