// From the command line to jobs that may start: what every verb that contacts hosts does before the first packet.
#pragma once

#include "app.hpp"

#include <cef/core/descriptor.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/runner/runner.hpp>

#include <memory>
#include <optional>
#include <vector>

namespace cef::cli {

struct Prepared {
  std::unique_ptr<Descriptor> lock;  // of --lock, held while it is open; or null
  inventory::Inventory inventory;
  std::vector<std::size_t> hosts;  // their indices in it
  std::vector<runner::Job> jobs;   // one for each, in their order
  runner::Limits limits;
  std::optional<Milliseconds> deadline;  // of the whole run
};

/// `default_timeout`: one host's whole work. `may_ask`: unknown host keys may be asked about; where they may not, or
/// there is nobody to ask, they are refused. Asks for a login password when that is to be done.
/// Errors: lock_held, and those of load_inventory(), select_hosts(), limits_of() and make_jobs().
Result<Prepared> prepare(const Context& context, Milliseconds default_timeout, bool may_ask);

}  // namespace cef::cli
