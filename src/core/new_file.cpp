#include <cef/core/descriptor.hpp>
#include <cef/core/new_file.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <climits>
#include <cstring>
#include <fcntl.h>
#include <random>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cef {

namespace {

constexpr int most_names = 100;

std::string by_descriptor(int fd) { return fmt::format("/proc/self/fd/{}", fd); }

// Where the open file is; empty when the kernel does not tell.
std::filesystem::path place_of(int fd) {
  char place[PATH_MAX];
  const ssize_t size = ::readlink(by_descriptor(fd).c_str(), place, sizeof place);
  return size > 0 && place[0] == '/' ? std::string(place, static_cast<std::size_t>(size)) : std::string();
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
  return true;
}

}  // namespace

struct NewFile::State {
  std::filesystem::path path;  // as it was named, for messages
  int folder = -1, file = -1;
  std::string name, aside;  // in the folder; `aside` is empty while the new file has no name
  bool in_place = false;
  std::string collected;  // for one that is written in place

  ~State() {
    if (!aside.empty()) ::unlinkat(folder, aside.c_str(), 0);
    for (const int fd : {folder, file})
      if (fd >= 0) ::close(fd);
  }
  Unexpected<Error> failed(int reason) const {
    return Unexpected(
        Error{Code::io_failed, fmt::format("cannot write {}: {}", path.string(), std::strerror(reason)), ""});
  }
  int locate(struct stat& old);
  bool make(unsigned mode);
  bool give_name();
  template <class Try>
  bool with_new_name(Try attempt);
};

// Finds the folder and the name of the file that `path` leads to. Returns 0 or errno; `old` has mode 0 for a file that
// is not there yet.
int NewFile::State::locate(struct stat& old) {
  const Descriptor there(::open(path.c_str(), O_PATH | O_CLOEXEC));
  if (there.get() < 0 && errno != ENOENT) return errno;
  std::filesystem::path place = path;
  if (there.get() >= 0) {
    if (::fstat(there.get(), &old) != 0) return errno;
    if (S_ISDIR(old.st_mode)) return EISDIR;
    in_place = !S_ISREG(old.st_mode);
    if (in_place) return ::access(path.c_str(), W_OK) == 0 ? 0 : errno;
    place = place_of(there.get());
    if (place.empty()) return ENOENT;
  }
  name = place.filename().string();
  if (name.empty()) return ENOENT;
  const auto parent = place.has_parent_path() ? place.parent_path() : std::filesystem::path(".");
  folder = ::open(parent.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (folder < 0) return errno;
  struct stat now {};
  if (there.get() < 0) return 0;
  if (::fstatat(folder, name.c_str(), &now, AT_SYMLINK_NOFOLLOW) != 0) return errno;
  return now.st_dev == old.st_dev && now.st_ino == old.st_ino ? 0 : ESTALE;  // somebody changes it at this moment
}

template <class Try>
bool NewFile::State::with_new_name(Try attempt) {
  std::random_device random;
  for (int i = 0; i < most_names; ++i) {
    const std::string tried = fmt::format("{}.{:08x}", name, random());
    if (attempt(tried.c_str())) {
      aside = tried;
      return true;
    }
    if (errno != EEXIST) return false;
  }
  return false;
}

// Without a name where the file system can do that: then nothing stays behind, however cef ends.
bool NewFile::State::make(unsigned mode) {
  file = ::openat(folder, ".", O_TMPFILE | O_WRONLY | O_CLOEXEC, mode);
  if (file >= 0) return true;
  if (errno != EOPNOTSUPP && errno != EISDIR && errno != ENOENT && errno != EINVAL) return false;
  return with_new_name([&](const char* tried) {
    file = ::openat(folder, tried, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    return file >= 0;
  });
}

bool NewFile::State::give_name() {
  if (!aside.empty()) return true;
  return with_new_name([&](const char* tried) {
    return ::linkat(AT_FDCWD, by_descriptor(file).c_str(), folder, tried, AT_SYMLINK_FOLLOW) == 0;
  });
}

NewFile::NewFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
NewFile::NewFile(NewFile&& other) noexcept = default;
NewFile::~NewFile() = default;

Result<NewFile> NewFile::begin(const std::filesystem::path& path, unsigned mode) {
  auto state = std::make_unique<State>();
  state->path = path;
  struct stat old {};
  if (const int reason = state->locate(old); reason != 0) return state->failed(reason);
  if (state->in_place) return NewFile(std::move(state));
  if (!state->make(mode) || (old.st_mode != 0 && ::fchmod(state->file, old.st_mode & 07777) != 0))
    return state->failed(errno);
  return NewFile(std::move(state));
}

Result<void> NewFile::write(std::string_view bytes) {
  if (state_->in_place)
    state_->collected += bytes;
  else if (!write_all(state_->file, bytes))
    return state_->failed(errno);
  return {};
}

Result<void> NewFile::commit() {
  State& state = *state_;
  if (state.in_place) {
    const Descriptor device(::open(state.path.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY));
    if (device.get() < 0 || !write_all(device.get(), state.collected)) return state.failed(errno);
    return {};
  }
  if (::fsync(state.file) != 0 || !state.give_name()) return state.failed(errno);
  if (::close(std::exchange(state.file, -1)) != 0 ||
      ::renameat(state.folder, state.aside.c_str(), state.folder, state.name.c_str()) != 0)
    return state.failed(errno);
  state.aside.clear();
  return {};
}

}  // namespace cef
