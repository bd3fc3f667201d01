// Reads inventories: Ansible's YAML and INI formats, executables that print `--list` JSON, folders of these, and the
// group_vars/ and host_vars/ beside them.
#pragma once

#include <cef/core/diagnostic.hpp>
#include <cef/core/result.hpp>
#include <cef/inventory/inventory.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
/// What a playbook adds to an inventory.
struct Beside {
  std::vector<std::filesystem::path> folders{};  // with group_vars/ and host_vars/, which beat those of the sources
  /// Opens files that are encrypted with ansible-vault. Errors: a message. Empty: they cannot be read.
  std::function<Result<std::string, std::string>(std::string_view)> decrypt{};
  /// What a template or an encrypted value that says how to reach the host comes to; nothing: it cannot be told. Its
  /// variables are as they are written. Empty: such values are not to be had.
  std::function<std::optional<Value>(const Host& host, const Value& value)> render{};
  /// The inventory keeps its growth(); it goes on to use `decrypt`.
  bool grows = false;
};

Result<Loaded, std::vector<Diagnostic>> load(const std::vector<std::filesystem::path>& sources,
                                             Programs programs = Programs::run, const Beside& beside = {});

/// Whether a source is a list of hosts: it has a comma and names no file.
bool is_host_list(const std::filesystem::path& source);

}  // namespace cef::inventory
