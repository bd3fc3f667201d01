#include "output.hpp"

#include <cef/core/file.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace cef::cli {

render::Writer Output::writer() {
  return [this](std::string_view bytes) {
    if (file_) {
      collected_ += bytes;
      return;
    }
    while (!bytes.empty() && failure_ == 0) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (written >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR)
        failure_ = errno;
    }
    reader_gone_ = failure_ == EPIPE;
  };
}

Result<void> Output::finish() {
  if (file_) return write_file(*file_, collected_);
  if (failure_ != 0 && !reader_gone_)
    return Unexpected(Error{Code::io_failed, fmt::format("cannot write the results: {}", std::strerror(failure_)), ""});
  return {};
}

}  // namespace cef::cli
