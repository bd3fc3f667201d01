// cef reboot: hosts behind a jump host first, then that one, and the machine that cef runs on last of all.
#include "run/jump_order.hpp"
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

Result<void> refuse_local(const Prepared& prepared) {
  for (const runner::Job& job : prepared.jobs)
    if (job.local)
      return Unexpected(
          Error{Code::usage, fmt::format("{} is the machine that cef runs on: it is not rebooted by mistake", job.host),
                "leave it out, or add --include-local: it is rebooted last of all"});
  return {};
}

int run(const Verb& verb, Context& context) {
  TaskCall call{tasks::reboot, params_of(context.arguments, tasks::reboot.params), Milliseconds(600'000)};
  call.arrange = [local_too = context.arguments.has("include-local")](Prepared& prepared) -> Result<void> {
    if (!local_too)
      if (const auto none = refuse_local(prepared); !none) return none;
    put_in_jump_order(prepared);
    return {};
  };
  return execute_task(verb, context, std::move(call));
}

}  // namespace

Verb reboot_verb() {
  return {
      .name = "reboot",
      .summary = std::string(tasks::reboot.summary),
      .usage = "SELECTOR... [options]",
      .details =
          "A host is back when it answers under another boot id, not when its port is open again. Hosts behind a jump "
          "host are rebooted first, and the jump host when they are back. One that stays up, or does not come back "
          "within --timeout, is a failure that tells how far the last try came. By sudo, unless root logs in. Default "
          "--timeout: 10m.",
      .examples = {"cef reboot group=rpi --serial 1 --max-fail 0", "cef reboot group=all --if-required",
                   "cef reboot host=w01 -C"},
      .options = options_of(tasks::reboot),
      .columns = tasks::reboot.columns(),
      .run = run,
  };
}

}  // namespace cef::cli
