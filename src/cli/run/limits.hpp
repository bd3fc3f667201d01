// How many hosts at once, in what batches, and after how many failures no more.
#pragma once

#include "options/options.hpp"

#include <cef/inventory/inventory.hpp>
#include <cef/runner/runner.hpp>

#include <string_view>
#include <vector>

namespace cef::cli {

/// `3` or `25%`. Errors: usage; a size is at least `least`, a percentage above zero when `least` is.
Result<runner::Share> parse_share(std::string_view text, std::string_view option, long least);

/// From the options, the hosts' own variables, and what this process may open. Errors: usage.
Result<runner::Limits> limits_of(const Options& options, const inventory::Inventory& inventory,
                                 const std::vector<std::size_t>& hosts);

}  // namespace cef::cli
