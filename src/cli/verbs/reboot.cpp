// cef reboot: hosts behind a jump host first, then that one, and the machine that cef runs on last of all.
#include "run/run_task.hpp"
#include "verbs.hpp"

#include <cef/tasks/tasks.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

namespace cef::cli {

namespace {

bool leads_to(const runner::Job& jump, const runner::Job& host) {
  if (jump.local || host.local) return false;
  return std::ranges::any_of(host.target.jumps, [&](const transport::Target& hop) {
    return hop.name == jump.host || (hop.address == jump.target.address && hop.port == jump.target.port);
  });
}

// 0 for hosts that lead to no other, more for those that the ones before need on their way back.
std::vector<std::size_t> levels_of(const std::vector<runner::Job>& jobs) {
  std::vector<std::size_t> levels(jobs.size(), 0), hops;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (!jobs[i].target.jumps.empty()) hops.push_back(i);
  for (bool moved = true; std::exchange(moved, false);)
    for (std::size_t i = 0; i < jobs.size(); ++i)
      for (const std::size_t host : hops)
        if (i != host && levels[i] <= levels[host] && levels[host] < jobs.size() && leads_to(jobs[i], jobs[host])) {
          levels[i] = levels[host] + 1;
          moved = true;
        }
  const std::size_t last = jobs.empty() ? 0 : *std::ranges::max_element(levels) + 1;
  for (std::size_t i = 0; i < jobs.size(); ++i)
    if (jobs[i].local) levels[i] = last;
  return levels;
}

std::size_t size_of(const runner::Share& share, std::size_t hosts) {
  const double size = share.percent ? share.value * static_cast<double>(hosts) / 100 : share.value;
  return std::max<std::size_t>(1, static_cast<std::size_t>(size));
}

// The batches of --serial, cut where a level ends.
std::vector<runner::Share> batches(const std::vector<std::size_t>& levels, const std::vector<runner::Share>& serial) {
  std::vector<runner::Share> sizes;
  std::size_t begin = 0;
  for (std::size_t i = 0; begin < levels.size(); ++i) {
    std::size_t end = begin;
    while (end < levels.size() && levels[end] == levels[begin]) ++end;
    if (!serial.empty()) end = std::min(end, begin + size_of(serial[std::min(i, serial.size() - 1)], levels.size()));
    sizes.push_back({static_cast<double>(end - begin), false});
    begin = end;
  }
  return sizes;
}

Result<void> put_in_order(Prepared& prepared) {
  const auto levels = levels_of(prepared.jobs);
  if (std::ranges::all_of(levels, [&](std::size_t level) { return level == levels.front(); })) return {};
  std::vector<std::size_t> order(levels.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return levels[i]; });
  std::vector<runner::Job> jobs;
  std::vector<std::size_t> hosts, sorted;
  for (const std::size_t i : order) {
    jobs.push_back(std::move(prepared.jobs[i]));
    hosts.push_back(prepared.hosts[i]);
    sorted.push_back(levels[i]);
  }
  prepared.jobs = std::move(jobs);
  prepared.hosts = std::move(hosts);
  prepared.limits.serial = batches(sorted, prepared.limits.serial);
  prepared.places = std::move(order);
  return {};
}

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
    return put_in_order(prepared);
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
