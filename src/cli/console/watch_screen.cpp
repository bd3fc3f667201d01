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
    "f                                 only hosts that need someone; all of them",
    "/                                 only lines that hold a text; Enter ends it",
    "Enter                             a host by itself, and why; up, down: others",
    "+, -                              longer, shorter between rounds",
    "space                             pause, and go on",
    "q                                 quit",
    "?                                 this, and back",
};

}  // namespace

WatchScreen::Wish WatchScreen::scroll(Key key) {
  // One host by itself: the same keys lead to the next one.
  std::size_t& at = detail_ ? *detail_ : first_;
  const std::size_t step = key == Key::up || key == Key::down ? 1 : page_, last = table_.size();
  if (key == Key::home)
    at = 0;
  else if (key == Key::end)
    at = last;
  else if (key == Key::down || key == Key::page_down)
    at += step;
  else
    at = std::max(at, step) - step;
  if (detail_) at = std::min(at, std::max<std::size_t>(last, 1) - 1);
  return Wish::redraw;
}

// Around, with inventory order between the last column and the first.
WatchScreen::Wish WatchScreen::sort(Key key) {
  const auto column = table_.sorted_by();
  const std::size_t columns = table_.columns();
  std::optional<std::size_t> next;
  if (key == Key::right) {
    if (!column || *column + 1 < columns) next = column ? *column + 1 : 0;
  } else if (!column || *column > 0) {
    next = column ? *column - 1 : columns - 1;
  }
  table_.sort_by(next, table_.descending());
  return Wish::redraw;
}

WatchScreen::Wish WatchScreen::type(char character) {
  constexpr char erase = 0x7f, backspace = '\b', all = 0x15;  // Ctrl-U
  const bool empty = filter_.empty();
  if (character == '\n' || character == '\r' || (empty && (character == erase || character == backspace))) {
    typing_ = false;
  } else if (character == erase || character == backspace) {
    // Not the half of a character.
    while (filter_.size() > 1 && (static_cast<unsigned char>(filter_.back()) & 0xc0U) == 0x80U) filter_.pop_back();
    filter_.pop_back();
  } else if (character == all) {
    filter_.clear();
  } else if (static_cast<unsigned char>(character) >= ' ') {
    filter_ += character;
  }
  table_.filter(filter_);
  return Wish::redraw;
}

WatchScreen::Wish WatchScreen::press(Keystroke stroke) {
  const bool sorts = stroke.key == Key::left || stroke.key == Key::right;
  // One host by itself stays that one.
  if (detail_ && (sorts || (stroke.key == Key::other && (stroke.character == 'r' || stroke.character == 'f' ||
                                                         (stroke.character >= '0' && stroke.character <= '9')))))
    return Wish::nothing;
  if (sorts) return sort(stroke.key);
  if (stroke.key != Key::other) return scroll(stroke.key);
  const char c = stroke.character;
  if (typing_) return type(c);
  if (c >= '0' && c <= '9') {
    const auto wanted = static_cast<std::size_t>(c - '0');
    if (wanted <= table_.columns())
      table_.sort_by(wanted == 0 ? std::nullopt : std::optional(wanted - 1), table_.descending());
    return Wish::redraw;
  }
  switch (c) {
    case 'q':
    case 'Q':
      return Wish::quit;
    case ' ':
      return Wish::pause;
    case '+':
    case '=':  // the same key without Shift
      return Wish::slower;
    case '-':
      return Wish::faster;
    case 'r':
      table_.sort_by(table_.sorted_by(), !table_.descending());
      return Wish::redraw;
    case 'f':
      table_.set_only_failures(!table_.only_failures());
      return Wish::redraw;
    case '/':
      typing_ = true;
      help_ = false;
      detail_.reset();
      return Wish::redraw;
    case '\n':
    case '\r':
      help_ = false;
      if (detail_)
        detail_.reset();
      else if (table_.size() > 0)
        detail_ = first_;
      return Wish::redraw;
    case '?':
    case 'h':
      help_ = !help_;
      return Wish::redraw;
    default:
      return Wish::nothing;
  }
}

std::string WatchScreen::headline(const State& state, std::size_t width) const {
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
  // As many as there is room for.
  std::string_view before = "  highest: ";
  for (const std::string& peak : table_.peaks()) {
    if (display_width(text) + display_width(before) + display_width(peak) > width) break;
    text += fmt::format("{}{}", std::exchange(before, ", "), peak);
  }
  return cut(text, width);
}

std::string WatchScreen::footer(std::size_t lines, std::size_t room) const {
  if (typing_) return fmt::format("/{}_", escape_controls(filter_));
  std::string keys = "q quit  space pause  left/right sort  r reverse  ? help";
  if (table_.only_failures()) keys = "f all  " + keys;
  if (!filter_.empty()) keys = fmt::format("/{}  {}", escape_controls(filter_), keys);
  if (lines <= room) return keys;
  return fmt::format("{}-{} of {}  ? help  up/down PgUp/PgDn  {}", first_ + 1, std::min(first_ + room, lines), lines,
                     keys);
}

// Between headline and footer.
std::vector<std::string> WatchScreen::body(const State& state, Screen::Size size) {
  // The headline, the table's header and the footer.
  const std::size_t room = size.rows > 3 ? size.rows - 3 : 1, all = table_.size();
  page_ = room;
  first_ = std::min(first_, all > room ? all - room : 0);
  std::vector<std::string> lines;
  if (detail_) lines = table_.details(*detail_, size.columns, state.now);
  if (detail_ && lines.empty()) detail_.reset();  // nothing is left of what it was
  if (!detail_) lines = table_.draw(first_, room, size.columns, state.now);
  if (!detail_ && all == 0 && table_.only_failures()) lines.emplace_back("no host needs someone");
  if (!detail_ && all == 0 && !filter_.empty())
    lines.push_back(fmt::format("no line has '{}' in it", escape_controls(filter_)));
  if (detail_) lines.insert(lines.begin(), "");
  const std::size_t least = size.rows > 2 ? size.rows - 2 : 0;
  lines.resize(detail_ ? least : std::max(lines.size(), least));
  lines.push_back(cut(detail_ ? "Enter back  up/down other hosts  q quit" : footer(all, room), size.columns));
  return lines;
}

std::vector<std::string> WatchScreen::draw(const State& state, Screen::Size size) {
  const auto bold = [this](const std::string& text) { return colour_ ? fmt::format("\x1b[1m{}\x1b[0m", text) : text; };
  std::vector<std::string> lines{bold(headline(state, size.columns))};
  if (help_) {
    lines.emplace_back();
    for (const char* line : help_lines) lines.push_back(cut(line, size.columns));
  } else {
    for (std::string& line : body(state, size)) lines.push_back(std::move(line));
  }
  if (lines.size() > size.rows) lines.resize(size.rows);
  return lines;
}

}  // namespace cef::cli
