// Ansible's vaults: files and single values that are encrypted with a password.
#pragma once

#include <cef/playbook/load.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

class Vault {
 public:
  explicit Vault(std::vector<VaultPassword> passwords) : passwords_(std::move(passwords)) {}

  static bool is_encrypted(std::string_view text) { return text.starts_with("$ANSIBLE_VAULT;"); }
  /// Tries the password of the vault's own id first, then all others. Errors: a message.
  Result<std::string, std::string> decrypt(std::string_view text) const;
  /// The same for every `!vault` value in it. Errors: a message.
  Result<void, std::string> decrypt_in(Value& value) const;

 private:
  std::vector<VaultPassword> passwords_;
};

}  // namespace cef::playbook
