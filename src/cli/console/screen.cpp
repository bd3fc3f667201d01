#include "screen.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utility>

namespace cef::cli {

namespace {

constexpr int leave_patience = 500;  // milliseconds, for a terminal that is to be left as it was

constexpr std::pair<std::string_view, Key> sequences[] = {
    {"\x1b[A", Key::up},         {"\x1b[B", Key::down}, {"\x1b[C", Key::right}, {"\x1b[D", Key::left},
    {"\x1bOA", Key::up},         {"\x1bOB", Key::down}, {"\x1bOC", Key::right}, {"\x1bOD", Key::left},
    {"\x1b[5~", Key::page_up},   {"\x1b[H", Key::home}, {"\x1b[1~", Key::home}, {"\x1bOH", Key::home},
    {"\x1b[6~", Key::page_down}, {"\x1b[F", Key::end},  {"\x1b[4~", Key::end},  {"\x1bOF", Key::end},
};

// Length of the escape sequence at the front; 0 when its end has not come yet.
std::size_t sequence_length(std::string_view bytes) {
  if (bytes.size() < 2) return 0;
  if (bytes[1] == 'O') return bytes.size() < 3 ? 0 : 3;
  if (bytes[1] != '[') return 1;  // the escape key by itself
  for (std::size_t i = 2; i < bytes.size(); ++i)
    if (bytes[i] >= '@' && bytes[i] <= '~') return i + 1;
  return bytes.size() > 16 ? bytes.size() : 0;  // no key's
}

}  // namespace

std::vector<Keystroke> take_keys(std::string& bytes) {
  std::vector<Keystroke> keys;
  std::string_view rest = bytes;
  while (!rest.empty()) {
    if (rest.front() != '\x1b') {
      keys.push_back({Key::other, rest.front()});
      rest.remove_prefix(1);
      continue;
    }
    const std::size_t length = sequence_length(rest);
    if (length == 0) break;
    const auto* known = std::ranges::find(sequences, rest.substr(0, length), &std::pair<std::string_view, Key>::first);
    if (known != std::end(sequences)) keys.push_back({known->second, 0});
    rest.remove_prefix(length);
  }
  bytes.erase(0, bytes.size() - rest.size());
  return keys;
}

// Opened anew: O_NONBLOCK on the standard streams would be seen by every process that shares them, the shell too.
Screen::Screen()
    : keyboard_(::open("/dev/tty", O_RDONLY | O_NONBLOCK | O_CLOEXEC)),
      terminal_(::open("/proc/self/fd/1", O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)) {}
Screen::~Screen() { leave(); }

void Screen::enter() {
  if (entered_ || ::tcgetattr(keyboard(), &before_) != 0) return;
  termios ours = before_;
  ours.c_lflag &= static_cast<tcflag_t>(~(ICANON | ECHO));
  ours.c_iflag &= static_cast<tcflag_t>(~IXON);  // Ctrl-S would stop the output, and cef with it
  ours.c_cc[VMIN] = 1;
  ours.c_cc[VTIME] = 0;
  ::tcsetattr(keyboard(), TCSADRAIN, &ours);
  entered_ = true;
  write("\x1b[?1049h\x1b[?25l");
  forget();
}

void Screen::leave() {
  if (!std::exchange(entered_, false)) return;
  write("\x1b[0m\x1b[?25h\x1b[?1049l");
  flush(leave_patience);
  // What was typed meanwhile is not for the shell. Not TCSAFLUSH, which waits for what the terminal has not taken.
  ::tcflush(keyboard(), TCIFLUSH);
  ::tcsetattr(keyboard(), TCSANOW, &before_);
}

Screen::Size Screen::size() const {
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0 || size.ws_col == 0) return {};
  return {size.ws_row, size.ws_col};
}

void Screen::forget() {
  drawn_.clear();
  cleared_ = false;
}

void Screen::draw(const std::vector<std::string>& lines) {
  if (!entered_) return;
  flush(0);
  if (!waiting_.empty()) return;
  std::string text;
  if (!std::exchange(cleared_, true)) text += "\x1b[2J";
  drawn_.resize(std::max(drawn_.size(), lines.size()));
  for (std::size_t i = 0; i < drawn_.size(); ++i) {
    const std::string_view line = i < lines.size() ? std::string_view(lines[i]) : std::string_view();
    if (line == drawn_[i]) continue;
    text += fmt::format("\x1b[{};1H{}\x1b[0m\x1b[K", i + 1, line);
    drawn_[i] = line;
  }
  // Terminals that know this mode show all of it at once, others pass over it.
  if (!text.empty()) write(fmt::format("\x1b[?2026h{}\x1b[?2026l", text));
}

void Screen::write(std::string_view text) {
  waiting_ += text;
  flush(0);
}

void Screen::flush(int limit) {
  while (!waiting_.empty()) {
    const auto done = ::write(terminal_.get(), waiting_.data(), waiting_.size());
    if (done > 0) {
      waiting_.erase(0, static_cast<std::size_t>(done));
      continue;
    }
    pollfd writable{terminal_.get(), POLLOUT, 0};
    if (done < 0 && errno == EAGAIN && limit > 0 && ::poll(&writable, 1, std::exchange(limit, 0)) > 0) continue;
    if (done < 0 && errno != EAGAIN && errno != EINTR) waiting_.clear();  // it has gone
    return;
  }
}

}  // namespace cef::cli
