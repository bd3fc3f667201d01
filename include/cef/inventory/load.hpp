// Reads inventories: Ansible's YAML and INI formats, executables that print `--list` JSON, folders of these, and the
// group_vars/ and host_vars/ beside them.
#pragma once

#include <cef/core/diagnostic.hpp>
#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cef::inventory {

struct Loaded {
  Inventory inventory;
  std::vector<Diagnostic> warnings;
};

/// Loads and merges `sources` in order. Never stops at the first error: all of them come back together.
Result<Loaded, std::vector<Diagnostic>> load(const std::vector<std::filesystem::path>& sources);

}  // namespace cef::inventory
