#include "child.hpp"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <stdexcept>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace cef::testing {

namespace {

std::vector<std::string> environment(const ChildOptions& options) {
  std::map<std::string, std::string> variables{{"LANG", "C.UTF-8"}};
  for (const char* name : {"PATH", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS", "LSAN_OPTIONS"}) {
    if (const char* value = std::getenv(name)) variables[name] = value;
  }
  for (const auto& [name, value] : options.env) variables[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : variables) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> result;
  for (const auto& text : strings) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

// Runs in the forked child: nothing that allocates. Descriptors above 2 are all close-on-exec but for those passed.
[[noreturn]] void become(char* const* argv, char* const* envp, std::array<int, 3> fds, const ChildOptions& options,
                         int report) {
  setsid();
  prctl(PR_SET_PDEATHSIG, SIGKILL);  // a test that is killed leaves nothing behind
  for (int& fd : fds) {
    if (fd >= 0 && fd <= 2) fd = fcntl(fd, F_DUPFD, 3);
  }
  for (int target = 0; target < 3; ++target) {
    const int source = fds[static_cast<std::size_t>(target)];
    if (source >= 0) {
      dup2(source, target);
    } else {
      close(target);
    }
  }
  if (options.controlling_terminal) ioctl(0, TIOCSCTTY, 0);
  close_range(3, ~0U, CLOSE_RANGE_CLOEXEC);
  signal(SIGPIPE, SIG_DFL);
  if (options.cwd.empty() || chdir(options.cwd.c_str()) == 0) execvpe(argv[0], argv, envp);
  const int error = errno;
  [[maybe_unused]] const auto written = write(report, &error, sizeof error);
  _exit(127);
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
}

}  // namespace

Child::Child(const std::vector<std::string>& argv, std::array<int, 3> fds, const ChildOptions& options)
    : started_(Clock::now()) {
  const auto env = environment(options);
  const auto argv_pointers = pointers(argv);
  const auto env_pointers = pointers(env);
  int report[2];
  if (pipe2(report, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("fork failed");
  if (pid_ == 0) become(argv_pointers.data(), env_pointers.data(), fds, options, report[1]);
  close(report[1]);
  int error = 0;
  const bool failed = read(report[0], &error, sizeof error) == sizeof error;
  close(report[0]);
  if (failed) {
    waitpid(pid_, nullptr, 0);
    throw std::runtime_error("cannot start " + argv.front() + ": " + std::strerror(error));
  }
  pidfd_ = static_cast<int>(syscall(SYS_pidfd_open, pid_, 0));
}

Child::~Child() {
  if (!poll()) {
    kill_group();
    waitpid(pid_, nullptr, 0);
  }
  if (pidfd_ >= 0) close(pidfd_);
}

void Child::signal(int number) const {
  if (!ending_) kill(pid_, number);
}

void Child::kill_group() const {
  if (!ending_) kill(-pid_, SIGKILL);
}

std::optional<Ending> Child::poll() {
  if (ending_) return ending_;
  int status = 0;
  rusage usage{};
  if (wait4(pid_, &status, WNOHANG, &usage) != pid_) return std::nullopt;
  Ending ending;
  if (WIFEXITED(status)) ending.exit_code = WEXITSTATUS(status);
  if (WIFSIGNALED(status)) ending.signal = WTERMSIG(status);
  ending.wall = Clock::now() - started_;
  ending.cpu = std::chrono::duration<double>(seconds(usage.ru_utime) + seconds(usage.ru_stime));
  ending.max_rss_kib = usage.ru_maxrss;
  ending_ = ending;
  return ending_;
}

}  // namespace cef::testing
