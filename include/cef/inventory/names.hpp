// The names in an inventory, for a shell that completes them.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace cef::inventory {

/// Hosts and groups in inventory order, tags in alphabetical order.
struct NameList {
  struct Group {
    std::string name;
    std::vector<std::string> hosts;  // through child groups too, in inventory order
  };
  std::vector<std::string> hosts{};
  std::vector<Group> groups{};
  std::vector<std::string> tags{};
};

/// The names of what load() would load, without running programs; nothing where it would find errors. It keeps no
/// host's variables and settings, and so takes half as long for thousands of hosts.
std::optional<NameList> load_names(const std::vector<std::filesystem::path>& sources);

}  // namespace cef::inventory
