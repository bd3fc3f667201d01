// Runs a program on a terminal, as a person would see it.
#pragma once

#include "child.hpp"
#include "process.hpp"

#include <string>
#include <termios.h>
#include <vector>

namespace cef::testing {

struct PtyOptions {
  std::map<std::string, std::string> env{};
  std::string cwd{};
  unsigned short columns = 100;
  unsigned short rows = 30;
  bool output_to_pipe = false;  // standard output is a pipe; input and error stay on the terminal
};

class Pty {
 public:
  explicit Pty(const std::vector<std::string>& argv, PtyOptions options = {});
  ~Pty();
  Pty(const Pty&) = delete;
  Pty& operator=(const Pty&) = delete;

  pid_t pid() const { return child_->pid(); }
  /// What the terminal was sent so far, control sequences and all.
  const std::string& screen() const { return screen_; }
  /// What came through the pipe, with `output_to_pipe`.
  const std::string& out() const { return out_; }
  /// Types `keys`; "\x03" is Ctrl-C.
  void type(const std::string& keys) const;
  /// Gives the terminal another size, of which the program is told.
  void resize(unsigned short columns, unsigned short rows) const;
  /// Whether the terminal echoes what is typed and hands it on line by line, as a shell left it.
  bool is_cooked();
  /// What was shown so far is of no more interest to wait_for().
  void forget_screen() { screen_.clear(); }
  /// Until the screen holds `text`; false when it did not within `limit`.
  bool wait_for(const std::string& text, Milliseconds limit = patience);
  /// The same, until `holds` of the screen's text, without colours and moves.
  bool wait_until(const std::function<bool(const std::string&)>& holds, Milliseconds limit = patience);
  /// Until the program ends, or is killed after `limit`; `out` holds the pipe's bytes, or else the screen.
  RunResult wait(Milliseconds limit = 4 * patience);

 private:
  bool pump(Milliseconds limit);

  std::unique_ptr<Child> child_;
  int terminal_ = -1;
  int output_ = -1;
  termios settings_{};  // as it was last seen
  std::string screen_;
  std::string out_;
};

/// `screen` without colours and cursor movement, and with plain line ends.
std::string plain(const std::string& screen);

}  // namespace cef::testing
