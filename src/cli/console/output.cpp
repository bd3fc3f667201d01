#include "output.hpp"

#include <cef/core/text.hpp>
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

namespace {
constexpr unsigned new_file_mode = 0644;  // less the umask

// One terminal, one pipe: what is written first is to be read first.
bool is_one_file(int one, int other) {
  struct stat a {};
  struct stat b {};
  return ::fstat(one, &a) == 0 && ::fstat(other, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}
}  // namespace

Result<void> Output::check() const {
  if (!file_) return {};
  const auto refuse = [this](std::string_view why) {
    return Unexpected(Error{Code::usage, fmt::format("--output: cannot write {}: {}", *file_, why), ""});
  };
  if (file_->empty()) return refuse("it has no name");
  struct stat info {};
  if (::stat(file_->c_str(), &info) == 0 && S_ISDIR(info.st_mode)) return refuse("it is a folder");
  const auto folder = std::filesystem::path(*file_).parent_path();
  if (!folder.empty() && ::stat(folder.c_str(), &info) != 0 && errno == ENOENT)
    return refuse(fmt::format("there is no folder {}", folder.string()));
  if (const auto begun = NewFile::begin(*file_, new_file_mode); !begun)
    return Unexpected(Error{Code::usage, fmt::format("--output: {}", begun.error().message), ""});
  return {};
}

// The file is made when there is something to write, and written as that comes.
void Output::write_to_file(std::string_view bytes) {
  if (!new_file_ && !file_failure_) {
    auto begun = NewFile::begin(*file_, new_file_mode);
    if (begun)
      new_file_.emplace(std::move(*begun));
    else
      file_failure_ = begun.error();
  }
  if (file_failure_) return;
  if (const auto written = new_file_->write(bytes); !written) file_failure_ = written.error();
}

render::Writer Output::writer() {
  return [this](std::string_view bytes) {
    if (file_) return write_to_file(bytes);
    if (queue_) return queue_->write(std::string(bytes));
    while (!bytes.empty() && failure_ == 0) {
      const ssize_t written = ::write(STDOUT_FILENO, bytes.data(), bytes.size());
      if (written >= 0)
        bytes.remove_prefix(static_cast<std::size_t>(written));
      else if (errno != EINTR)
        failure_ = errno;
    }
  };
}

void Output::write_text(std::string_view text) {
  if (!file_ && ::isatty(STDOUT_FILENO) == 1)
    writer()(escape_controls(text));
  else
    writer()(text);
}

bool Output::is_joined() const { return !file_ && is_one_file(STDOUT_FILENO, STDERR_FILENO); }

void Output::queue(std::function<void()> wake) {
  if (!is_one_file(STDOUT_FILENO, STDERR_FILENO)) errors_ = std::make_unique<WriteQueue>(STDERR_FILENO, wake);
  queue_ = std::make_unique<WriteQueue>(STDOUT_FILENO, std::move(wake));
}

void Output::settle() {
  failure_ = failure();
  queue_.reset();
  errors_.reset();
}

void Output::write_error(std::string_view bytes) { (errors_ ? errors_ : queue_)->write(std::string(bytes)); }

std::size_t Output::waiting() const { return (queue_ ? queue_->waiting() : 0) + (errors_ ? errors_->waiting() : 0); }

engine::Observer::Reader Output::reader() const {
  if (const int reason = failure(); reason != 0)
    return reason == EPIPE ? engine::Observer::Reader::gone : engine::Observer::Reader::failed;
  return waiting() > 0 ? engine::Observer::Reader::behind : engine::Observer::Reader::has_all;
}

Result<void> Output::finish() {
  if (file_) {
    write_to_file({});  // one without results is made, too
    if (file_failure_) return Unexpected(*file_failure_);
    return new_file_->commit();
  }
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
