#include "prepare.hpp"

#include "console/host_key_prompt.hpp"
#include "console/secrets.hpp"
#include "limits.hpp"
#include "lock.hpp"
#include "login.hpp"
#include "select.hpp"

#include <cef/fleet/jobs.hpp>

#include <fmt/format.h>

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
  if (!hosts && !chooses_any(context.selectors, options) && !context.operands.empty()) {
    Error error = hosts.error();
    error.hint = fmt::format("beside words of its own {} has them as group=NAME, host=NAME or -l NAME", context.verb);
    return Unexpected(std::move(error));
  }
  if (!hosts) return Unexpected(hosts.error());
  auto limits = limits_of(options, *inventory, *hosts);
  if (!limits) return Unexpected(limits.error());
  const auto deadline = options.duration("deadline");
  if (!deadline) return Unexpected(deadline.error());
  const auto timeout = options.duration("timeout");
  if (!timeout) return Unexpected(timeout.error());
  if (const auto lock = lock_name(options); !lock) return Unexpected(lock.error());
  const auto login = login_of(options);
  if (!login) return Unexpected(login.error());
  auto jobs = fleet::make_jobs(*inventory, *hosts, *login, timeout->value_or(default_timeout), warn);
  if (!jobs) return Unexpected(jobs.error());
  // A connection that passes through a jump host takes two descriptors.
  if (std::any_of(jobs->begin(), jobs->end(), [](const runner::Job& job) { return !job.target.jumps.empty(); }))
    limits->sessions = std::min(limits->sessions, std::max<std::size_t>(1, runner::raise_descriptor_limit() / 2));
  if (!may_ask || !can_ask())
    for (runner::Job& job : *jobs) {
      never_ask(job.target);
      for (transport::Target& jump : job.target.jumps) never_ask(jump);
    }
  // Zero means none, as in --timeout.
  return Prepared{std::move(*inventory),
                  std::move(*hosts),
                  std::move(*jobs),
                  std::move(*limits),
                  *deadline == Milliseconds(0) ? std::nullopt : *deadline,
                  {}};
}

Result<void> give_passwords(Prepared& prepared, const Context& context, bool becomes) {
  const auto passwords = passwords_of(context.options, prepared.jobs, becomes, warn);
  if (!passwords) return Unexpected(passwords.error());
  fleet::give_login_password(prepared.jobs, passwords->login);
  fleet::give_sudo_password(prepared.jobs, prepared.inventory, prepared.hosts, passwords->become, becomes);
  return {};
}

Result<void> offer_password(Prepared& prepared, const Context& context) {
  const auto is_given = [](const runner::Job& job) { return job.target.password.has_value() || job.local; };
  if (!context.terminal.err || !can_ask() || std::ranges::any_of(prepared.jobs, is_given)) return {};
  auto password = ask_secret("SSH password (Enter: log in by key alone): ", "give it with -k");
  if (!password) return Unexpected(password.error());
  if (!password->reveal().empty())
    fleet::give_login_password(prepared.jobs, {std::optional<Secret>(std::move(*password)), true});
  return {};
}

}  // namespace cef::cli
