#include <cef/core/process.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>

namespace cef {

namespace {

using Clock = std::chrono::steady_clock;

// What a program that has ended left behind may hold its output open for ever, or still print the rest: silence of this
// length tells the two apart.
constexpr Milliseconds rest_of_output{2000};
constexpr Milliseconds look_at_program{5}, look_at_signals{200};
constexpr std::size_t piece = 65536;

// The signals that end this process wait while this lives. Those it ignores it goes on ignoring.
class HeldSignals {
 public:
  HeldSignals() {
    ::sigemptyset(&ours_);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT}) {
      struct sigaction action {};
      if (::sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) ::sigaddset(&ours_, number);
    }
    ::pthread_sigmask(SIG_BLOCK, &ours_, &former_);
  }
  ~HeldSignals() { ::pthread_sigmask(SIG_SETMASK, &former_, nullptr); }
  HeldSignals(const HeldSignals&) = delete;
  HeldSignals& operator=(const HeldSignals&) = delete;

  bool any() const {
    sigset_t pending;
    ::sigpending(&pending);
    for (const int number : {SIGINT, SIGTERM, SIGHUP, SIGQUIT})
      if (::sigismember(&pending, number) == 1 && ::sigismember(&ours_, number) == 1) return true;
    return false;
  }

 private:
  sigset_t ours_{}, former_{};
};

// At most one byte more than may be: that tells that there is more. The pieces are not copied, for they may be secret.
void read_some(Descriptor& stream, std::string& text, std::size_t room) {
  const std::size_t had = text.size();
  text.resize(had + std::min(piece, room + 1));
  const ssize_t n = ::read(stream.get(), text.data() + had, text.size() - had);
  const bool later = n < 0 && (errno == EINTR || errno == EAGAIN);
  text.resize(had + static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  if (n <= 0 && !later) stream.reset();
}

class Running {
 public:
  explicit Running(const ProgramCall& call) : call_(call) {}

  ProgramOutput run() {
    const Descriptor nothing(call_.interactive ? -1 : ::open("/dev/null", O_RDONLY | O_CLOEXEC));
    if (out_.error || err_.error) return refuse(std::strerror(out_.error ? out_.error : err_.error));
    Spawn program{call_.command, nothing.get(), out_.write_end.get(), err_.write_end.get()};
    if (call_.interactive) program.err = -1, program.group = Spawn::Group::ours;
    const auto started = spawn(program);
    if (!started) return refuse(started.error().message);
    pid_ = *started;
    out_.write_end.reset();
    err_.write_end.reset();
    return collect();
  }

 private:
  ProgramOutput refuse(const std::string& why) {
    output_.failure = "cannot be run: " + why;
    output_.started = false;
    return std::move(output_);
  }

  // A grandchild may keep standard error open long after: what counts is the end of standard output.
  ProgramOutput collect() {
    const Clock::time_point end = call_.limit.count() > 0 ? Clock::now() + call_.limit : Clock::time_point::max();
    while (out_.read_end.get() >= 0 || !status_) {
      listen(out_.read_end.get() >= 0 ? look_at_signals : look_at_program);
      if (output_.out.size() + output_.err.size() > call_.limit_bytes)
        return stop(fmt::format("printed more than {} bytes and was stopped", call_.limit_bytes));
      if (signals_.any()) return stop("was interrupted");
      if (status_ && Clock::now() >= heard_at_ + rest_of_output) break;
      if (Clock::now() >= end)
        return stop(fmt::format("took longer than {} and was stopped", show_duration(call_.limit)));
    }
    while (err_.read_end.get() >= 0 && output_.err.size() < call_.limit_bytes && listen(Milliseconds(0))) continue;
    if (WIFSIGNALED(*status_))
      output_.failure = fmt::format("was ended by signal {}", WTERMSIG(*status_));
    else if (WEXITSTATUS(*status_) != 0)
      output_.failure = fmt::format("ended with status {}", WEXITSTATUS(*status_));
    return std::move(output_);
  }

  // Takes what there is to read, and looks whether the program has ended. False when nothing came for so long.
  bool listen(Milliseconds most) {
    std::array<pollfd, 2> streams{{{out_.read_end.get(), POLLIN, 0}, {err_.read_end.get(), POLLIN, 0}}};
    const bool heard = ::poll(streams.data(), streams.size(), static_cast<int>(most.count())) > 0;
    const auto room = [this] {
      return call_.limit_bytes - std::min(call_.limit_bytes, output_.out.size() + output_.err.size());
    };
    if (heard && streams[0].revents) read_some(out_.read_end, output_.out, room());
    if (heard && streams[1].revents) read_some(err_.read_end, output_.err, room());
    if (heard) heard_at_ = Clock::now();
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) {
      status_ = status;
      heard_at_ = Clock::now();
    }
    return heard;
  }

  ProgramOutput stop(std::string why) {
    output_.failure = std::move(why);
    if (!call_.interactive)
      ::kill(-pid_, SIGKILL);
    else if (!status_)
      ::kill(pid_, SIGKILL);
    while (!status_ && ::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) continue;
    return std::move(output_);
  }

  const ProgramCall& call_;
  const HeldSignals signals_;
  Pipe out_, err_;
  pid_t pid_ = -1;
  std::optional<int> status_;
  Clock::time_point heard_at_;
  ProgramOutput output_;
};

}  // namespace

Pipe::Pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) error = errno;
  read_end.reset(ends[0]);
  write_end.reset(ends[1]);
}

Result<pid_t> spawn(const Spawn& program) {
  posix_spawn_file_actions_t files;
  ::posix_spawn_file_actions_init(&files);
  int stream = 0;
  for (const int fd : {program.in, program.out, program.err}) {
    if (fd >= 0) ::posix_spawn_file_actions_adddup2(&files, fd, stream);
    ++stream;
  }
  posix_spawnattr_t attributes;
  ::posix_spawnattr_init(&attributes);
  sigset_t signals;
  ::sigemptyset(&signals);
  ::posix_spawnattr_setsigmask(&attributes, &signals);
  for (const int number : {SIGINT, SIGTERM, SIGPIPE}) ::sigaddset(&signals, number);
  ::posix_spawnattr_setsigdefault(&attributes, &signals);
  int flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF;
  if (program.group == Spawn::Group::own) flags |= POSIX_SPAWN_SETPGROUP;
  if (program.group == Spawn::Group::session) flags |= POSIX_SPAWN_SETSID;
  ::posix_spawnattr_setflags(&attributes, static_cast<short>(flags));
  std::vector<char*> arguments;
  arguments.reserve(program.command.size() + 1);
  for (const std::string& word : program.command)
    arguments.push_back(const_cast<char*>(word.c_str()));  // NOLINT: C's argv
  arguments.push_back(nullptr);
  pid_t pid = -1;
  const int reason = ::posix_spawnp(&pid, arguments.front(), &files, &attributes, arguments.data(), environ);
  ::posix_spawnattr_destroy(&attributes);
  ::posix_spawn_file_actions_destroy(&files);
  if (reason != 0) return Unexpected(Error{Code::io_failed, std::strerror(reason), ""});
  return pid;
}

ProgramOutput run_program(const ProgramCall& call) { return Running(call).run(); }

}  // namespace cef
