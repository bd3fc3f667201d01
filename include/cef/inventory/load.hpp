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

/// What becomes of executable inventories.
enum class Programs { run, skip };

/// Loads and merges `sources` in order: files, folders, programs, and lists of hosts (`n[1-3],w01`). Never stops at the
/// first error: all of them come back together. In a folder, files that are of no use are warnings.
/// `beside`: more folders with group_vars/ and host_vars/, those of playbooks: they beat those of the sources.
Result<Loaded, std::vector<Diagnostic>> load(const std::vector<std::filesystem::path>& sources,
                                             Programs programs = Programs::run,
                                             const std::vector<std::filesystem::path>& beside = {});

/// Whether a source is a list of hosts: it has a comma and names no file.
bool is_host_list(const std::filesystem::path& source);

}  // namespace cef::inventory
