// Where each setting of a host's login comes from.
#pragma once

#include "options/options.hpp"

#include <cef/core/column.hpp>
#include <cef/core/value.hpp>
#include <cef/fleet/targets.hpp>
#include <cef/inventory/inventory.hpp>

#include <string>

namespace cef::cli {

/// The jump hosts, with commas between them; a ProxyCommand that leads to the first, in parentheses.
std::string way_to(const transport::Target& target);

/// A list of `setting`, `value` and `from`: an option, a variable with its file and line, a line of ssh's
/// configuration, or the default; and the plain words that do not count. `login` is that of `options`.
Value explain(const inventory::Host& host, fleet::Targets& targets, const fleet::Login& login, const Options& options);

/// The same as one line, without what is by default: `port 2200 (port, hosts.yml:5), user pi (--user)`.
std::string show_sources(const Value& settings);

/// Of a record whose field `settings` is such a list.
Columns explain_columns();

}  // namespace cef::cli
