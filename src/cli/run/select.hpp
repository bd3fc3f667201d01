// From a command line to the hosts it means: finds and loads the inventory, applies selectors and limits.
#pragma once

#include "options/options.hpp"

#include <cef/core/warn.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/inventory/selector.hpp>

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

/// Standard input for selectors such as `host=-`: read once, however often it is named.
inventory::ReadInput standard_input();

/// Indices of the hosts that `words` and --limit select. Errors: usage, nothing_matched.
Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options);

}  // namespace cef::cli
