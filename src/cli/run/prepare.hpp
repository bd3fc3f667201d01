// From the command line to jobs that may start: what every verb that contacts hosts does before the first packet.
#pragma once

#include "app.hpp"

#include <cef/inventory/inventory.hpp>
#include <cef/runner/runner.hpp>

#include <optional>
#include <vector>

namespace cef::cli {

struct Prepared {
  inventory::Inventory inventory;
  std::vector<std::size_t> hosts;  // their indices in it
  std::vector<runner::Job> jobs;   // one for each, in their order
  runner::Limits limits;
  std::optional<Milliseconds> deadline;  // of the whole run
  std::vector<std::size_t> places{};     // of the jobs in the report, where they are not in inventory order
};

/// `default_timeout`: one host's whole work. `may_ask`: unknown host keys may be asked about; where they may not, or
/// there is nobody to ask, they are refused. Asks nothing itself: the passwords come with give_passwords().
/// Errors: usage, and those of load_inventory(), select_hosts(), limits_of() and fleet::make_jobs().
Result<Prepared> prepare(const Context& context, Milliseconds default_timeout, bool may_ask);

/// To be called when nothing else of the command line can be wrong: asks for passwords, and gives them to the jobs.
/// `becomes`: every job may use sudo. Errors: those of passwords_of().
Result<void> give_passwords(Prepared& prepared, const Context& context, bool becomes);

/// Then: asks for the login password on a terminal, where no host has one; nothing typed means none. Errors:
/// interrupted.
Result<void> offer_password(Prepared& prepared, const Context& context);

}  // namespace cef::cli
