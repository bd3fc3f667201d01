// Variables from outside a playbook.
#pragma once

#include <cef/playbook/load.hpp>

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

/// A file of YAML or JSON, which may be a vault. Errors: a message with the place.
Result<Value, std::string> read_variables(const std::filesystem::path& file,
                                          const std::vector<VaultPassword>& passwords);
/// The text of a vault. Errors: a message.
Result<std::string, std::string> decrypt(std::string_view text, const std::vector<VaultPassword>& passwords);
/// What a value of a host's inventory comes to, with nothing but the inventory's variables (`vars`, as written) and
/// those of -e. Nothing: it takes more than that.
std::optional<Value> render_variable(const std::string& host, const Value& vars, const Value& value, const Value& extra,
                                     const std::vector<VaultPassword>& passwords);
/// YAML or JSON; `name` is for messages.
Result<Value, std::string> parse_variables(const std::string& text, const std::string& name);
/// `a=1 b="2 3"`: all are texts. Errors: a message.
Result<Value, std::string> parse_pairs(std::string_view text);

}  // namespace cef::playbook
