// --assert: the thresholds that each host is held to, of the command line and of its inventory variable `assert`.
#pragma once

#include "app.hpp"

#include <cef/engine/thresholds.hpp>
#include <cef/inventory/inventory.hpp>

#include <vector>

namespace cef::cli {

/// Errors: usage, invalid_inventory, for what is no threshold or names no metric; the command line's must be of this
/// verb, while variables and configuration serve all verbs.
Result<engine::Thresholds> read_thresholds(const Verb& verb, const Options& options,
                                           const inventory::Inventory& inventory,
                                           const std::vector<std::size_t>& hosts);

}  // namespace cef::cli
