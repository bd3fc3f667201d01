// From a command line to the hosts it means: finds and loads the inventory, applies selectors and limits.
#pragma once

#include "options/options.hpp"

#include <cef/core/warn.hpp>
#include <cef/inventory/inventory.hpp>
#include <cef/inventory/load.hpp>
#include <cef/inventory/selector.hpp>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace cef::cli {

/// Where load_inventory() looks.
struct Sources {
  std::vector<std::filesystem::path> paths;
  bool implicit = false;  // ./inventory, which nobody named: its programs are not run
};
Sources inventory_sources(const Options& options, const Warn& warn);

/// The inventory of -i, CEF_INVENTORY (parts split at colons), config.yml, or the first that is there of ./inventory/,
/// $XDG_CONFIG_HOME/cef/inventory/ and /etc/cef/inventory/. ./inventory/ counts only where nobody but the user and root
/// can have written it, and standard error says that it does. Errors: invalid_inventory, all findings in one message.
/// `beside`: as in inventory::load().
Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn,
                                            const inventory::Beside& beside = {});
/// The same of sources that were found otherwise.
Result<inventory::Inventory> load_inventory(const Sources& sources, const Options& options, const Warn& warn,
                                            const inventory::Beside& beside);

/// Standard input for selectors such as `host=-`: read once, however often it is named.
inventory::ReadInput standard_input();

/// Indices of the hosts that `words` and --limit select. Errors: usage, nothing_matched.
Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options);

}  // namespace cef::cli
