#include "vars_files.hpp"

#include <cef/core/file.hpp>
#include <cef/yaml/yaml.hpp>

#include <fmt/format.h>

#include <array>

namespace cef::inventory {

namespace fs = std::filesystem;

namespace {

// In the order Ansible looks: the first that exists is the only one read.
constexpr std::array<const char*, 4> endings{"", ".yml", ".yaml", ".json"};

bool is_vars_file(const fs::path& file) {
  const std::string extension = file.extension().string();
  for (const char* ending : endings)
    if (extension == ending) return true;
  return false;
}

}  // namespace

VarsFiles::VarsFiles(const std::vector<fs::path>& folders, const Beside& beside, Problems& problems)
    : beside_(beside), problems_(problems) {
  for (const fs::path& folder : folders) {
    group_folders_.push_back(open(folder / "group_vars"));
    host_folders_.push_back(open(folder / "host_vars"));
  }
}

VarsFiles::Folder* VarsFiles::open(const fs::path& path) {
  std::error_code failed;
  if (!fs::exists(path, failed)) return nullptr;
  if (!fs::is_directory(path, failed)) {
    problems_.warn(problems_.in(path.string()), "is not a folder and is skipped");
    return nullptr;
  }
  const auto [found, is_new] = opened_.try_emplace(fs::weakly_canonical(path, failed));
  Folder& folder = found->second;
  if (!is_new) return &folder;
  folder.path = path;
  for (fs::directory_iterator entry(path, failed), end; !failed && entry != end; entry.increment(failed))
    folder.entries.insert(entry->path().filename().string());
  if (failed) problems_.error(problems_.in(path.string()), fmt::format("cannot be read: {}", failed.message()));
  return &folder;
}

const Variables* VarsFiles::find(Folder* folder, const std::string& name) {
  if (!folder) return nullptr;
  const auto [found, is_new] = folder->known.emplace(name, nullptr);
  if (!is_new) return found->second;
  for (const char* ending : endings) {
    const std::string entry = name + ending;
    if (!folder->entries.contains(entry)) continue;
    Variables& vars = read_.emplace_back();
    const fs::path path = folder->path / entry;
    std::error_code failed;
    if (fs::is_directory(path, failed))
      read_folder_into(path, vars);
    else
      read_file_into(path, vars);
    return found->second = &vars;
  }
  return nullptr;
}

void VarsFiles::read_folder_into(const fs::path& folder, Variables& vars) {
  std::set<std::string> names;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    names.insert(entry->path().filename().string());
  if (failed) problems_.error(problems_.in(folder.string()), fmt::format("cannot be read: {}", failed.message()));
  for (const std::string& name : names) {
    if (name.starts_with('.') || name.ends_with('~')) continue;
    const fs::path path = folder / name;
    if (fs::is_directory(path, failed)) {
      if (!path.has_extension()) read_folder_into(path, vars);
    } else if (fs::is_regular_file(path, failed) && is_vars_file(path)) {
      read_file_into(path, vars);
    }
  }
}

void VarsFiles::read_file_into(const fs::path& file, Variables& vars) {
  auto text = read_file(file);
  if (!text) {
    problems_.error(problems_.in(file.string()), text.error().message);
    return;
  }
  if (text->starts_with("$ANSIBLE_VAULT;")) {
    if (!beside_.decrypt)
      return problems_.warn(problems_.in(file.string(), 1, 1),
                            "is encrypted with ansible-vault, which cannot be read here: its variables are missing");
    auto plain = beside_.decrypt(*text);
    if (!plain) return problems_.error(problems_.in(file.string(), 1, 1), plain.error());
    text = std::move(*plain);
  }
  const auto document = yaml::parse(*text, file.string(), problems_);
  if (!document || !document->root) return;
  const yaml::Node& root = *document->root;
  if (root.kind == yaml::Node::Kind::map) {
    for (const auto& [key, value] : root.entries) vars.set(key_text(*key), to_value(*value), value->place);
  } else if (!to_value(root).is_null()) {
    problems_.error(root.place, fmt::format("variables are a mapping of names to values, not {}", describe(root)));
  }
}

}  // namespace cef::inventory
