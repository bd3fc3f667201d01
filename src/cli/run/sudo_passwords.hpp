// sudo passwords for the hosts that may need one.
#pragma once

#include "options/options.hpp"

#include <cef/inventory/inventory.hpp>
#include <cef/runner/job.hpp>

#include <functional>
#include <string_view>
#include <vector>

namespace cef::cli {

/// Gives each job that becomes another user (or every one, with `always`) its sudo password: that of -K or
/// --become-password-file over the host's own variable; one that stands in config.yml gives way to the variable.
/// `hosts` are the jobs' places in the inventory. May ask on the terminal. Errors: those of secret_from.
Result<void> give_sudo_passwords(std::vector<runner::Job>& jobs, const inventory::Inventory& inventory,
                                 const std::vector<std::size_t>& hosts, const Options& options, bool always,
                                 const std::function<void(std::string_view)>& warn);

}  // namespace cef::cli
