// From a command line to the hosts it means: finds and loads the inventory, applies selectors and limits, and makes
// each host a job with the options, its variables and the defaults laid over one another.
#pragma once

#include "options/options.hpp"
#include "targets.hpp"

#include <cef/inventory/inventory.hpp>
#include <cef/runner/job.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli {

/// Where load_inventory() looks.
std::vector<std::filesystem::path> inventory_sources(const Options& options);

/// The inventory of -i, CEF_INVENTORY (parts split at colons), config.yml, or the first that is there of ./inventory/,
/// $XDG_CONFIG_HOME/cef/inventory/ and /etc/cef/inventory/. Errors: invalid_inventory, all findings in one message.
Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn);

/// Indices of the hosts that `words` and --limit select. Errors: usage, nothing_matched.
Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options);

/// Errors: usage, for an option value that does not parse; those of Targets.
Result<std::vector<runner::Job>> make_jobs(const inventory::Inventory& inventory, const std::vector<std::size_t>& hosts,
                                           const Options& options, Milliseconds default_timeout, const Warn& warn);

}  // namespace cef::cli
