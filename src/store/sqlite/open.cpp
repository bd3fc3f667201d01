#include "open.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::store {

namespace {

Unexpected<Error> failed(const DatabaseFile& file, std::string_view what, const std::filesystem::path& path) {
  return Unexpected(Error{Code::io_failed,
                          fmt::format("{}: {} {}: {}", file.what, what, path.string(), std::strerror(errno)),
                          fmt::format("name another file with {}", file.option)});
}

// SQLite gives its other files the mode of this one.
Result<void> make_file(const DatabaseFile& file) {
  if (::access(file.path.c_str(), F_OK) == 0) return {};
  if (const auto made = make_private_folder(file.path.parent_path()); !made)
    return Unexpected(Error{Code::io_failed, fmt::format("{}: {}", file.what, made.error().message),
                            fmt::format("name another file with {}", file.option)});
  const int fd = ::open(file.path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return failed(file, "cannot make", file.path);
  ::close(fd);
  return {};
}

// A file that this user may read, in a folder where nothing can be made, and without a log of changes: SQLite wants to
// make one even for reading.
bool is_untouchable(const std::filesystem::path& path) {
  struct stat log {};
  const bool has_log = ::stat((path.string() + "-wal").c_str(), &log) == 0 && log.st_size > 0;
  const auto folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  return !has_log && ::access(folder.c_str(), W_OK) != 0;
}

}  // namespace

Result<Database> open_database(DatabaseFile file, const Schema& schema, Access access, Milliseconds patience) {
  if (access == Access::write) {
    if (const auto made = make_file(file); !made) return Unexpected(made.error());
  } else if (::access(file.path.c_str(), F_OK) != 0) {
    return failed(file, "there is no", file.path);
  }
  const bool as_it_is = access == Access::read && is_untouchable(file.path);
  auto database = as_it_is ? Database::open_as_it_is(std::move(file))
                           : Database::open(std::move(file), SQLITE_OPEN_READWRITE, patience);
  if (!database) return Unexpected(database.error());
  // NORMAL: after a power cut the last runs may be missing, never the file damaged; and a run waits for no disk.
  if (const auto set = database->run("PRAGMA synchronous=NORMAL"); !set) return Unexpected(set.error());
  database->keep_log();
  const auto ready = access == Access::write ? migrate(*database, schema) : check_version(*database, schema);
  if (!ready) return Unexpected(ready.error());
  return database;
}

}  // namespace cef::store
