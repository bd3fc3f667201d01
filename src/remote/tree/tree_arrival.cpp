#include "tree_arrival.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cef::remote {

namespace {

constexpr const char* part_name = ".file.cef-part";

mode_t without_umask(unsigned mode) {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  return mode & ~mask;
}

// Opens a folder in another one, or makes it there.
int enter(int parent, const std::string& name) {
  constexpr int flags = O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW;
  int fd = ::openat(parent, name.c_str(), flags);
  if (fd >= 0 || (errno != ENOENT && errno != ENOTDIR && errno != ELOOP)) return fd;
  if (errno != ENOENT) ::unlinkat(parent, name.c_str(), 0);
  if (::mkdirat(parent, name.c_str(), 0777) != 0 && errno != EEXIST) return -1;
  return ::openat(parent, name.c_str(), flags);
}

}  // namespace

TreeArrival::TreeArrival(std::filesystem::path shown, Descriptor root)
    : shown_(std::move(shown)), root_(std::move(root)) {}

Result<TreeArrival> TreeArrival::at(const std::filesystem::path& parent, const std::string& name) {
  const auto path = parent / name;
  const Descriptor above(::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  Descriptor root(above.get() < 0 ? -1 : enter(above.get(), name));
  if (root.get() < 0)
    return Unexpected(
        Error{Code::io_failed, fmt::format("cannot write {} here: {}", path.string(), std::strerror(errno)), ""});
  return TreeArrival(path, std::move(root));
}

Unexpected<Error> TreeArrival::failed(const std::string& path) const {
  return Unexpected(Error{Code::io_failed,
                          fmt::format("cannot write {} here: {}", (shown_ / path).string(), std::strerror(errno)), ""});
}

Result<Descriptor> TreeArrival::make_folder(const std::vector<std::string>& parts) {
  Descriptor folder(::fcntl(root_.get(), F_DUPFD_CLOEXEC, 0));
  for (const std::string& part : parts) {
    const int next = enter(folder.get(), part);
    if (next < 0) return failed(fmt::format("{}", fmt::join(parts, "/")));
    folder.reset(next);
  }
  return folder;
}

Result<void> TreeArrival::entry(const TarEntry& entry) {
  entry_ = entry;
  file_.reset();
  hash_.reset();
  auto parts = parts_of(entry.path);
  if (!parts) return Unexpected(parts.error());
  path_ = fmt::format("{}", fmt::join(*parts, "/"));
  using Kind = TarEntry::Kind;
  if (entry.kind == Kind::other || (parts->empty() && entry.kind != Kind::folder)) return {};
  if (entry.kind == Kind::folder) {
    const auto made = make_folder(*parts);
    if (!made) return Unexpected(made.error());
    ::fchmod(made->get(), without_umask(entry.mode | 0700));
    return {};
  }
  name_ = parts->back();
  parts->pop_back();
  if (folder_.get() < 0 || folder_parts_ != *parts) {
    auto folder = make_folder(*parts);
    if (!folder) return Unexpected(folder.error());
    folder_ = std::move(*folder);
    folder_parts_ = std::move(*parts);
  }
  if (entry.kind == Kind::file) return begin_file(entry);
  if (entry.kind == Kind::hard_link) return hard_link(entry, folder_.get(), name_);
  ::unlinkat(folder_.get(), name_.c_str(), 0);
  if (::symlinkat(entry.target.c_str(), folder_.get(), name_.c_str()) != 0) return failed(path_);
  ++links_;
  return {};
}

Result<void> TreeArrival::begin_file(const TarEntry&) {
  ::unlinkat(folder_.get(), part_name, 0);
  file_.reset(::openat(folder_.get(), part_name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file_.get() < 0) return failed(path_);
  hash_.emplace();
  return {};
}

// To a file that came before it.
Result<void> TreeArrival::hard_link(const TarEntry& entry, int folder, const std::string& name) {
  auto parts = parts_of(entry.target);
  if (!parts) return Unexpected(parts.error());
  const std::string target = fmt::format("{}", fmt::join(*parts, "/"));
  const auto known = files_.find(target);
  if (parts->empty() || known == files_.end())
    return Unexpected(Error{Code::unexpected_output, "the host sent a link to a file that it has not sent", ""});
  const std::string last = parts->back();
  parts->pop_back();
  const auto there = make_folder(*parts);
  if (!there) return Unexpected(there.error());
  struct stat found {};
  if (::fstatat(there->get(), last.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(found.st_mode))
    return failed(target);
  ::unlinkat(folder, name.c_str(), 0);
  if (::linkat(there->get(), last.c_str(), folder, name.c_str(), 0) != 0) return failed(path_);
  files_[path_] = known->second;
  return {};
}

Result<void> TreeArrival::contents(std::string_view bytes) {
  if (file_.get() < 0) return {};
  hash_->add(bytes);
  bytes_ += static_cast<std::int64_t>(bytes.size());
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed(path_);
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return {};
}

Result<void> TreeArrival::end() {
  if (file_.get() < 0) return {};
  ::fchmod(file_.get(), without_umask(entry_.mode | 0400));
  const timespec times[2] = {{0, UTIME_OMIT}, {static_cast<std::time_t>(entry_.modified), 0}};
  ::futimens(file_.get(), times);
  file_.reset();
  if (::renameat(folder_.get(), part_name, folder_.get(), name_.c_str()) != 0) return failed(path_);
  files_[path_] = hash_->hex();
  return {};
}

}  // namespace cef::remote
