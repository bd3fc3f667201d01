// Reads inventories: Ansible's YAML and INI formats, executables that print `--list` JSON, folders of these, and the
// group_vars/ and host_vars/ beside them.
#pragma once

#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace cef::inventory {

struct Diagnostic {
  std::string file;
  int line = 0;    // from 1; 0 when it concerns the whole file
  int column = 0;  // from 1; 0 when unknown
  std::string message;
};
/// `file:line:column: message`, leaving out what is 0.
std::string show(const Diagnostic& diagnostic);

struct Loaded {
  Inventory inventory;
  std::vector<Diagnostic> warnings;
};

/// Loads and merges `sources` in order. Never stops at the first error: all of them come back together.
Result<Loaded, std::vector<Diagnostic>> load(const std::vector<std::filesystem::path>& sources);

}  // namespace cef::inventory
