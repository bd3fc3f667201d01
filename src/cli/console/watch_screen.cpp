#include "watch_screen.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::cli {

namespace {

constexpr const char* help_lines[] = {
    "up, down, PgUp, PgDn, Home, End   scroll",
    "left, right                       sort by another column; 0 for inventory order",
    "1 to 9                            sort by that column",
    "r                                 the other way round",
    "space                             pause, and go on",
    "q                                 quit",
    "?                                 this, and back",
};

}  // namespace

WatchScreen::Wish WatchScreen::press(Keystroke stroke) {
  const auto scroll = [this](std::size_t down, std::size_t up) { first_ = std::max(first_ + down, up) - up; };
  const auto column = table_.sorted_by();
  const std::size_t columns = table_.columns();
  switch (stroke.key) {
    case Key::up:
      scroll(0, 1);
      return Wish::redraw;
    case Key::down:
      scroll(1, 0);
      return Wish::redraw;
    case Key::page_up:
      scroll(0, page_);
      return Wish::redraw;
    case Key::page_down:
      scroll(page_, 0);
      return Wish::redraw;
    case Key::home:
      first_ = 0;
      return Wish::redraw;
    case Key::end:
      first_ = table_.size();
      return Wish::redraw;
    // Around, with inventory order between the last column and the first.
    case Key::right:
      table_.sort_by(!column                 ? std::optional<std::size_t>(0)
                     : *column + 1 < columns ? std::optional(*column + 1)
                                             : std::nullopt,
                     table_.descending());
      return Wish::redraw;
    case Key::left:
      table_.sort_by(!column       ? std::optional(columns - 1)
                     : *column > 0 ? std::optional(*column - 1)
                                   : std::nullopt,
                     table_.descending());
      return Wish::redraw;
    case Key::other:
      break;
  }
  const char c = stroke.character;
  if (c >= '0' && c <= '9') {
    const auto wanted = static_cast<std::size_t>(c - '0');
    if (wanted <= columns) table_.sort_by(wanted == 0 ? std::nullopt : std::optional(wanted - 1), table_.descending());
    return Wish::redraw;
  }
  switch (c) {
    case 'q':
    case 'Q':
      return Wish::quit;
    case ' ':
      return Wish::pause;
    case 'r':
      table_.sort_by(column, !table_.descending());
      return Wish::redraw;
    case '?':
    case 'h':
      help_ = !help_;
      return Wish::redraw;
    default:
      return Wish::nothing;
  }
}

std::string WatchScreen::headline(const State& state) const {
  const Summary& counts = state.counts;
  std::string text = fmt::format("{}  {}  round {}{}  {} {}:", state.clock, title_, state.round,
                                 state.paused ? " (paused)" : "", counts.hosts, counts.hosts == 1 ? "host" : "hosts");
  const std::size_t known =
      counts.ok + counts.changed + counts.failed + counts.unreachable + counts.skipped + state.late;
  const std::pair<const char*, std::size_t> all[] = {{"ok", counts.ok + counts.changed},  {"failed", counts.failed},
                                                     {"unreachable", counts.unreachable}, {"skipped", counts.skipped},
                                                     {"waiting", counts.hosts - known},   {"late", state.late}};
  bool first = true;
  for (const auto& [word, count] : all)
    if (count > 0) text += fmt::format("{} {} {}", std::exchange(first, false) ? "" : ",", count, word);
  if (const auto peaks = table_.peaks(); !peaks.empty()) text += fmt::format("  highest: {}", fmt::join(peaks, ", "));
  return text;
}

std::string WatchScreen::footer(std::size_t lines, std::size_t room) const {
  std::string keys = "q quit  space pause  left/right sort  r reverse  ? help";
  if (lines <= room) return keys;
  return fmt::format("{}-{} of {}  ? help  up/down PgUp/PgDn  {}", first_ + 1, std::min(first_ + room, lines), lines,
                     keys);
}

std::vector<std::string> WatchScreen::draw(const State& state, Screen::Size size) {
  const auto bold = [this](const std::string& text) { return colour_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : text; };
  std::vector<std::string> lines{bold(cut(headline(state), size.columns))};
  if (help_) {
    lines.emplace_back();
    for (const char* line : help_lines) lines.push_back(cut(line, size.columns));
  } else {
    // The headline, the table's header and the footer.
    const std::size_t room = size.rows > 3 ? size.rows - 3 : 1, all = table_.size();
    page_ = room;
    first_ = std::min(first_, all > room ? all - room : 0);
    for (std::string& line : table_.draw(first_, room, size.columns, state.now)) lines.push_back(std::move(line));
    lines.resize(std::max<std::size_t>(lines.size(), size.rows > 0 ? size.rows - 1 : 0));
    lines.push_back(cut(footer(all, room), size.columns));
  }
  if (lines.size() > size.rows) lines.resize(size.rows);
  return lines;
}

}  // namespace cef::cli
