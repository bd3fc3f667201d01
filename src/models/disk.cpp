#include "disk.hpp"

#include <cef/core/sha256.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <linux/fs.h>
#include <random>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::models {

namespace {

constexpr std::size_t read_piece = std::size_t{1} << 20;

// A source, and what tells whether somebody writes to it meanwhile.
struct OpenFile {
  Descriptor fd;
  struct stat about {};

  int open(const std::filesystem::path& path) {
    // Not waiting for the writer of a pipe.
    fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    if (fd.get() < 0 || ::fstat(fd.get(), &about) != 0) return errno;
    if (S_ISDIR(about.st_mode)) return EISDIR;
    return S_ISREG(about.st_mode) ? 0 : EINVAL;
  }
  bool has_changed() const {
    struct stat now {};
    return ::fstat(fd.get(), &now) != 0 || now.st_size != about.st_size || now.st_mtim.tv_sec != about.st_mtim.tv_sec ||
           now.st_mtim.tv_nsec != about.st_mtim.tv_nsec;
  }
};

// Reads to the end; writes to `to` as well unless it is -1. Returns 0 or errno.
int read_through(int from, int to, Taken& taken, bool& writing) {
  Sha256 hash;
  std::string buffer(read_piece, '\0');
  for (;;) {
    const ssize_t n = ::read(from, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno;
    if (n == 0) break;
    std::string_view bytes(buffer.data(), static_cast<std::size_t>(n));
    hash.add(bytes);
    taken.size += bytes.size();
    while (to >= 0 && !bytes.empty()) {
      const ssize_t written = ::write(to, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      writing = written < 0;
      if (writing) return errno;
      bytes.remove_prefix(static_cast<std::size_t>(written));
    }
  }
  taken.sha256 = hash.hex();
  return 0;
}

Unexpected<Error> changed_meanwhile(const std::filesystem::path& file) {
  return Unexpected(Error{Code::io_failed, fmt::format("{} was changed while it was read", file.string()),
                          "wait until whoever writes it is done"});
}

}  // namespace

Error disk_error(const char* doing, const std::filesystem::path& path, int reason) {
  return {Code::io_failed, fmt::format("cannot {} {}: {}", doing, path.string(), std::strerror(reason)), ""};
}

Result<void> sync_folder(const std::filesystem::path& folder) {
  const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // Some file systems cannot do so for folders, and say EINVAL.
  if (fd.get() < 0 || (::fsync(fd.get()) != 0 && errno != EINVAL)) return Unexpected(disk_error("sync", folder, errno));
  return {};
}

Result<void> move_into_place(const std::filesystem::path& from, const std::filesystem::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0) return Unexpected(disk_error("write", to, errno));
  return sync_folder(to.parent_path());
}

Result<std::vector<std::filesystem::path>> names_in(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> names;
  std::error_code error;
  std::filesystem::directory_iterator entry(folder, error);
  if (error == std::errc::no_such_file_or_directory) return names;
  for (; !error && entry != std::filesystem::directory_iterator(); entry.increment(error))
    names.push_back(entry->path().filename());
  if (error) return Unexpected(disk_error("read", folder, error.value()));
  return names;
}

Temporary::Temporary(const std::filesystem::path& folder) {
  std::random_device random;
  path_ = folder / fmt::format("{}.{:08x}{:08x}", ::getpid(), random(), random());
}

Temporary::~Temporary() { ::unlink(path_.c_str()); }

Result<std::unique_ptr<Lock>> Lock::take(const std::filesystem::path& file, Kind kind) {
  // Whoever may only read the folder may lock it all the same.
  auto lock = std::make_unique<Lock>(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
  const int fd = lock->file_.get();
  if (fd < 0) return Unexpected(disk_error("write", file, errno));
  const int how = kind == Kind::shared ? LOCK_SH : kind == Kind::exclusive ? LOCK_EX : LOCK_EX | LOCK_NB;
  while (::flock(fd, how) != 0) {
    if (errno == EINTR) continue;
    if (errno == EWOULDBLOCK) return std::unique_ptr<Lock>();
    return Unexpected(disk_error("lock", file, errno));
  }
  return lock;
}

Result<Taken> take_copy(const std::filesystem::path& from, const std::filesystem::path& to) {
  OpenFile source;
  if (const int reason = source.open(from); reason != 0) return Unexpected(disk_error("read", from, reason));
  const Descriptor target(::open(to.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
  if (target.get() < 0) return Unexpected(disk_error("write", to, errno));
  Taken taken;
  taken.cloned = ::ioctl(target.get(), FICLONE, source.fd.get()) == 0;
  // What is hashed is what is kept: the clone, which nobody else can write to.
  bool writing = false;
  const int reason = taken.cloned ? read_through(target.get(), -1, taken, writing)
                                  : read_through(source.fd.get(), target.get(), taken, writing);
  if (reason != 0) return Unexpected(disk_error(writing ? "write" : "read", writing ? to : from, reason));
  if (source.has_changed()) return changed_meanwhile(from);
  if (::fchmod(target.get(), 0444) != 0 || ::fsync(target.get()) != 0)
    return Unexpected(disk_error("write", to, errno));
  return taken;
}

Result<Taken> take_link(const std::filesystem::path& from, const std::filesystem::path& to) {
  OpenFile source;
  if (const int reason = source.open(from); reason != 0) return Unexpected(disk_error("read", from, reason));
  if (::linkat(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), AT_SYMLINK_FOLLOW) != 0) {
    Error error = disk_error("link", from, errno);
    if (errno == EXDEV) error.hint = "the two are on different file systems: without --link it is copied";
    return Unexpected(std::move(error));
  }
  Taken taken;
  bool writing = false;
  const int reason = read_through(source.fd.get(), -1, taken, writing);
  if (reason != 0) return Unexpected(disk_error("read", from, reason));
  if (source.has_changed()) return changed_meanwhile(from);
  if (::fsync(source.fd.get()) != 0) return Unexpected(disk_error("write", from, errno));
  return taken;
}

Result<Taken> hash_of(const std::filesystem::path& file) {
  OpenFile source;
  Taken taken;
  bool writing = false;
  int reason = source.open(file);
  if (reason == 0) reason = read_through(source.fd.get(), -1, taken, writing);
  if (reason != 0) return Unexpected(disk_error("read", file, reason));
  return taken;
}

}  // namespace cef::models
