#include "prepare.hpp"

#include "console/host_key_prompt.hpp"
#include "limits.hpp"
#include "lock.hpp"
#include "select.hpp"

#include <algorithm>

namespace cef::cli {

namespace {

void never_ask(transport::Target& target) {
  if (target.host_key == HostKeyPolicy::ask) target.host_key = HostKeyPolicy::strict;
}

}  // namespace

Result<Prepared> prepare(const Context& context, Milliseconds default_timeout, bool may_ask) {
  const Options& options = context.options;
  auto inventory = load_inventory(options, warn);
  if (!inventory) return Unexpected(inventory.error());
  auto hosts = select_hosts(*inventory, context.selectors, options);
  if (!hosts) return Unexpected(hosts.error());
  auto limits = limits_of(options, *inventory, *hosts);
  if (!limits) return Unexpected(limits.error());
  const auto deadline = options.duration("deadline");
  if (!deadline) return Unexpected(deadline.error());
  auto lock = take_lock(options, context.verb);
  if (!lock) return Unexpected(lock.error());
  auto jobs = make_jobs(*inventory, *hosts, options, default_timeout, warn);
  if (!jobs) return Unexpected(jobs.error());
  // A connection that passes through a jump host takes two descriptors.
  if (std::any_of(jobs->begin(), jobs->end(), [](const runner::Job& job) { return !job.target.jumps.empty(); }))
    limits->sessions = std::min(limits->sessions, std::max<std::size_t>(1, runner::raise_descriptor_limit() / 2));
  if (!may_ask || !can_ask())
    for (runner::Job& job : *jobs) {
      never_ask(job.target);
      for (transport::Target& jump : job.target.jumps) never_ask(jump);
    }
  return Prepared{std::move(*lock), std::move(*inventory), std::move(*hosts),
                  std::move(*jobs), std::move(*limits),    *deadline};
}

}  // namespace cef::cli
