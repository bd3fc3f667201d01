// group_vars/ and host_vars/: variables in files of their own, one file or folder for each group and host.
#pragma once

#include "draft.hpp"

#include <cef/inventory/load.hpp>

#include <deque>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace cef::inventory {

class VarsFiles {
 public:
  /// `folders` hold group_vars/ and host_vars/: one for each source, in order. Each file is read at most once.
  VarsFiles(const std::vector<std::filesystem::path>& folders, const Beside& beside, Problems& problems);

  std::size_t folders() const { return group_folders_.size(); }
  /// Null when that folder has nothing for the name.
  const Variables* of_group(std::size_t folder, const std::string& name) { return find(group_folders_[folder], name); }
  const Variables* of_host(std::size_t folder, const std::string& name) { return find(host_folders_[folder], name); }

 private:
  struct Folder {
    std::filesystem::path path;
    std::set<std::string> entries;  // listed once: thousands of hosts mostly have no file
    std::unordered_map<std::string, const Variables*> known;
  };

  Folder* open(const std::filesystem::path& path);
  const Variables* find(Folder* folder, const std::string& name);
  void read_file_into(const std::filesystem::path& file, Variables& vars);
  void read_folder_into(const std::filesystem::path& folder, Variables& vars);

  const Beside& beside_;
  Problems& problems_;
  std::map<std::filesystem::path, Folder> opened_;
  std::vector<Folder*> group_folders_, host_folders_;  // one for each source; null where there is none
  std::deque<Variables> read_;
};

}  // namespace cef::inventory
