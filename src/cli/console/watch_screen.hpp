// What `cef watch` shows on a terminal, and what its keys do: the part that knows no host and no network.
#pragma once

#include "screen.hpp"

#include <cef/core/report.hpp>
#include <cef/render/screen_table.hpp>

#include <optional>
#include <string>
#include <vector>

namespace cef::cli {

class WatchScreen {
 public:
  WatchScreen(std::string title, render::ScreenTable table, bool colour)
      : title_(std::move(title)), table_(std::move(table)), colour_(colour) {}

  enum class Wish { nothing, redraw, pause, quit, faster, slower };
  /// What the caller is to do.
  Wish press(Keystroke stroke);

  render::ScreenTable& table() { return table_; }
  void set_title(std::string title) { title_ = std::move(title); }

  struct State {
    int round = 0;
    bool paused = false;
    Summary counts;  // of the last answers of those that are not late; `hosts` is all of them
    std::size_t late = 0;
    std::string clock;  // the time of day
    render::ScreenTable::Time now;
  };
  /// The lines of the screen, as many as it has at most.
  std::vector<std::string> draw(const State& state, Screen::Size size);

 private:
  Wish type(char character);  // a filter
  Wish scroll(Key key);
  Wish sort(Key key);
  std::vector<std::string> body(const State& state, Screen::Size size);
  std::string headline(const State& state, std::size_t width) const;
  std::string footer(std::size_t lines, std::size_t room) const;

  std::string title_;
  render::ScreenTable table_;
  bool colour_, help_ = false, typing_ = false;
  std::string filter_;
  std::optional<std::size_t> detail_;  // the line whose host is shown by itself
  std::size_t first_ = 0, page_ = 1;
};

}  // namespace cef::cli
