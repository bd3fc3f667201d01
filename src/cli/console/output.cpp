#include "output.hpp"

#include <cef/core/file.hpp>
#include <cef/engine/exit.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace cef::cli {

Result<void> Output::check() const {
  if (!file_) return {};
  const auto refuse = [this](std::string_view why) {
    return Unexpected(Error{Code::usage, fmt::format("--output: cannot write {}: {}", *file_, why), ""});
  };
  if (file_->empty()) return refuse("it has no name");
  std::error_code ignored;
  std::filesystem::path path = *file_;
  if (std::filesystem::exists(path, ignored)) path = std::filesystem::canonical(path, ignored);
  struct stat info {};
  if (::stat(path.c_str(), &info) == 0) {
    if (S_ISDIR(info.st_mode)) return refuse("it is a folder");
    if (!S_ISREG(info.st_mode))
      return ::access(path.c_str(), W_OK) == 0 ? Result<void>{} : refuse(std::strerror(errno));
  }
  // The file is written aside and renamed: whether that can be, only another file beside it tells.
  std::string aside = path.string() + ".XXXXXX";
  const int fd = ::mkostemp(aside.data(), O_CLOEXEC);
  if (fd < 0) {
    const std::string folder = path.has_parent_path() ? path.parent_path().string() : ".";
    return refuse(errno == ENOENT && ::access(folder.c_str(), F_OK) != 0 ? fmt::format("there is no folder {}", folder)
                                                                         : std::strerror(errno));
  }
  ::close(fd);
  ::unlink(aside.c_str());
  return {};
}

render::Writer Output::writer() {
  return [this](std::string_view bytes) {
    if (file_) {
      collected_ += bytes;
      return;
    }
    if (queue_) return queue_->write(STDOUT_FILENO, std::string(bytes));
    while (!bytes.empty() && failure_ == 0) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (written >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR)
        failure_ = errno;
    }
  };
}

void Output::queue(std::function<void()> wake) { queue_ = std::make_unique<WriteQueue>(std::move(wake)); }

void Output::settle() {
  failure_ = failure();
  queue_.reset();
}

void Output::write_error(std::string_view bytes) { queue_->write(STDERR_FILENO, std::string(bytes)); }

engine::Observer::Reader Output::reader() const {
  if (const int reason = failure(); reason != 0)
    return reason == EPIPE ? engine::Observer::Reader::gone : engine::Observer::Reader::failed;
  return waiting() > 0 ? engine::Observer::Reader::behind : engine::Observer::Reader::has_all;
}

Result<void> Output::finish() {
  if (file_) return write_file(*file_, collected_);
  if (failure() != 0 && failure() != EPIPE)
    return Unexpected(
        Error{Code::io_failed, fmt::format("cannot write the results: {}", std::strerror(failure())), ""});
  return {};
}

int end_by_pipe(int exit_code) {
  if (exit_code != engine::exit_broken_pipe) return exit_code;
  std::signal(SIGPIPE, SIG_DFL);
  ::raise(SIGPIPE);
  return exit_code;
}

}  // namespace cef::cli
