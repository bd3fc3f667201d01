// SQLite's C interface as objects that close what they opened and say what failed.
#pragma once

#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <sqlite3.h>
#include <string>
#include <string_view>

namespace cef::store {

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};

/// Which of cef's files a database is, for messages.
struct DatabaseFile {
  std::string what;    // "journal"
  std::string option;  // that names another file
  std::filesystem::path path;

  std::string name() const { return what + " " + path.string(); }
};

/// A prepared statement. A failed bind is told by the step that follows.
class Statement {
 public:
  Statement(sqlite3* database, DatabaseFile file, std::string_view sql);

  // Values of the statement's `?`, in their order.
  Statement& bind(std::int64_t value);
  Statement& bind(double value);
  Statement& bind(std::string_view text);  // must live until the next step
  Statement& bind_blob(std::string_view bytes);
  Statement& bind_null();

  /// True when there is a row. At the end the statement is ready for other values.
  Result<bool> step();
  /// All steps of a statement without rows.
  Result<void> run();
  /// Leaves the rows that were not read, and is ready for other values.
  void reset() { sqlite3_reset(statement_.get()); }

  bool is_null(int column) const;
  std::int64_t number(int column) const;
  double real(int column) const;
  std::string text(int column) const;  // a blob's bytes too

 private:
  void note(int code);

  sqlite3* database_;
  DatabaseFile file_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int next_ = 1;
  int failed_ = SQLITE_OK;
};

class Database {
 public:
  /// `flags` are those of sqlite3_open_v2().
  static Result<Database> open(DatabaseFile file, int flags, Milliseconds patience);
  /// To be read without locks and logs: nobody may write it meanwhile.
  static Result<Database> open_as_it_is(DatabaseFile file);

  void set_patience(Milliseconds patience);
  /// Closing it leaves the log of changes, and waits for no disk: the log is added to the database, and the disk waited
  /// for, once it has more than 128 pages. The next to open it reads the log, 0.1 ms at most.
  void keep_log();
  Statement prepare(std::string_view sql) const { return {database_.get(), file_, sql}; }
  /// One or more statements without values.
  Result<void> run(const std::string& sql) const;
  Result<std::int64_t> number(std::string_view sql) const;
  /// Gives free pages back to the file system: all of them, or in passing some.
  Result<void> shrink(bool whole) const;
  std::int64_t changes() const { return sqlite3_changes64(database_.get()); }
  const DatabaseFile& file() const { return file_; }

 private:
  Database(sqlite3* database, DatabaseFile file) : database_(database), file_(std::move(file)) {}
  std::unique_ptr<sqlite3, CloseDatabase> database_;
  DatabaseFile file_;
};

/// Takes the right to write at once, so that no other process comes between reading and writing; undoes everything
/// unless commit() was called.
class Transaction {
 public:
  static Result<Transaction> begin(const Database& database);
  ~Transaction();
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  Result<void> commit();

 private:
  explicit Transaction(const Database& database) : database_(&database) {}
  const Database* database_;
};

Error sqlite_error(sqlite3* database, int code, const DatabaseFile& file);

}  // namespace cef::store
