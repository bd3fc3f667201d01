#include "loaders.hpp"
#include "parts.hpp"
#include "resolve.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/inventory/load.hpp>
#include <cef/inventory/names.hpp>

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

// Cut at commas outside brackets; blanks and empty items do not count.
std::vector<std::string> split_host_list(std::string_view list) {
  std::vector<std::string> hosts;
  std::size_t begin = 0;
  bool inside = false;
  for (std::size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && list[i] == '[') inside = true;
    if (i < list.size() && list[i] == ']') inside = false;
    if (i < list.size() && (list[i] != ',' || inside)) continue;
    if (const std::string_view host = trim(list.substr(begin, i - begin)); !host.empty()) hosts.emplace_back(host);
    begin = i + 1;
  }
  return hosts;
}

class Loader {
 public:
  Loader(Draft& draft, Problems& problems, Programs programs, const Beside& beside)
      : draft_(draft), problems_(problems), programs_(programs), beside_(beside) {}

  void load_source(const fs::path& source) {
    const Place whole = problems_.in(source.string());
    std::error_code failed;
    if (is_host_list(source)) {
      load_host_list(source.string());
    } else if (!fs::exists(source, failed)) {
      problems_.error(whole, failed ? failed.message() : "no such inventory file or folder");
    } else if (fs::is_directory(source, failed)) {
      folders_.push_back(source);
      if (load_folder(source) == 0) {
        problems_.error(whole, "the folder holds no inventory file");
        for (const Diagnostic& why : problems_.warnings()) problems_.errors().push_back(why);
      }
    } else {
      folders_.push_back(source.has_parent_path() ? source.parent_path() : fs::path("."));
      if (const std::string why = load_file(source); !why.empty()) problems_.error(whole, why);
    }
  }

  /// Where group_vars/ and host_vars/ are looked for: one folder for each source.
  const std::vector<fs::path>& folders() const { return folders_; }

 private:
  // `n[1-3],w01:2222`; as in Ansible, one comma makes a list of what is no file. It has no group_vars/ beside it.
  void load_host_list(const std::string& list) {
    const Place whole = problems_.in("-i " + list);
    for (const std::string& host : split_host_list(list)) draft_.add_hosts(host, Draft::ungrouped, {}, whole);
  }

  // How many files counted. One that is of no use does not keep the others out of reach.
  std::size_t load_folder(const fs::path& folder) {
    std::set<std::string> names;
    std::error_code failed;
    for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
      names.insert(entry->path().filename().string());
    if (failed) problems_.error(problems_.in(folder.string()), fmt::format("cannot be read: {}", failed.message()));
    std::size_t files = 0;
    for (const std::string& name : names) {
      if (is_ignored(name)) continue;
      const fs::path file = folder / name;
      const auto state = fs::status(file, failed);
      std::string why;
      if (fs::is_directory(state))
        files += load_folder(file);
      else if (fs::exists(state) && !fs::is_regular_file(state))
        why = "is no file";
      else if (why = load_file(file); why.empty())
        ++files;
      if (!why.empty()) problems_.warn(problems_.in(file.string()), why + "; it is left out");
    }
    return files;
  }

  // Why the file as a whole is of no use; nothing when it counts. What is wrong inside it is told to `problems_`.
  std::string load_file(const fs::path& file) {
    auto text = read_file(file);
    if (!text) return text.error().message;
    text->erase(0, text->size() - without_byte_order_mark(*text).size());
    const std::string extension = file.extension().string();
    if (is_program(file, *text)) {
      if (programs_ == Programs::skip) return "is a program, which is run only when it is named with -i";
      load_dynamic(file, draft_, problems_);
      return "";
    }
    if (text->starts_with("#!")) return "starts with #! but is not executable: chmod +x it, if it is a program";
    if (text->starts_with("$ANSIBLE_VAULT;")) {
      if (!beside_.decrypt) return "is encrypted with ansible-vault, which cannot be read here";
      auto plain = beside_.decrypt(*text);
      if (!plain) return plain.error();
      text = std::move(*plain);
    }
    if (extension == ".toml") return "TOML inventories are not read: write it as YAML or INI";
    constexpr std::string_view empty = "the file is empty: an inventory names at least one group";
    if (text->find_first_not_of(" \t\r\n") == std::string::npos) return std::string(empty);
    if (extension == ".yml" || extension == ".yaml" || extension == ".json" ||
        (extension.empty() && looks_like_yaml(*text)))
      return load_yaml(*text, file.string(), draft_, problems_) ? "" : std::string(empty);
    load_ini(*text, file.string(), draft_, problems_);
    return "";
  }

  Draft& draft_;
  Problems& problems_;
  Programs programs_;
  const Beside& beside_;
  std::vector<fs::path> folders_;
};

// Returns the folders in which group_vars/ and host_vars/ are looked for.
std::vector<fs::path> read_sources(const std::vector<fs::path>& sources, Programs programs, const Beside& beside,
                                   Draft& draft, Problems& problems) {
  Loader loader(draft, problems, programs, beside);
  for (const fs::path& source : sources) loader.load_source(source);
  draft.reconcile();
  return loader.folders();
}

}  // namespace

bool is_host_list(const fs::path& source) {
  std::error_code ignored;
  return source.string().find(',') != std::string::npos && !fs::exists(source, ignored);
}

Result<Loaded, std::vector<Diagnostic>> load(const std::vector<fs::path>& sources, Programs programs,
                                             const Beside& beside) {
  auto parts = std::make_unique<Growth::Parts>();
  parts->beside = beside;
  Problems& problems = parts->problems;
  if (sources.empty()) problems.error({}, "no inventory was given");
  std::vector<fs::path> folders = read_sources(sources, programs, beside, parts->draft, problems);
  folders.insert(folders.end(), beside.folders.begin(), beside.folders.end());
  parts->files.emplace(folders, parts->beside, problems);
  Inventory inventory = resolve(parts->draft, *parts->files, beside, problems);
  if (!problems.errors().empty()) return Unexpected(std::move(problems.errors()));
  std::vector<Diagnostic> warnings = std::move(problems.warnings());
  parts->beside.render = {};  // how a host that is added is reached is told when that is known
  if (beside.grows) inventory.grow_by(std::make_shared<Growth>(std::move(parts)));
  return Loaded{std::move(inventory), std::move(warnings)};
}

std::optional<NameList> load_names(const std::vector<fs::path>& sources) {
  Problems problems;
  Draft draft(problems, Draft::Keeps::names);
  const Beside beside;
  VarsFiles files(read_sources(sources, Programs::skip, beside, draft, problems), beside, problems);
  NameList names;
  for (const DraftGroup& group : draft.groups()) names.groups.push_back({group.name, {}});
  std::set<std::string> tags;
  for_each_host(draft, files, problems,
                [&](const std::string& host, const std::vector<Index>& groups, const std::vector<std::string>& its) {
                  names.hosts.push_back(host);
                  names.groups[Draft::all].hosts.push_back(host);
                  for (const Index group : groups) names.groups[group].hosts.push_back(host);
                  tags.insert(its.begin(), its.end());
                });
  if (sources.empty() || !problems.errors().empty()) return std::nullopt;
  names.tags.assign(tags.begin(), tags.end());
  return names;
}

}  // namespace cef::inventory
