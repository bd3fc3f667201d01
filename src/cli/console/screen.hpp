// The terminal as a screen that is drawn anew: the alternate one, so that what was there before comes back.
#pragma once

#include <cef/core/descriptor.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <termios.h>
#include <vector>

namespace cef::cli {

enum class Key { other, up, down, left, right, page_up, page_down, home, end };

/// What was typed: a key, or a character where it is `other`.
struct Keystroke {
  Key key = Key::other;
  char character = 0;
};

/// Takes complete keystrokes off the front of `bytes`; the beginning of a sequence that goes on stays there.
std::vector<Keystroke> take_keys(std::string& bytes);

class Screen {
 public:
  struct Size {
    std::size_t rows = 24, columns = 80;
  };

  /// Standard output is the screen. Nothing is changed yet.
  Screen();
  /// Leaves.
  ~Screen();
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  /// The controlling terminal's keyboard, without waiting; -1 when there is none, and then no screen.
  int keyboard() const { return keyboard_.get(); }
  /// The alternate screen, cursor hidden, keys one by one and not echoed; signal keys go on working.
  void enter();
  /// All back as it was. Safe to call at any time, more than once.
  void leave();

  Size size() const;
  /// Writes the lines that differ from those drawn before; each must fit. A terminal that takes nothing (its reader has
  /// stopped) is not waited for: then nothing is drawn.
  void draw(const std::vector<std::string>& lines);
  /// The size has changed, or something else has written: everything is drawn next time.
  void forget();

 private:
  void write(std::string_view text);
  /// As much of what waits as the terminal takes within `limit` milliseconds.
  void flush(int limit);

  Descriptor keyboard_, terminal_;
  std::string waiting_;  // what the terminal has not taken yet
  termios before_{};
  std::vector<std::string> drawn_;
  bool entered_ = false, cleared_ = false;
};

}  // namespace cef::cli
