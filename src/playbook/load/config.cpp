// The few lines of an ansible.cfg that matter.
#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/playbook/load.hpp>

#include <cstdlib>
#include <map>
#include <optional>

namespace cef::playbook {

namespace fs = std::filesystem;

namespace {

std::optional<fs::path> config_file() {
  std::error_code ignored;
  if (const char* named = std::getenv("ANSIBLE_CONFIG"); named && *named) {
    const fs::path path = expand_user(named);
    return fs::is_directory(path, ignored) ? path / "ansible.cfg" : path;
  }
  // One in a folder that everybody may write to could be anyone's.
  if (fs::exists("ansible.cfg", ignored) && writers_of(".").empty()) return "ansible.cfg";
  for (const char* usual : {"~/.ansible.cfg", "/etc/ansible/ansible.cfg"})
    if (const fs::path path = expand_user(usual); fs::exists(path, ignored)) return path;
  return std::nullopt;
}

std::vector<fs::path> paths_of(const std::string& text, char separator, const fs::path& folder) {
  std::vector<fs::path> paths;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    const std::string part(trim(std::string_view(text).substr(begin, end - begin)));
    begin = end + 1;
    if (part.empty()) continue;
    const fs::path path = expand_user(part);
    paths.push_back(path.is_absolute() ? path : folder / path);
  }
  return paths;
}

std::map<std::string, std::string> read_ini(const std::string& text) {
  std::map<std::string, std::string> values;
  std::string section;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = trim(std::string_view(text).substr(begin, end - begin));
    begin = end + 1;
    if (line.empty() || line[0] == '#' || line[0] == ';') continue;
    if (line[0] == '[') {
      section = line.substr(1, line.find(']') - 1);
      continue;
    }
    if (const auto comment = line.find(" ;"); comment != std::string_view::npos) line = trim(line.substr(0, comment));
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) continue;
    values[section + "." + std::string(trim(line.substr(0, equals)))] = trim(line.substr(equals + 1));
  }
  return values;
}

// What the environment says counts before the file.
std::vector<fs::path> paths_or(const char* variable, std::vector<fs::path> otherwise) {
  const char* const text = std::getenv(variable);
  return text && *text ? paths_of(text, ':', ".") : otherwise;
}

Config read_file_of_config() {
  Config config;
  const auto file = config_file();
  if (!file) return config;
  const auto text = read_file(*file);
  if (!text) return config;
  config.file = *file;
  auto values = read_ini(*text);
  const fs::path folder = file->has_parent_path() ? file->parent_path() : fs::path(".");
  config.roles_path = paths_of(values["defaults.roles_path"], ':', folder);
  for (const char* name : {"defaults.collections_path", "defaults.collections_paths"})
    if (!values[name].empty()) config.collections_path = paths_of(values[name], ':', folder);
  config.inventory = paths_of(values["defaults.inventory"], ',', folder);
  config.remote_user = values["defaults.remote_user"];
  config.forks = values["defaults.forks"];
  config.timeout = values["defaults.timeout"];
  config.ansible_managed = values["defaults.ansible_managed"];
  if (const std::string name = values["defaults.vault_password_file"]; !name.empty())
    config.vault_password_file = paths_of(name, '\n', folder).front().string();
  config.become = values["privilege_escalation.become"];
  config.become_user = values["privilege_escalation.become_user"];
  config.become_method = values["privilege_escalation.become_method"];
  return config;
}

}  // namespace

Config read_config() {
  Config config = read_file_of_config();
  config.roles_path = paths_or("ANSIBLE_ROLES_PATH", std::move(config.roles_path));
  for (const char* variable : {"ANSIBLE_COLLECTIONS_PATHS", "ANSIBLE_COLLECTIONS_PATH"})
    config.collections_path = paths_or(variable, std::move(config.collections_path));
  return config;
}

}  // namespace cef::playbook
