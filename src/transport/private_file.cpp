#include "private_file.hpp"

#include <cef/core/descriptor.hpp>

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::transport {

namespace {
constexpr std::size_t longest = std::size_t{1} << 20;  // as in ssh
}

Result<PrivateFile, std::string> read_private_file(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  struct stat about {};
  if (file.get() < 0 || ::fstat(file.get(), &about) != 0) return Unexpected(std::string(std::strerror(errno)));
  PrivateFile read;
  constexpr mode_t of_others = 077;
  // As ssh: what belongs to somebody else cannot be mended by the user, and root may use it.
  if (about.st_uid == ::getuid() && (about.st_mode & of_others) != 0) read.exposed = about.st_mode & 07777;
  std::array<char, 4096> chunk;
  for (;;) {
    const ssize_t got = ::read(file.get(), chunk.data(), chunk.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Unexpected(std::string(std::strerror(errno)));
    if (got == 0) return read;
    read.text.append(chunk.data(), static_cast<std::size_t>(got));
    if (read.text.size() > longest) return Unexpected(std::string("it is longer than any key"));
  }
}

}  // namespace cef::transport
