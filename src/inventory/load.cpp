#include "loaders.hpp"
#include "resolve.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/load.hpp>

#include <fmt/format.h>

#include <set>
#include <unistd.h>

namespace cef::inventory {

namespace fs = std::filesystem;

namespace {

// What Ansible leaves out of a folder. `.ini` and `.cfg` are on its list: they are taken for configuration.
bool is_ignored(const std::string& name) {
  if (name.starts_with('.')) return true;
  for (const char* whole : {"group_vars", "host_vars", "vars_plugins"})
    if (name == whole) return true;
  for (const char* ending :
       {".pyc", ".pyo", ".swp", ".bak", "~", ".rpm", ".md", ".txt", ".rst", ".orig", ".ini", ".cfg", ".retry"})
    if (name.ends_with(ending)) return true;
  return false;
}

bool is_program(const fs::path& file, const std::string& text) {
  return ::access(file.c_str(), X_OK) == 0 && (text.starts_with("#!") || text.starts_with("\x7f"
                                                                                          "ELF"));
}

// A file without an extension may be either. YAML's first line is `---`, `{` or ends a key with a colon.
bool looks_like_yaml(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (const std::size_t comment = line.find(" #"); comment != std::string_view::npos)
      line = trim(line.substr(0, comment));
    if (line[0] == '[') return false;
    return line.starts_with("---") || line.starts_with("%YAML") || line[0] == '{' || line.ends_with(':') ||
           line.find(": ") != std::string_view::npos;
  }
  return false;
}

class Loader {
 public:
  Loader(Draft& draft, Problems& problems) : draft_(draft), problems_(problems) {}

  void load_source(const fs::path& source) {
    const Place whole = problems_.in(source.string());
    std::error_code failed;
    if (!fs::exists(source, failed)) {
      problems_.error(whole, failed ? failed.message() : "no such inventory file or folder");
    } else if (fs::is_directory(source, failed)) {
      folders_.push_back(source);
      if (load_folder(source) == 0) problems_.error(whole, "the folder holds no inventory file");
    } else {
      folders_.push_back(source.has_parent_path() ? source.parent_path() : fs::path("."));
      load_file(source);
    }
  }

  /// Where group_vars/ and host_vars/ are looked for: one folder for each source.
  const std::vector<fs::path>& folders() const { return folders_; }

 private:
  std::size_t load_folder(const fs::path& folder) {
    std::set<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
      names.insert(entry->path().filename().string());
    if (failed) problems_.error(problems_.in(folder.string()), fmt::format("cannot be read: {}", failed.message()));
    std::size_t files = 0;
    for (const std::string& name : names) {
      if (is_ignored(name)) continue;
      if (fs::is_directory(folder / name, failed)) {
        files += load_folder(folder / name);
      } else {
        load_file(folder / name);
        ++files;
      }
    }
    return files;
  }

  void load_file(const fs::path& file) {
    auto text = read_file(file);
    const Place whole = problems_.in(file.string());
    if (!text) {
      problems_.error(whole, text.error().message);
      return;
    }
    if (text->starts_with("\xef\xbb\xbf")) text->erase(0, 3);
    const std::string extension = file.extension().string();
    if (is_program(file, *text))
      load_dynamic(file, draft_, problems_);
    else if (text->starts_with("#!"))
      problems_.error(whole, "starts with #! but is not executable: chmod +x it, if it is a program");
    else if (text->starts_with("$ANSIBLE_VAULT;"))
      problems_.error(whole, "is encrypted with ansible-vault, which cannot be read here");
    else if (extension == ".toml")
      problems_.error(whole, "TOML inventories are not read: write it as YAML or INI");
    else if (text->find_first_not_of(" \t\r\n") == std::string::npos)
      problems_.error(whole, "the file is empty: an inventory names at least one group");
    else if (extension == ".yml" || extension == ".yaml" || extension == ".json" ||
             (extension.empty() && looks_like_yaml(*text)))
      load_yaml(*text, file.string(), draft_, problems_);
    else
      load_ini(*text, file.string(), draft_, problems_);
  }

  Draft& draft_;
  Problems& problems_;
  std::vector<fs::path> folders_;
};

}  // namespace

Result<Loaded, std::vector<Diagnostic>> load(const std::vector<fs::path>& sources) {
  Problems problems;
  if (sources.empty()) problems.error({}, "no inventory was given");
  Draft draft(problems);
  Loader loader(draft, problems);
  for (const fs::path& source : sources) loader.load_source(source);
  draft.reconcile();
  VarsFiles files(loader.folders(), problems);
  Inventory inventory = resolve(draft, files, problems);
  if (!problems.errors().empty()) return Unexpected(std::move(problems.errors()));
  return Loaded{std::move(inventory), std::move(problems.warnings())};
}

}  // namespace cef::inventory
