#include "schema.hpp"

#include <fmt/format.h>

namespace cef::store {

namespace {

std::int64_t newest(const Schema& schema) { return static_cast<std::int64_t>(schema.steps.size()); }

Error too_new(const Database& database, const Schema& schema, std::int64_t version) {
  const DatabaseFile& file = database.file();
  return {Code::io_failed,
          fmt::format("{}: it is of a newer cef (version {}, this one knows {})", file.name(), version, newest(schema)),
          fmt::format("update cef, or name another file with {}", file.option)};
}

// Of the file: from 0 to the newest. What the header says may be anything, and it is an index into the steps.
Result<std::int64_t> known_version(const Database& database, const Schema& schema) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return version;
  if (*version > newest(schema)) return Unexpected(too_new(database, schema, *version));
  if (*version < 0)
    return Unexpected(
        Error{Code::io_failed,
              fmt::format("{}: it is damaged, or no file of cef (its version is {})", database.file().name(), *version),
              fmt::format("move the file away, or name another one with {}", database.file().option)});
  return version;
}

}  // namespace

Result<void> migrate(const Database& database, const Schema& schema) {
  auto version = known_version(database, schema);
  if (!version) return Unexpected(version.error());
  if (*version == newest(schema)) return {};
  if (*version == 0)
    // Both can only be set while the file is empty, or cost a rewrite of it.
    if (auto set = database.run("PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL"); !set) return set;
  auto transaction = Transaction::begin(database);
  if (!transaction) return Unexpected(transaction.error());
  version = known_version(database, schema);  // another process may have been faster
  if (!version) return Unexpected(version.error());
  for (auto step = *version; step < newest(schema); ++step)
    if (auto done = database.run(schema.steps[static_cast<std::size_t>(step)]); !done) return done;
  if (auto set = database.run(fmt::format("PRAGMA user_version={}", newest(schema))); !set) return set;
  return transaction->commit();
}

Result<void> check_version(const Database& database, const Schema& schema) {
  const auto version = known_version(database, schema);
  if (!version) return Unexpected(version.error());
  if (*version < newest(schema))
    return Unexpected(Error{Code::io_failed, fmt::format("{}: {}", database.file().name(), schema.empty), ""});
  return {};
}

}  // namespace cef::store
