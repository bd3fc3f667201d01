// The tables of cef's files, and how those of an older cef become them.
#pragma once

#include "sqlite.hpp"

#include <span>
#include <string_view>

namespace cef::store {

struct Schema {
  /// The n-th leads from version n to n+1 (PRAGMA user_version). Those that were released are never changed.
  std::span<const char* const> steps;
  std::string_view empty;  // what is said of a file without tables
};
extern const Schema journal_schema, metrics_schema;

/// Makes the tables, or brings those of an older version forward. Errors: also when the file is of a newer version.
Result<void> migrate(const Database& database, const Schema& schema);
/// Errors: the file is of a newer version, or has no tables at all.
Result<void> check_version(const Database& database, const Schema& schema);

}  // namespace cef::store
