#include "console/watch_screen.hpp"

#include "run/watch.hpp"

#include <cef/core/text.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

namespace cef::cli {

namespace {

using Wish = WatchScreen::Wish;

constexpr std::size_t columns = 5;  // host, status, age, cpu, kernel

// `count` hosts, of which the n-th has answered with n.
WatchScreen screen_of(std::size_t count, bool colour = false) {
  render::View view;
  view.columns = {{"cpu", "data.cpu", Unit::none, Align::right, ""},
                  {"kernel", "data.kernel", Unit::none, Align::left, ""}};
  std::vector<std::string> names;
  for (std::size_t i = 0; i < count; ++i) names.push_back(fmt::format("n{:03}", i));
  auto table = render::ScreenTable::make(view, names, true);
  REQUIRE(table);
  for (std::size_t i = 0; i < count; ++i) {
    HostResult result;
    result.host = names[i];
    result.data = {{"cpu", i}, {"kernel", "6.1"}};
    table->set(i, result, {});
  }
  return {"temp every 5 s", *std::move(table), colour};
}

WatchScreen::State state_of(std::size_t hosts) {
  WatchScreen::State state;
  state.round = 3;
  state.clock = "10:15:00";
  state.counts.hosts = state.counts.ok = hosts;
  return state;
}

std::vector<std::string> draw(WatchScreen& screen, std::size_t hosts, Screen::Size size = {13, 80}) {
  return screen.draw(state_of(hosts), size);
}

// The name in the first line of the table.
std::string first_host(WatchScreen& screen, std::size_t hosts) { return draw(screen, hosts).at(2).substr(0, 4); }

Wish type(WatchScreen& screen, char character) { return screen.press({Key::other, character}); }

}  // namespace

TEST_CASE("a watch's screen has a headline, the table and the keys", "[cli]") {
  auto screen = screen_of(2);
  auto state = state_of(2);
  CHECK(screen.draw(state, {7, 80}) == std::vector<std::string>{
                                           "10:15:00  temp every 5 s  round 3  2 hosts: 2 ok",
                                           "HOST  STATUS           AGE  CPU  KERNEL",
                                           "n000  ok               0 s    0  6.1",
                                           "n001  ok               0 s    1  6.1",
                                           "",
                                           "",
                                           "q quit  space pause  left/right sort  r reverse  ? help",
                                       });
}

TEST_CASE("a watch's headline counts what there is, and no host twice", "[cli]") {
  struct Case {
    Summary counts;
    std::size_t late;
    bool paused;
    const char* text;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {{.hosts = 1}, 0, false, "round 3  1 host: 1 waiting"},
      {{.hosts = 3, .ok = 1, .changed = 2}, 0, true, "round 3 (paused)  3 hosts: 3 ok"},
      {{.hosts = 10, .ok = 2, .failed = 1, .unreachable = 1, .skipped = 1},
       2,
       false,
       "10 hosts: 2 ok, 1 failed, 1 unreachable, 1 skipped, 3 waiting, 2 late"},
      {{.hosts = 2}, 2, false, "2 hosts: 2 late"},
  }));
  DYNAMIC_SECTION(c.text) {
    auto screen = screen_of(c.counts.hosts);
    auto state = state_of(0);
    state.counts = c.counts;
    state.late = c.late;
    state.paused = c.paused;
    CHECK_THAT(screen.draw(state, {24, 120}).front(), Catch::EndsWith(c.text));
  }
}

TEST_CASE("keys of a watch wish for one thing each", "[cli]") {
  struct Case {
    Keystroke key;
    Wish wish;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {{Key::up, 0}, Wish::redraw},        {{Key::down, 0}, Wish::redraw},        {{Key::page_up, 0}, Wish::redraw},
      {{Key::page_down, 0}, Wish::redraw}, {{Key::home, 0}, Wish::redraw},        {{Key::end, 0}, Wish::redraw},
      {{Key::left, 0}, Wish::redraw},      {{Key::right, 0}, Wish::redraw},       {{Key::other, '0'}, Wish::redraw},
      {{Key::other, '1'}, Wish::redraw},   {{Key::other, '9'}, Wish::redraw},     {{Key::other, 'r'}, Wish::redraw},
      {{Key::other, '?'}, Wish::redraw},   {{Key::other, 'h'}, Wish::redraw},     {{Key::other, ' '}, Wish::pause},
      {{Key::other, 'q'}, Wish::quit},     {{Key::other, 'Q'}, Wish::quit},       {{Key::other, 'x'}, Wish::nothing},
      {{Key::other, '\n'}, Wish::redraw},  {{Key::other, 'f'}, Wish::redraw},     {{Key::other, '/'}, Wish::redraw},
      {{Key::other, '+'}, Wish::slower},   {{Key::other, '='}, Wish::slower},     {{Key::other, '-'}, Wish::faster},
      {{Key::other, 0}, Wish::nothing},    {{Key::other, '\x95'}, Wish::nothing},
  }));
  auto screen = screen_of(3);
  CHECK(screen.press(c.key) == c.wish);
}

TEST_CASE("number keys sort by the columns as they stand on the screen", "[cli]") {
  struct Case {
    char key;
    const char* header;
  };
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {'1', "HOST▲"},
      {'2', "STATUS▲"},
      {'3', "AGE▲"},
      {'4', "CPU▲"},
      {'5', "KERNEL▲"},
      {'6', "CPU▲"},
      {'9', "CPU▲"},
  }));
  auto screen = screen_of(3);
  type(screen, '4');  // a key without a column changes nothing
  type(screen, c.key);
  CHECK_THAT(draw(screen, 3).at(1), Catch::Contains(c.header));
  type(screen, 'r');
  CHECK_THAT(draw(screen, 3).at(1), Catch::Contains("▼") && !Catch::Contains("▲"));
  type(screen, '0');
  CHECK_THAT(draw(screen, 3).at(1), !Catch::Contains("▼"));
  type(screen, c.key);
  CHECK(screen.table().descending());  // the direction stays
}

TEST_CASE("arrows go round the columns, with inventory order between the last and the first", "[cli]") {
  const Key key = GENERATE(Key::right, Key::left);
  auto screen = screen_of(3);
  std::vector<std::optional<std::size_t>> seen;
  for (std::size_t i = 0; i < columns + 2; ++i) {
    screen.press({key, 0});
    seen.push_back(screen.table().sorted_by());
  }
  using Columns = std::vector<std::optional<std::size_t>>;
  CHECK(seen == (key == Key::right ? Columns{0, 1, 2, 3, 4, {}, 0} : Columns{4, 3, 2, 1, 0, {}, 4}));
}

TEST_CASE("r turns the order around", "[cli]") {
  auto screen = screen_of(300);
  type(screen, '4');
  CHECK(first_host(screen, 300) == "n000");
  type(screen, 'r');
  CHECK(first_host(screen, 300) == "n299");
  type(screen, 'r');
  CHECK(first_host(screen, 300) == "n000");
}

TEST_CASE("keys scroll through more hosts than there is room for, and no further", "[cli]") {
  struct Case {
    const char* name;
    std::vector<Key> keys;
    const char* first;
  };
  // Ten of 300 hosts are on the screen.
  const auto c = GENERATE(Catch::Generators::values<Case>({
      {"nowhere", {}, "n000"},
      {"down", {Key::down, Key::down}, "n002"},
      {"up from the top", {Key::up}, "n000"},
      {"down and up", {Key::down, Key::down, Key::up}, "n001"},
      {"a page", {Key::page_down}, "n010"},
      {"pages", {Key::page_down, Key::page_down, Key::page_up}, "n010"},
      {"half a page back", {Key::down, Key::page_up}, "n000"},
      {"the end", {Key::end}, "n290"},
      {"beyond the end", {Key::end, Key::down, Key::page_down}, "n290"},
      {"back from the end", {Key::end, Key::up}, "n289"},
      {"home", {Key::end, Key::home}, "n000"},
  }));
  DYNAMIC_SECTION(c.name) {
    auto screen = screen_of(300);
    draw(screen, 300);
    for (const Key key : c.keys) {
      screen.press({key, 0});
      draw(screen, 300);
    }
    CHECK(first_host(screen, 300) == c.first);
    const int first = std::stoi(std::string(c.first).substr(1));
    CHECK_THAT(draw(screen, 300).back(),
               Catch::StartsWith(fmt::format("{}-{} of 300  ? help  ", first + 1, first + 10)));
  }
}

TEST_CASE("a screen that grows shows what there is now room for", "[cli]") {
  auto screen = screen_of(20);
  draw(screen, 20);
  screen.press({Key::end, 0});
  CHECK(draw(screen, 20).at(2).substr(0, 4) == "n010");
  CHECK(draw(screen, 20, {18, 80}).at(2).substr(0, 4) == "n005");
  const auto all = draw(screen, 20, {40, 80});
  CHECK(all.at(2).substr(0, 4) == "n000");
  CHECK(all.size() == 40);
  CHECK_THAT(all.back(), Catch::StartsWith("q quit"));
}

TEST_CASE("help takes the table's place until it is asked for again", "[cli]") {
  const char key = GENERATE('?', 'h');
  auto screen = screen_of(3);
  type(screen, key);
  const auto help = draw(screen, 3);
  CHECK_THAT(help.at(2), Catch::Contains("scroll"));
  CHECK_THAT(help.front(), Catch::Contains("3 hosts"));
  type(screen, key);
  CHECK_THAT(draw(screen, 3).at(2), Catch::StartsWith("n000"));
}

TEST_CASE("what is drawn fits every screen on which a host's name and status fit", "[cli]") {
  const std::size_t hosts = GENERATE(1, 3, 300);
  const bool help = GENERATE(false, true);
  auto screen = screen_of(hosts);
  if (help) type(screen, '?');
  for (std::size_t rows = 1; rows < 30; ++rows)
    for (const std::size_t width : {17, 20, 40, 80, 200}) {
      const auto lines = draw(screen, hosts, {rows, width});
      INFO(rows << " by " << width);
      CHECK(lines.size() <= rows);
      for (const std::string& line : lines) CHECK(display_width(line) <= width);
    }
}

TEST_CASE("the headline of a watch is bold where there is colour", "[cli]") {
  auto plain = screen_of(1), bold = screen_of(1, true);
  CHECK(draw(bold, 1).front() == "\x1b[1m" + draw(plain, 1).front() + "\x1b[0m");
}

TEST_CASE("a filter is typed after a slash, mended, taken and taken away", "[cli]") {
  auto screen = screen_of(300);
  const auto say = [&screen](std::string_view text) {
    for (const char c : text) CHECK(type(screen, c) == Wish::redraw);
  };
  say("/n01q");  // no key ends or sorts anything now
  CHECK_THAT(draw(screen, 300).back(), Catch::StartsWith("/n01q_"));
  CHECK(screen.table().size() == 0);
  say("\x7f");
  CHECK(screen.table().size() == 10);
  say("9\n");
  CHECK(first_host(screen, 300) == "n019");
  CHECK_THAT(draw(screen, 300).back(), Catch::StartsWith("/n019  q quit"));
  CHECK(type(screen, 'q') == Wish::quit);
  say("/\x15\n");  // Ctrl-U
  CHECK(screen.table().size() == 300);
  say("/\x7f");  // nothing to take back: out of it
  CHECK_THAT(draw(screen, 300).back(), Catch::Contains("q quit"));
  say("/é\x7f");
  CHECK_THAT(draw(screen, 300).back(), Catch::StartsWith("/_"));
}

TEST_CASE("f leaves those that failed, and brings the others back", "[cli]") {
  auto screen = screen_of(3);
  screen.table().set(1, failure("n001", {}, {Code::connect_refused, "nobody listens", ""}), {});
  type(screen, 'f');
  CHECK(first_host(screen, 3) == "n001");
  CAPTURE(draw(screen, 3));
  CHECK(screen.table().size() == 2);  // it, and why below it
  CHECK_THAT(draw(screen, 3).back(), Catch::StartsWith("f all"));
  type(screen, 'f');
  CHECK(first_host(screen, 3) == "n000");
}

TEST_CASE("a screen without a host says why", "[cli]") {
  auto screen = screen_of(3);
  type(screen, 'f');
  CHECK(draw(screen, 3).at(2) == "no host needs someone");
  type(screen, 'f');
  for (const char c : std::string("/nothing\n")) type(screen, c);
  CHECK(draw(screen, 3).at(2) == "no line has 'nothing' in it");
}

TEST_CASE("of the highest values as many are in the headline as there is room for", "[cli]") {
  auto screen = screen_of(2);
  const auto wide = draw(screen, 2, {13, 200}).front();
  for (std::size_t width = 1; width < wide.size(); ++width) {
    const auto line = draw(screen, 2, {13, width}).front();
    CHECK(line.find("highest: …") == std::string::npos);
    CHECK_FALSE(line.ends_with("highest:"));
  }
}

TEST_CASE("Enter shows one host by itself, arrows the next ones, and Enter goes back", "[cli]") {
  auto screen = screen_of(3);
  type(screen, '\n');
  CHECK_THAT(draw(screen, 3).at(2), Catch::StartsWith("host") && Catch::EndsWith("n000"));
  screen.press({Key::down, 0});
  CHECK_THAT(draw(screen, 3).at(2), Catch::EndsWith("n001"));
  for (const char c : std::string("r1f")) CHECK(type(screen, c) == Wish::nothing);  // it stays that one
  CHECK_THAT(draw(screen, 3).at(2), Catch::EndsWith("n001"));
  screen.press({Key::end, 0});
  CHECK_THAT(draw(screen, 3).at(2), Catch::EndsWith("n002"));
  screen.press({Key::down, 0});
  CHECK_THAT(draw(screen, 3).at(2), Catch::EndsWith("n002"));  // there is no other
  CHECK_THAT(draw(screen, 3).back(), Catch::StartsWith("Enter back"));
  for (std::size_t rows = 1; rows < 10; ++rows) CHECK(draw(screen, 3, {rows, 20}).size() <= rows);
  type(screen, '\n');
  CHECK_THAT(draw(screen, 3).at(1), Catch::StartsWith("HOST"));
  type(screen, '/');
  for (const char c : std::string("nothing\n")) type(screen, c);
  type(screen, '\n');  // of no host there is nothing to show
  CHECK_THAT(draw(screen, 3).at(1), Catch::StartsWith("HOST"));
}

TEST_CASE("+ and - go through the times between rounds, and stay at their ends", "[cli]") {
  using std::chrono::milliseconds;
  CHECK(next_interval(milliseconds(5000), true) == milliseconds(10'000));
  CHECK(next_interval(milliseconds(5000), false) == milliseconds(2000));
  CHECK(next_interval(milliseconds(3000), true) == milliseconds(5000));
  CHECK(next_interval(milliseconds(3000), false) == milliseconds(2000));
  CHECK(next_interval(milliseconds(500), false) == milliseconds(500));
  CHECK(next_interval(milliseconds(100), false) == milliseconds(100));
  CHECK(next_interval(std::chrono::hours(1), true) == milliseconds(3'600'000));
}

}  // namespace cef::cli
