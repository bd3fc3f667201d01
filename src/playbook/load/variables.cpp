#include "load/constants.hpp"
#include "load/vault.hpp"

#include <cef/core/file.hpp>
#include <cef/playbook/arguments.hpp>
#include <cef/playbook/variables.hpp>
#include <cef/yaml/yaml.hpp>

#include <fmt/format.h>

namespace cef::playbook {

Result<Value, std::string> parse_variables(const std::string& text, const std::string& name) {
  yaml::Problems problems;
  const auto document = yaml::parse(text, name, problems);
  if (!document) return Unexpected(problems.errors().empty() ? "no YAML" : show(problems.errors().front()));
  return document->root ? yaml::to_value(*document->root) : Value::object();
}

Result<std::string, std::string> decrypt(std::string_view text, const std::vector<VaultPassword>& passwords) {
  return Vault(passwords).decrypt(text);
}

Result<Value, std::string> read_variables(const std::filesystem::path& file,
                                          const std::vector<VaultPassword>& passwords) {
  auto text = read_file(file);
  if (!text) return Unexpected(text.error().message);
  const Vault vault(passwords);
  if (Vault::is_encrypted(*text)) {
    auto plain = vault.decrypt(*text);
    if (!plain) return Unexpected(fmt::format("{}: {}", file.string(), plain.error()));
    text = std::move(*plain);
  }
  auto values = parse_variables(*text, file.string());
  if (!values) return values;
  if (const auto opened = vault.decrypt_in(*values); !opened)
    return Unexpected(fmt::format("{}: {}", file.string(), opened.error()));
  return values;
}

std::optional<Value> render_variable(const std::string& host, const Value& vars, const Value& value, const Value& extra,
                                     const std::vector<VaultPassword>& passwords) {
  const Vault vault(passwords);
  Value own = value, all = vars;
  if (!vault.decrypt_in(own) || !vault.decrypt_in(all)) return std::nullopt;
  all["inventory_hostname"] = host;
  const auto tree = expr::Tree::parse(own);
  if (!tree) return std::nullopt;
  Constants constants(extra, nullptr, {}, &all);
  auto result = tree->evaluate(constants);
  return result ? std::optional(std::move(*result)) : std::nullopt;
}

Result<Value, std::string> parse_pairs(std::string_view text) {
  auto values = parse_arguments(text, "set_fact");
  if (!values) return values;
  if (values->contains("_raw_params")) return Unexpected(fmt::format("'{}' is no k=v", text));
  return values;
}

}  // namespace cef::playbook
