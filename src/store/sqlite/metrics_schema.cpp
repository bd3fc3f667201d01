#include "schema.hpp"

namespace cef::store {

namespace {

constexpr const char* metrics_steps[] = {
    // Times are milliseconds since 1970, of hours and days their beginnings. Rows lie by time, so that a round is
    // written into a few pages at the end of the file and not into one for each host.
    // `shapes`: which series a host has, a list of numbers that most hosts share. `frames`: what a host's values were
    // at
    // some time; its next rows say only what is different. `record`: see metric_rows.hpp.
    R"(CREATE TABLE hosts (
         number INTEGER PRIMARY KEY,
         name TEXT NOT NULL UNIQUE,
         frame INTEGER,
         first INTEGER NOT NULL, last INTEGER NOT NULL, last_up INTEGER,
         error TEXT);
       CREATE TABLE series (number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
       CREATE TABLE shapes (number INTEGER PRIMARY KEY, series BLOB NOT NULL UNIQUE);
       CREATE TABLE frames (
         number INTEGER PRIMARY KEY,
         time INTEGER NOT NULL,
         shape INTEGER NOT NULL,
         base BLOB NOT NULL);
       CREATE TABLE rounds (
         time INTEGER NOT NULL, host INTEGER NOT NULL,
         frame INTEGER,
         record BLOB,
         error TEXT,
         PRIMARY KEY (time, host)) WITHOUT ROWID;
       CREATE TABLE hours (
         time INTEGER NOT NULL, host INTEGER NOT NULL,
         rounds INTEGER NOT NULL, up INTEGER NOT NULL,
         shape INTEGER,
         record BLOB,
         PRIMARY KEY (time, host)) WITHOUT ROWID;
       CREATE TABLE days (
         time INTEGER NOT NULL, host INTEGER NOT NULL,
         rounds INTEGER NOT NULL, up INTEGER NOT NULL,
         shape INTEGER,
         record BLOB,
         PRIMARY KEY (time, host)) WITHOUT ROWID;
       CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID;)",
};

}  // namespace

const Schema metrics_schema{.steps = metrics_steps, .empty = "nothing is stored in it yet"};

}  // namespace cef::store
