#include <cef/core/descriptor.hpp>
#include <cef/core/opened_file.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

namespace cef {

namespace {

Unexpected<Error> cannot_read(const std::filesystem::path& path, const char* reason) {
  return Unexpected(Error{Code::io_failed, fmt::format("cannot read {}: {}", path.string(), reason), ""});
}

bool same(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

}  // namespace

struct OpenedFile::State {
  Descriptor fd;
  struct stat known {};
  std::atomic<bool> failed = false;
};

OpenedFile::OpenedFile(std::unique_ptr<State> state) : state_(std::move(state)) {}
OpenedFile::OpenedFile(OpenedFile&& other) noexcept = default;
OpenedFile::~OpenedFile() = default;

Result<OpenedFile> OpenedFile::open(const std::filesystem::path& path, Link link) {
  auto state = std::make_unique<State>();
  // Without O_NONBLOCK a pipe would be waited for.
  const int no_link = link == Link::refused ? O_NOFOLLOW : 0;
  state->fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | no_link));
  if (state->fd.get() < 0 || ::fstat(state->fd.get(), &state->known) != 0)
    return cannot_read(path, std::strerror(errno));
  if (S_ISDIR(state->known.st_mode)) return cannot_read(path, "it is a folder");
  if (!S_ISREG(state->known.st_mode)) return cannot_read(path, "it is no file");
  char first = 0;
  if (state->known.st_size == 0 && ::pread(state->fd.get(), &first, 1, 0) > 0)
    return cannot_read(path, "it does not tell its size, as files of the kernel do; copy it first");
  return OpenedFile(std::move(state));
}

std::size_t OpenedFile::size() const { return static_cast<std::size_t>(state_->known.st_size); }

std::string_view OpenedFile::read(std::size_t at, std::span<char> into) const {
  const std::size_t wanted = std::min(into.size(), size() - std::min(at, size()));
  std::size_t done = 0;
  while (done < wanted) {
    const ssize_t got = ::pread(state_->fd.get(), into.data() + done, wanted - done, static_cast<off_t>(at + done));
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      state_->failed = true;
      std::fill(into.data() + done, into.data() + wanted, '\0');
      break;
    }
    done += static_cast<std::size_t>(got);
  }
  return {into.data(), wanted};
}

unsigned OpenedFile::mode() const { return state_->known.st_mode & 0777; }
std::int64_t OpenedFile::modified() const { return state_->known.st_mtim.tv_sec; }

bool OpenedFile::has_changed() const {
  const struct stat& known = state_->known;
  struct stat now {};
  return state_->failed || ::fstat(state_->fd.get(), &now) != 0 || now.st_size != known.st_size ||
         !same(now.st_mtim, known.st_mtim);
}

}  // namespace cef
