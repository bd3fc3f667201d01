#include "pty.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <regex>
#include <stdexcept>
#include <sys/ioctl.h>
#include <unistd.h>

namespace cef::testing {

namespace {

// A terminal whose program has gone answers EIO, which is its end of file.
bool read_some(int& fd, std::string& text) {
  char buffer[65536];
  const auto got = read(fd, buffer, sizeof buffer);
  if (got > 0) {
    text.append(buffer, static_cast<std::size_t>(got));
    return true;
  }
  close(fd);
  fd = -1;
  return false;
}

}  // namespace

Pty::Pty(const std::vector<std::string>& argv, PtyOptions options) {
  int inner = -1;
  winsize size{options.rows, options.columns, 0, 0};
  if (openpty(&terminal_, &inner, nullptr, nullptr, &size) != 0) throw std::runtime_error("openpty failed");
  fcntl(terminal_, F_SETFD, FD_CLOEXEC);
  fcntl(inner, F_SETFD, FD_CLOEXEC);
  int ends[2] = {-1, -1};
  if (options.output_to_pipe && pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("pipe failed");
  output_ = ends[0];
  ChildOptions child_options;
  child_options.env = {{"TERM", "xterm-256color"}};
  for (const auto& [name, value] : options.env) child_options.env[name] = value;
  child_options.cwd = options.cwd;
  child_options.controlling_terminal = true;
  child_ =
      std::make_unique<Child>(argv, std::array<int, 3>{inner, ends[1] >= 0 ? ends[1] : inner, inner}, child_options);
  close(inner);
  if (ends[1] >= 0) close(ends[1]);
}

Pty::~Pty() {
  child_.reset();
  if (terminal_ >= 0) close(terminal_);
  if (output_ >= 0) close(output_);
}

void Pty::type(const std::string& keys) const {
  if (write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("cannot type");
  }
}

void Pty::resize(unsigned short columns, unsigned short rows) const {
  const winsize size{rows, columns, 0, 0};
  if (ioctl(terminal_, TIOCSWINSZ, &size) != 0) throw std::runtime_error("cannot resize");
}

bool Pty::is_cooked() {
  if (terminal_ >= 0) tcgetattr(terminal_, &settings_);
  return (settings_.c_lflag & ECHO) != 0 && (settings_.c_lflag & ICANON) != 0;
}

bool Pty::pump(Milliseconds limit) {
  if (terminal_ < 0 && output_ < 0) return false;
  pollfd fds[2] = {{terminal_, POLLIN, 0}, {output_, POLLIN, 0}};
  if (::poll(fds, 2, static_cast<int>(limit.count())) <= 0) return false;
  bool more = false;
  if (fds[0].revents != 0) tcgetattr(terminal_, &settings_);  // it may be closed then
  if (fds[0].revents != 0) more = read_some(terminal_, screen_) || more;
  if (fds[1].revents != 0) more = read_some(output_, out_) || more;
  return more;
}

bool Pty::wait_for(const std::string& text, Milliseconds limit) {
  return wait_until([&](const std::string& shown) { return shown.find(text) != std::string::npos; }, limit);
}

bool Pty::wait_until(const std::function<bool(const std::string&)>& holds, Milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!holds(plain(screen_))) {
    const auto left = std::chrono::duration_cast<Milliseconds>(end - Clock::now());
    if (left.count() <= 0 || terminal_ < 0) return false;
    pump(left);
  }
  return true;
}

RunResult Pty::wait(Milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!child_->poll() && Clock::now() < end) pump(Milliseconds(20));
  while (pump(Milliseconds(20))) {
  }
  RunResult result;
  result.timed_out = !child_->poll();
  if (result.timed_out) child_->kill_group();
  if (const auto ending = child_->poll()) static_cast<Ending&>(result) = *ending;
  result.out = out_.empty() ? screen_ : out_;
  return result;
}

std::string plain(const std::string& screen) {
  static const std::regex control("\x1b\\[[0-9;?]*[A-Za-z]|\x1b\\][^\x07]*\x07|\r");
  return std::regex_replace(screen, control, "");
}

}  // namespace cef::testing
