#include "arrival.hpp"

#include "words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>
#include <utility>

namespace cef::remote {

namespace {

constexpr std::size_t block = 65536;                  // offsets at which a transfer can go on
constexpr std::size_t stride = std::size_t{1} << 20;  // after so much the worker is told: it costs two switches
constexpr std::size_t longest_name = 240, least_hole = 4096;

std::string part_name(const std::string& name) { return '.' + name.substr(0, longest_name) + ".cef-part"; }

}  // namespace

Arrival::Arrival(std::filesystem::path folder, std::string name, FileWorker& worker, bool hashes)
    : folder_(std::move(folder)), name_(std::move(name)), part_(part_name(name_)), worker_(worker), hashes_(hashes) {}

Unexpected<Error> Arrival::failed(const char* reason) const {
  return Unexpected(
      Error{Code::io_failed, fmt::format("cannot write {} here: {}", (folder_ / name_).string(), reason), ""});
}

Result<std::unique_ptr<Arrival>> Arrival::at(const PullOrders& orders, FileWorker& worker) {
  std::unique_ptr<Arrival> made(new Arrival(orders.folder, orders.name, worker, orders.verify));
  if (orders.at >= 0) {
    made->place_.reset(::fcntl(orders.at, F_DUPFD_CLOEXEC, 0));
  } else {
    std::error_code error;
    if (orders.check && !std::filesystem::exists(orders.folder, error)) return made;  // nothing is in it
    std::filesystem::create_directories(orders.folder, error);
    if (error) return made->failed(error.message().c_str());
    made->place_.reset(::open(orders.folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  }
  if (made->place_.get() < 0) return made->failed(std::strerror(errno));
  return made;
}

std::optional<std::size_t> Arrival::target_size() {
  struct stat found {};
  if (::fstatat(place_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(found.st_mode))
    return std::nullopt;
  return static_cast<std::size_t>(found.st_size);
}

std::optional<std::int64_t> Arrival::target_modified() const {
  struct stat found {};
  if (::fstatat(place_.get(), name_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(found.st_mode))
    return std::nullopt;
  return found.st_mtim.tv_sec;
}

std::optional<std::string> Arrival::target_sha256() {
  if (!target_) {
    auto opened = Source::open(fmt::format("/proc/self/fd/{}/{}", place_.get(), name_));
    if (!opened) return std::string();  // equal to none
    target_.emplace(std::move(*opened));
  }
  return target_->sha256();
}

Result<void> Arrival::open_part() {
  if (opened_) return {};
  struct stat target {};
  if (::fstatat(place_.get(), name_.c_str(), &target, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(target.st_mode))
    return failed("it is a folder");
  file_.reset(::openat(place_.get(), part_.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600));
  struct stat found {};
  if (file_.get() >= 0 && (::fstat(file_.get(), &found) != 0 || !S_ISREG(found.st_mode) || found.st_nlink != 1 ||
                           found.st_uid != ::geteuid()))
    file_.reset();
  if (file_.get() < 0) {  // what is there is not what an earlier transfer has left
    ::unlinkat(place_.get(), part_.c_str(), 0);
    found.st_size = 0;
    file_.reset(::openat(place_.get(), part_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  }
  if (file_.get() < 0) return failed(std::strerror(errno));
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0) {
    file_.reset();
    return failed("another cef is fetching it");
  }
  at_ = static_cast<std::size_t>(found.st_size) / block * block;
  job_ = std::make_unique<FileWorker::Job>(worker_, file_.get());
  opened_ = true;
  return {};
}

std::size_t Arrival::part_size() {
  struct stat found {};
  if (!opened_ && (::fstatat(place_.get(), part_.c_str(), &found, AT_SYMLINK_NOFOLLOW) != 0 || !S_ISREG(found.st_mode)))
    return 0;
  return open_part() ? at_ : 0;
}

std::optional<std::string> Arrival::part_sha256() {
  if (!open_part()) return std::string("-");
  job_->hash_up_to(at_);
  const auto hash = job_->sha256();
  if (!hash) return std::nullopt;
  return *hash ? **hash : std::string("-");
}

Result<void> Arrival::begin(std::size_t offset, std::size_t size) {
  if (const auto opened = open_part(); !opened) return opened;
  if (offset != at_) {
    job_ = std::make_unique<FileWorker::Job>(worker_, file_.get());
    at_ = offset;
  }
  if (::ftruncate(file_.get(), static_cast<off_t>(offset)) != 0) return failed(std::strerror(errno));
  struct statvfs disk {};
  if (::fstatvfs(file_.get(), &disk) == 0 && disk.f_frsize > 0 && size - offset > disk.f_bavail * disk.f_frsize) {
    if (offset == 0) ::unlinkat(place_.get(), part_.c_str(), 0);
    return failed(fmt::format("it needs {}, and {} are free", size_text(static_cast<std::int64_t>(size - offset)),
                              size_text(static_cast<std::int64_t>(disk.f_bavail * disk.f_frsize)))
                      .c_str());
  }
  if (::lseek(file_.get(), static_cast<off_t>(offset), SEEK_SET) < 0) return failed(std::strerror(errno));
  return {};
}

Result<void> Arrival::take(std::string_view bytes) {
  const std::size_t before = at_;
  // What is all zeros becomes a hole: it takes no room where the host's file took none.
  if (bytes.size() >= least_hole && bytes.front() == '\0' &&
      std::memcmp(bytes.data(), bytes.data() + 1, bytes.size() - 1) == 0) {
    at_ += bytes.size();
    if (::ftruncate(file_.get(), static_cast<off_t>(at_)) != 0 ||
        ::lseek(file_.get(), static_cast<off_t>(at_), SEEK_SET) < 0)
      return failed(std::strerror(errno));
    bytes = {};
  }
  while (!bytes.empty()) {
    const ssize_t n = ::write(file_.get(), bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return failed(std::strerror(errno));
    bytes.remove_prefix(static_cast<std::size_t>(n));
    at_ += static_cast<std::size_t>(n);
  }
  if (hashes_ && at_ / stride != before / stride) job_->hash_up_to(at_);
  return {};
}

std::optional<Result<std::string>> Arrival::end(bool hashes) {
  if (!std::exchange(ending_, true)) {
    if (hashes) job_->hash_up_to(at_);
    job_->sync();
  }
  const auto synced = job_->synced();
  if (!synced) return std::nullopt;
  if (!*synced) return failed(synced->error().message.c_str());
  if (!hashes) return std::string();
  auto hash = job_->sha256();
  if (hash && !*hash) return failed(hash->error().message.c_str());
  return hash;
}

Result<void> Arrival::commit(unsigned mode, std::int64_t modified) {
  const mode_t mask = ::umask(022);
  ::umask(mask);
  ::fchmod(file_.get(), (mode | 0600) & ~mask);
  timespec times[2] = {{0, UTIME_OMIT}, {0, UTIME_OMIT}};
  if (modified > 0) times[1] = {static_cast<std::time_t>(modified), 0};
  ::futimens(file_.get(), times);
  if (::renameat(place_.get(), part_.c_str(), place_.get(), name_.c_str()) != 0) return failed(std::strerror(errno));
  ::fsync(place_.get());
  return {};
}

void Arrival::discard() {
  job_.reset();
  if (opened_) ::unlinkat(place_.get(), part_.c_str(), 0);
  file_.reset();
  opened_ = ending_ = false;
  at_ = 0;
}

void Arrival::go_on() {
  if (!opened_) return;
  job_ = std::make_unique<FileWorker::Job>(worker_, file_.get());
  at_ = at_ / block * block;
  ending_ = false;
}

}  // namespace cef::remote
