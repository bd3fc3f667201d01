// Makes the hosts of an inventory jobs for the runner: where each is, how long its work may take, whom it becomes, and
// which of them share a link.
#pragma once

#include <cef/fleet/login.hpp>
#include <cef/fleet/targets.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/runner/job.hpp>

#include <cstddef>
#include <vector>

namespace cef::fleet {

/// One for each of `hosts`, indices in `inventory`, in their order. `timeout`: one host's whole work; zero for none.
/// One that cannot be logged in to as the inventory stands is Job::refused. Errors: those of Targets::make().
Result<std::vector<runner::Job>> make_jobs(const inventory::Inventory& inventory, const std::vector<std::size_t>& hosts,
                                           const Login& login, Milliseconds timeout, const Warn& warn);

/// Gives each login, of hosts and jump hosts, the run's password where that is forced or the inventory has none.
void give_login_password(std::vector<runner::Job>& jobs, const Setting<Secret>& password);

/// The same for sudo, for jobs that become another user (or every one, with `always`). `hosts` are their indices.
void give_sudo_password(std::vector<runner::Job>& jobs, const inventory::Inventory& inventory,
                        const std::vector<std::size_t>& hosts, const Setting<Secret>& password, bool always);

/// What is secret of the jobs, and the names of the inventory, which are not.
void tell_secrets(const std::vector<runner::Job>& jobs, const inventory::Inventory& inventory, Secrets& secrets);

}  // namespace cef::fleet
