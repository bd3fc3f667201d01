// From files to plays: playbooks, their roles and imports, read and checked before anything runs.
#pragma once

#include <cef/core/diagnostic.hpp>
#include <cef/core/result.hpp>
#include <cef/core/secret.hpp>
#include <cef/core/value.hpp>
#include <cef/playbook/model.hpp>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace cef::playbook {

/// A password of vaults; `id` is empty for one that was given without.
struct VaultPassword {
  std::string id;
  Secret password;
};

struct LoadOptions {
  Value extra_variables = Value::object();                // -e
  std::vector<std::filesystem::path> roles_path{};        // beside `roles/` of the playbook
  std::vector<std::filesystem::path> collections_path{};  // beside `collections/` of the playbook
  std::vector<VaultPassword> vault_passwords{};
};

class Loader;

struct Playbook {
  std::vector<Play> plays;
  std::shared_ptr<Loader> loader;  // reads what is included while it runs
  std::vector<Diagnostic> warnings;
  std::vector<Diagnostic> guarded;  // what is not supported, but reached only behind a condition
};

/// Never stops at the first error: all of them come back together.
Result<Playbook, std::vector<Diagnostic>> load(const std::vector<std::filesystem::path>& files,
                                               const LoadOptions& options);

/// What an ansible.cfg says that matters here, and ANSIBLE_ROLES_PATH and ANSIBLE_COLLECTIONS_PATH; from
/// ANSIBLE_CONFIG, ./ansible.cfg, ~/.ansible.cfg or /etc/ansible/ansible.cfg, the first that is there.
struct Config {
  std::filesystem::path file;  // empty: there is none
  std::vector<std::filesystem::path> roles_path, collections_path, inventory;
  std::string remote_user, become_user, become_method, vault_password_file, ansible_managed;
  std::string forks, timeout, become;
};
Config read_config();

}  // namespace cef::playbook
