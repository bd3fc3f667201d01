// What -e says: `k=v k2="v 2"`, JSON, or a file of variables after an `@`.
#pragma once

#include <cef/core/result.hpp>
#include <cef/core/value.hpp>
#include <cef/playbook/load.hpp>

#include <string>
#include <vector>

namespace cef::cli {

/// Later ones beat earlier ones. Errors: usage.
Result<Value> read_extra_variables(const std::vector<std::string>& texts,
                                   const std::vector<playbook::VaultPassword>& passwords);

}  // namespace cef::cli
