// The journal's tables, and how those of an older cef become them.
#pragma once

#include "sqlite.hpp"

namespace cef::store {

/// Makes the tables, or brings those of an older version forward. Errors: also when the file is of a newer version.
Result<void> migrate(const Database& database);
/// Errors: the file is of a newer version, or no journal at all.
Result<void> check_version(const Database& database);

}  // namespace cef::store
