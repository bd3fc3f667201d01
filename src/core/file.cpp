#include <cef/core/descriptor.hpp>
#include <cef/core/file.hpp>
#include <cef/core/new_file.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cef {

namespace {

Unexpected<Error> failed(std::string_view what, const std::filesystem::path& path, int reason) {
  return Unexpected(Error{Code::io_failed, fmt::format("{} {}: {}", what, path.string(), std::strerror(reason)), ""});
}

std::string show_size(std::size_t bytes) {
  constexpr std::size_t kibi = 1024, mebi = kibi * kibi;
  return bytes % mebi == 0 ? fmt::format("{} MiB", bytes / mebi) : fmt::format("{} KiB", bytes / kibi);
}

// A group of one, as many systems make for each user: what it may write, its user may.
bool is_private_group(gid_t group, uid_t owner) {
  if (group == 0) return true;  // root's
  const passwd* user = ::getpwuid(owner);
  if (!user || user->pw_gid != group) return false;
  const std::string name = user->pw_name;
  const ::group* entry = ::getgrgid(group);
  if (!entry || name != entry->gr_name) return false;
  for (char** member = entry->gr_mem; *member; ++member)
    if (name != *member) return false;
  return true;
}

}  // namespace

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (fd.get() < 0) return failed("cannot read", path, errno);
  std::string bytes;
  char buffer[65536];
  for (;;) {
    const ssize_t n = ::read(fd.get(), buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failed("cannot read", path, errno);
    if (n == 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
    if (bytes.size() > limit)
      return Unexpected(Error{
          Code::io_failed, fmt::format("cannot read {}: it is longer than {}", path.string(), show_size(limit)), ""});
  }
}

std::string writers_of(const std::filesystem::path& path) {
  struct stat info {};
  if (::lstat(path.c_str(), &info) != 0) return std::strerror(errno);
  const auto is_foreign = [](uid_t owner) { return owner != 0 && owner != ::geteuid(); };
  if (is_foreign(info.st_uid)) return fmt::format("it belongs to user {}", info.st_uid);
  if (S_ISLNK(info.st_mode)) {
    if (::stat(path.c_str(), &info) != 0) return std::strerror(errno);
    if (is_foreign(info.st_uid)) return fmt::format("it belongs to user {}", info.st_uid);
  }
  if ((info.st_mode & S_IWOTH) != 0) return "everybody may write to it (chmod o-w)";
  if ((info.st_mode & S_IWGRP) != 0 && !is_private_group(info.st_gid, info.st_uid))
    return fmt::format("group {} may write to it (chmod g-w)", info.st_gid);
  return "";
}

Result<void> write_file(const std::filesystem::path& path, std::string_view bytes, unsigned mode) {
  auto file = NewFile::begin(path, mode);
  if (!file) return Unexpected(file.error());
  if (auto written = file->write(bytes); !written) return written;
  return file->commit();
}

Result<void> append_lines(const std::filesystem::path& path, std::string_view lines, unsigned mode) {
  Descriptor fd(::open(path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, mode));
  struct stat old {};
  if (fd.get() < 0 || ::fstat(fd.get(), &old) != 0) return failed("cannot write", path, errno);
  char last = '\n';
  if (S_ISREG(old.st_mode) && old.st_size > 0) (void)!::pread(fd.get(), &last, 1, old.st_size - 1);
  const std::string text = (last == '\n' ? "" : "\n") + std::string(lines);
  const ssize_t wrote = ::write(fd.get(), text.data(), text.size());
  if (wrote != static_cast<ssize_t>(text.size())) {
    const int reason = wrote < 0 ? errno : ENOSPC;
    // Half a line might name half a key. Not if somebody else has written after it.
    struct stat now {};
    if (wrote > 0 && ::fstat(fd.get(), &now) == 0 && now.st_size == old.st_size + wrote)
      (void)!::ftruncate(fd.get(), old.st_size);
    return failed("cannot write", path, reason);
  }
  if (S_ISREG(old.st_mode) && ::fsync(fd.get()) != 0) return failed("cannot write", path, errno);
  if (fd.close() != 0) return failed("cannot write", path, errno);
  return {};
}

Result<void> make_private_folder(const std::filesystem::path& path) {
  if (path.empty() || ::access(path.c_str(), F_OK) == 0) return {};
  if (auto above = make_private_folder(path.parent_path()); !above) return above;
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST) return failed("cannot make", path, errno);
  return {};
}

std::filesystem::path expand_user(std::string_view path) {
  if (path != "~" && !path.starts_with("~/")) return path;
  const char* home = std::getenv("HOME");
  if (!home || !*home) {
    const passwd* entry = ::getpwuid(::getuid());
    home = entry ? entry->pw_dir : "/";
  }
  return std::string(home) + std::string(path.substr(1));
}

}  // namespace cef
