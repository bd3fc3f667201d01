#include "play/vault_passwords.hpp"

#include "console/secrets.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <filesystem>
#include <utility>

namespace cef::cli {

namespace fs = std::filesystem;

Result<std::vector<playbook::VaultPassword>> vault_passwords(const Context& context, const playbook::Config& config) {
  std::vector<playbook::VaultPassword> passwords;
  std::vector<std::string> files = context.arguments.texts("vault-password-file");
  if (files.empty() && !config.vault_password_file.empty()) files.push_back(config.vault_password_file);
  for (const std::string& id : context.arguments.texts("vault-id")) files.push_back(id);
  for (const std::string& given : files) {
    // `id@file`, where no file is called so.
    std::error_code ignored;
    const auto at = given.find('@');
    const bool has_id = at != std::string::npos && !fs::exists(expand_user(given), ignored);
    const std::string file = has_id ? given.substr(at + 1) : given;
    const std::string id = has_id ? given.substr(0, at) : "";
    if (file == "prompt") {
      auto secret = ask_secret(fmt::format("Vault password{}: ", id.empty() ? "" : " (" + id + ")"),
                               "--vault-password-file names a file");
      if (!secret) return Unexpected(secret.error());
      passwords.push_back({id, std::move(*secret)});
      continue;
    }
    auto text = read_file(expand_user(file));
    if (!text) return Unexpected(Error{Code::usage, text.error().message, ""});
    while (!text->empty() && (text->back() == '\n' || text->back() == '\r')) text->pop_back();
    passwords.push_back({id, Secret(std::move(*text))});
  }
  if (context.arguments.has("ask-vault-pass")) {
    auto secret = ask_secret("Vault password: ", "--vault-password-file names a file");
    if (!secret) return Unexpected(secret.error());
    passwords.push_back({"", std::move(*secret)});
  }
  return passwords;
}

}  // namespace cef::cli
