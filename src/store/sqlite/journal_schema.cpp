#include "schema.hpp"

namespace cef::store {

namespace {

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

}  // namespace

const Schema journal_schema{.steps = steps, .empty = "it holds no runs yet"};

}  // namespace cef::store
