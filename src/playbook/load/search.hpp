// Where Ansible looks for a file that a task names.
#pragma once

#include <cef/playbook/model.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

/// The folders that `files`, `templates`, `vars` or `tasks` are looked for in, in order: those of the role and of the
/// roles it is a dependency of, those beside the file that the task stands in, those of the playbook.
std::vector<std::filesystem::path> search_folders(const Frame& frame, const std::filesystem::path& playbook_folder,
                                                  std::string_view kind);

/// The first file or folder of that name. An absolute name (`~` too) is that file, if it is there.
std::optional<std::filesystem::path> find_file(const Frame& frame, const std::filesystem::path& playbook_folder,
                                               std::string_view kind, std::string_view name);

/// Where it was looked for, for messages: `looked in a/files, a, b`.
std::string looked_in(const std::vector<std::filesystem::path>& folders);

}  // namespace cef::playbook
