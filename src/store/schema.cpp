#include "schema.hpp"

#include <fmt/format.h>

#include <iterator>

namespace cef::store {

namespace {

// The n-th step leads from version n to n+1 (PRAGMA user_version). Steps that were released are never changed.
constexpr const char* steps[] = {
    // A run's results are rows of consecutive ids: they are written in one transaction.
    // `about`: what only people and `retry` read, as CBOR. Times are milliseconds, since 1970 for `started`.
    R"(CREATE TABLE runs (
         number INTEGER PRIMARY KEY,
         id TEXT NOT NULL UNIQUE,
         verb TEXT NOT NULL,
         started INTEGER NOT NULL,
         process TEXT NOT NULL,
         about BLOB NOT NULL,
         exit_code INTEGER,
         duration_ms REAL,
         ok INTEGER, changed INTEGER, failed INTEGER, unreachable INTEGER, skipped INTEGER,
         first_result INTEGER, results INTEGER,
         bytes INTEGER NOT NULL DEFAULT 0);
       CREATE INDEX runs_started ON runs(started);
       CREATE TABLE results (
         number INTEGER PRIMARY KEY,
         host TEXT NOT NULL,
         status TEXT NOT NULL,
         duration_ms REAL NOT NULL,
         attempts INTEGER NOT NULL,
         code TEXT, message TEXT, hint TEXT,
         record BLOB NOT NULL);
       CREATE TABLE files (
         run INTEGER NOT NULL,
         path TEXT NOT NULL,
         content BLOB NOT NULL);
       CREATE INDEX files_run ON files(run);
       CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;)",
};
constexpr auto newest = static_cast<std::int64_t>(std::size(steps));

Error too_new(const Database& database, std::int64_t version) {
  return {
      Code::io_failed,
      fmt::format("journal {}: it is of a newer cef (version {}, this one knows {})", database.file(), version, newest),
      "update cef, or name another file with --journal"};
}

}  // namespace

Result<void> migrate(const Database& database) {
  auto version = database.number("PRAGMA user_version");
  if (!version) return Unexpected(version.error());
  if (*version > newest) return Unexpected(too_new(database, *version));
  if (*version == newest) return {};
  if (*version == 0)
    // Both can only be set while the file is empty, or cost a rewrite of it.
    if (auto set = database.run("PRAGMA auto_vacuum=INCREMENTAL; PRAGMA journal_mode=WAL"); !set) return set;
  auto transaction = Transaction::begin(database);
  if (!transaction) return Unexpected(transaction.error());
  version = database.number("PRAGMA user_version");  // another process may have been faster
  if (!version) return Unexpected(version.error());
  for (auto step = *version; step < newest; ++step)
    if (auto done = database.run(steps[step]); !done) return done;
  if (auto set = database.run(fmt::format("PRAGMA user_version={}", newest)); !set) return set;
  return transaction->commit();
}

Result<void> check_version(const Database& database) {
  const auto version = database.number("PRAGMA user_version");
  if (!version) return Unexpected(version.error());
  if (*version > newest) return Unexpected(too_new(database, *version));
  if (*version < newest)
    return Unexpected(Error{Code::io_failed, fmt::format("journal {}: it holds no runs yet", database.file()), ""});
  return {};
}

}  // namespace cef::store
