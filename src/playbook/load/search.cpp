#include "load/search.hpp"

#include <cef/core/file.hpp>

#include <algorithm>

namespace cef::playbook {

namespace fs = std::filesystem;

std::vector<fs::path> search_folders(const Frame& frame, const fs::path& playbook_folder, std::string_view kind) {
  std::vector<fs::path> folders;
  const auto add = [&](const fs::path& folder) {
    const fs::path clean = folder.lexically_normal();
    if (std::find(folders.begin(), folders.end(), clean) == folders.end()) folders.push_back(clean);
  };
  const auto add_both = [&](const fs::path& folder) {
    add(folder / kind);
    add(folder);
  };
  for (const RoleUse* role = role_of(frame); role; role = role->parent.get()) {
    add_both(role->folder);
    add(role->folder / "tasks");
  }
  if (frame.place.file) {
    const fs::path file = *frame.place.file;
    add_both(file.has_parent_path() ? file.parent_path() : fs::path("."));
  }
  add_both(playbook_folder);
  return folders;
}

std::optional<fs::path> find_file(const Frame& frame, const fs::path& playbook_folder, std::string_view kind,
                                  std::string_view name) {
  std::error_code ignored;
  const fs::path path = expand_user(name);
  if (path.is_absolute()) return fs::exists(path, ignored) ? std::optional(path) : std::nullopt;
  for (const fs::path& folder : search_folders(frame, playbook_folder, kind))
    if (fs::exists(folder / path, ignored)) return folder / path;
  return std::nullopt;
}

std::string looked_in(const std::vector<fs::path>& folders) {
  std::string text = "looked in ";
  for (std::size_t i = 0; i < folders.size(); ++i) text += (i > 0 ? ", " : "") + folders[i].string();
  return text;
}

}  // namespace cef::playbook
