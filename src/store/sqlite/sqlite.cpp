#include "sqlite.hpp"

#include <fmt/format.h>

#include <cstring>
#include <utility>

namespace cef::store {

namespace {

constexpr int most_log_pages = 128;

bool has_long_log(sqlite3* database) {
  const char* file = database ? sqlite3_db_filename(database, nullptr) : nullptr;
  if (!file || !*file) return false;
  std::error_code ignored;
  constexpr std::uintmax_t page = 4096;
  const auto size = std::filesystem::file_size(sqlite3_filename_wal(file), ignored);
  return !ignored && size > most_log_pages * page;
}

std::string advice(int code, const DatabaseFile& file) {
  switch (code & 0xff) {
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return "move the file away: a new one is begun by the next run";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return "another process holds it";
    case SQLITE_FULL:
      return "make room, or name another file with " + file.option;
    default:
      return "";
  }
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const {
  if (has_long_log(database)) sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
  sqlite3_close(database);
}

Error sqlite_error(sqlite3* database, int code, const DatabaseFile& file) {
  std::string reason = database && sqlite3_errcode(database) != SQLITE_OK ? sqlite3_errmsg(database) : "";
  if (reason.empty()) reason = sqlite3_errstr(code);
  if (const int number = database ? sqlite3_system_errno(database) : 0;
      number != 0 && ((code & 0xff) == SQLITE_IOERR || (code & 0xff) == SQLITE_CANTOPEN))
    reason += fmt::format(" ({})", std::strerror(number));
  return {Code::io_failed, fmt::format("{}: {}", file.name(), reason), advice(code, file)};
}

Statement::Statement(sqlite3* database, DatabaseFile file, std::string_view sql)
    : database_(database), file_(std::move(file)) {
  sqlite3_stmt* statement = nullptr;
  note(sqlite3_prepare_v2(database, sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
  statement_.reset(statement);
}

void Statement::note(int code) {
  if (failed_ == SQLITE_OK && code != SQLITE_OK) failed_ = code;
}

Statement& Statement::bind(std::int64_t value) {
  note(sqlite3_bind_int64(statement_.get(), next_++, value));
  return *this;
}

Statement& Statement::bind(double value) {
  note(sqlite3_bind_double(statement_.get(), next_++, value));
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  note(sqlite3_bind_text64(statement_.get(), next_++, text.data() ? text.data() : "", text.size(), SQLITE_STATIC,
                           SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind_blob(std::string_view bytes) {
  note(sqlite3_bind_blob64(statement_.get(), next_++, bytes.data(), bytes.size(), SQLITE_STATIC));
  return *this;
}

Statement& Statement::bind_null() {
  note(sqlite3_bind_null(statement_.get(), next_++));
  return *this;
}

Result<bool> Statement::step() {
  if (failed_ == SQLITE_OK) {
    next_ = 1;
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_ROW) return true;
    if (code == SQLITE_DONE) {
      sqlite3_reset(statement_.get());
      return false;
    }
    failed_ = code;
  }
  Error error = sqlite_error(database_, failed_, file_);
  sqlite3_reset(statement_.get());
  return Unexpected(std::move(error));
}

Result<void> Statement::run() {
  for (;;) {
    const auto row = step();
    if (!row) return Unexpected(row.error());
    if (!*row) return {};
  }
}

bool Statement::is_null(int column) const { return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL; }
std::int64_t Statement::number(int column) const { return sqlite3_column_int64(statement_.get(), column); }
double Statement::real(int column) const { return sqlite3_column_double(statement_.get(), column); }
std::string Statement::text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_.get(), column);
  const int size = sqlite3_column_bytes(statement_.get(), column);
  return bytes ? std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(size)) : std::string();
}

Result<Database> Database::open(DatabaseFile file, int flags, Milliseconds patience) {
  sqlite3* handle = nullptr;
  // One thread uses it: no mutex.
  const int code = sqlite3_open_v2(file.path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  Database database(handle, std::move(file));
  if (code != SQLITE_OK) return Unexpected(sqlite_error(handle, code, database.file_));
  sqlite3_extended_result_codes(handle, 1);
  database.set_patience(patience);
  return database;
}

Result<Database> Database::open_as_it_is(DatabaseFile file) {
  std::string uri = "file:";
  for (const char c : std::filesystem::absolute(file.path).string())
    uri += c == '?' || c == '#' || c == '%' ? fmt::format("%{:02x}", static_cast<unsigned char>(c)) : std::string(1, c);
  uri += "?immutable=1";
  sqlite3* handle = nullptr;
  constexpr int flags = SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX;
  const int code = sqlite3_open_v2(uri.c_str(), &handle, flags, nullptr);
  Database database(handle, std::move(file));
  if (code != SQLITE_OK) return Unexpected(sqlite_error(handle, code, database.file_));
  sqlite3_extended_result_codes(handle, 1);
  return database;
}

void Database::set_patience(Milliseconds patience) {
  sqlite3_busy_timeout(database_.get(), static_cast<int>(patience.count()));
}

void Database::keep_log() {
  sqlite3_db_config(database_.get(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  sqlite3_wal_autocheckpoint(database_.get(), most_log_pages);
}

Result<void> Database::run(const std::string& sql) const {
  const int code = sqlite3_exec(database_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return Unexpected(sqlite_error(database_.get(), code, file_));
  return {};
}

Result<std::int64_t> Database::number(std::string_view sql) const {
  Statement statement = prepare(sql);
  const auto row = statement.step();
  if (!row) return Unexpected(row.error());
  return *row ? statement.number(0) : 0;
}

// The file shrinks page by page; VACUUM would write all of it anew while others wait.
Result<void> Database::shrink(bool whole) const {
  constexpr std::int64_t pages_at_once = 4096;
  return run(fmt::format("PRAGMA incremental_vacuum({})", whole ? 0 : pages_at_once));
}

Result<Transaction> Transaction::begin(const Database& database) {
  if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) return Unexpected(begun.error());
  return Transaction(database);
}

Transaction::~Transaction() {
  if (database_) (void)database_->run("ROLLBACK");
}

Result<void> Transaction::commit() {
  auto committed = database_->run("COMMIT");
  if (committed) database_ = nullptr;
  return committed;
}

}  // namespace cef::store
