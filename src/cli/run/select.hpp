// From a command line to the hosts it means: finds and loads the inventory, applies selectors and limits.
#pragma once

#include "options/options.hpp"

#include <cef/core/file.hpp>
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
  bool implicit = false;  // nobody named it, and standard error says what it is: its programs are not run
  bool is_ansibles = false;
  bool listed = false;  // the hosts of --hosts, without an inventory
};
Sources inventory_sources(const Options& options, const Warn& warn);

/// The hosts of --hosts alone; or the inventory of -i, CEF_INVENTORY (parts split at colons), config.yml, or the first
/// that is there of ./inventory/, $XDG_CONFIG_HOME/cef/inventory/, /etc/cef/inventory/, what Ansible would take
/// (ANSIBLE_INVENTORY, `inventory` in its configuration) and /etc/ansible/hosts. ./inventory/ counts only where nobody
/// but the user and root can have written it; that and Ansible's are told on standard error. Errors: usage for --hosts
/// beside an inventory, invalid_inventory, all findings in one message. `beside`: as in inventory::load().
Result<inventory::Inventory> load_inventory(const Options& options, const Warn& warn,
                                            const inventory::Beside& beside = {});
/// The same of sources that were found otherwise.
Result<inventory::Inventory> load_inventory(const Sources& sources, const Options& options, const Warn& warn,
                                            const inventory::Beside& beside);

/// Standard input for selectors such as `host=-`: read once, however often it is named. Errors: usage, for more than so
/// many bytes.
inventory::ReadInput standard_input(std::size_t most = longest_file);

/// Whether anything of the command line says which hosts: selectors, bare words, --limit, --hosts.
bool chooses_any(const std::vector<std::string>& words, const Options& options);

/// Indices of the hosts that `words` (selectors and bare words), --limit and --exclude select; those of --hosts when
/// nothing else does. Errors: usage, nothing_matched.
Result<std::vector<std::size_t>> select_hosts(const inventory::Inventory& inventory,
                                              const std::vector<std::string>& words, const Options& options);

/// The same for verbs that mean all hosts when nothing else is said.
Result<std::vector<std::size_t>> select_hosts_or_all(const inventory::Inventory& inventory,
                                                     const std::vector<std::string>& words, const Options& options);

}  // namespace cef::cli
