#include "extra_variables.hpp"

#include <cef/core/file.hpp>
#include <cef/core/text.hpp>
#include <cef/playbook/variables.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

Unexpected<Error> wrong(const std::string& text, std::string_view why) {
  return Unexpected(Error{Code::usage, fmt::format("-e {}: {}", text, why), "write k=v, JSON, or @FILE"});
}

}  // namespace

Result<Value> read_extra_variables(const std::vector<std::string>& texts,
                                   const std::vector<playbook::VaultPassword>& passwords) {
  Value all = Value::object();
  for (const std::string& text : texts) {
    Result<Value, std::string> read = Value::object();
    if (text.starts_with('@'))
      read = playbook::read_variables(expand_user(std::string_view(text).substr(1)), passwords);
    else if (const auto first = trim(text); first.starts_with('{') || first.starts_with('['))
      read = playbook::parse_variables(text, "-e");
    else
      read = playbook::parse_pairs(text);
    if (!read) return wrong(text, read.error());
    if (!read->is_object()) return wrong(text, "it is no mapping of names to values");
    for (const auto& [name, value] : read->items()) all[name] = value;
  }
  return all;
}

}  // namespace cef::cli
