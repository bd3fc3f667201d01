#include "run_program.hpp"

#include <cef/core/duration.hpp>

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace cef::inventory {

namespace {

using Clock = std::chrono::steady_clock;

class Pipe {
 public:
  Pipe() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  ~Pipe() {
    close_read();
    close_write();
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;
  int read_end() const { return ends_[0]; }
  int write_end() const { return ends_[1]; }
  void close_read() { close(0); }
  void close_write() { close(1); }

 private:
  void close(std::size_t end) {
    if (const int fd = std::exchange(ends_[end], -1); fd >= 0) ::close(fd);
  }
  std::array<int, 2> ends_{-1, -1};
};

// The child's standard streams, a process group of its own so that all it starts can be killed, signals as at login.
class Spawned {
 public:
  Spawned(const std::vector<std::string>& command, const Pipe& out, const Pipe& err) {
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, out.write_end(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, err.write_end(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    sigset_t signals;
    sigemptyset(&signals);
    posix_spawnattr_setsigmask(&attributes, &signals);
    sigaddset(&signals, SIGPIPE);
    sigaddset(&signals, SIGINT);
    posix_spawnattr_setsigdefault(&attributes, &signals);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    std::vector<char*> arguments;
    for (const std::string& word : command) arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: C's argv
    arguments.push_back(nullptr);
    error_ = ::posix_spawn(&pid_, command.front().c_str(), &files, &attributes, arguments.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
  }

  int error() const { return error_; }
  void kill() const { ::kill(-pid_, SIGKILL); }
  int wait() const {
    int status = 0;
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
  }
  /// The exit status, if the program has ended.
  std::optional<int> poll() const {
    int status = 0;
    return ::waitpid(pid_, &status, WNOHANG) == pid_ ? std::optional(status) : std::nullopt;
  }

 private:
  pid_t pid_ = -1;
  int error_ = 0;
};

// False at the end of the stream.
bool read_some(int fd, std::string& text) {
  std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): read() fills it
  const ssize_t n = ::read(fd, buffer.data(), buffer.size());
  if (n > 0) text.append(buffer.data(), static_cast<std::size_t>(n));
  return n > 0 || (n < 0 && (errno == EINTR || errno == EAGAIN));
}

}  // namespace

ProgramOutput run_program(const std::vector<std::string>& command, std::chrono::milliseconds limit,
                          std::size_t limit_bytes) {
  ProgramOutput output;
  Pipe out, err;
  if (out.read_end() < 0 || err.read_end() < 0) {
    output.failure = fmt::format("cannot be run: {}", std::strerror(errno));
    return output;
  }
  const Clock::time_point end = Clock::now() + limit;
  const Spawned program(command, out, err);
  if (program.error()) {
    output.failure = fmt::format("cannot be run: {}", std::strerror(program.error()));
    return output;
  }
  out.close_write();
  err.close_write();
  const auto stop = [&](std::string why) {
    output.failure = std::move(why);
    program.kill();
    program.wait();
    return output;
  };
  // A grandchild may keep standard error open long after: what counts is the end of standard output.
  while (out.read_end() >= 0) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    if (left <= 0) return stop(fmt::format("took longer than {} and was stopped", show_duration(limit)));
    std::array<pollfd, 2> streams{{{out.read_end(), POLLIN, 0}, {err.read_end(), POLLIN, 0}}};
    if (::poll(streams.data(), streams.size(), static_cast<int>(std::min<long>(left, 1000))) < 0 && errno != EINTR)
      return stop(fmt::format("cannot be read: {}", std::strerror(errno)));
    if (streams[0].revents && !read_some(out.read_end(), output.out)) out.close_read();
    if (streams[1].revents && !read_some(err.read_end(), output.err)) err.close_read();
    if (output.out.size() + output.err.size() > limit_bytes)
      return stop(fmt::format("printed more than {} bytes and was stopped", limit_bytes));
  }
  std::optional<int> status = program.poll();
  while (!status && Clock::now() < end) {
    pollfd stream{err.read_end(), POLLIN, 0};
    ::poll(&stream, 1, 20);
    if (stream.revents && !read_some(err.read_end(), output.err)) err.close_read();
    status = program.poll();
  }
  if (!status) return stop(fmt::format("took longer than {} and was stopped", show_duration(limit)));
  pollfd rest{err.read_end(), POLLIN, 0};
  while (err.read_end() >= 0 && ::poll(&rest, 1, 0) > 0 && output.err.size() < limit_bytes)
    if (!read_some(err.read_end(), output.err)) break;
  if (WIFSIGNALED(*status))
    output.failure = fmt::format("was ended by signal {}", WTERMSIG(*status));
  else if (WEXITSTATUS(*status) != 0)
    output.failure = fmt::format("ended with status {}", WEXITSTATUS(*status));
  return output;
}

}  // namespace cef::inventory
