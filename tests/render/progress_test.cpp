#include "samples.hpp"

#include <cef/core/text.hpp>
#include <cef/render/progress.hpp>

#include <catch2/catch.hpp>

namespace cef::render::progress_tests {

using namespace std::chrono_literals;

namespace {

struct Terminal {
  std::vector<std::string> writes;
  std::size_t width;
  Progress::Clock::time_point start{};
  Progress progress;

  explicit Terminal(std::size_t columns = 80, std::chrono::milliseconds quiet_for = 0ms)
      : width(columns),
        progress(
            300, [this] { return width; }, [this](std::string_view text) { writes.emplace_back(text); }, start,
            quiet_for) {}
};

}  // namespace

TEST_CASE("progress tells how far a run is", "[render]") {
  Terminal terminal;
  Progress& progress = terminal.progress;
  progress.started(16, terminal.start);
  for (int i = 0; i < 141; ++i) progress.done(pong("h", "", 1), 16, terminal.start + 1s);
  CHECK(terminal.writes.size() == 2);
  progress.done(printed("h", "", "", 1), 15, terminal.start + 2s);
  progress.done(no_answer("h", Code::connect_refused, ""), 14, terminal.start + 4200ms);
  CHECK(terminal.writes.front() == "\r  [                ] 0/300 hosts  16 running  0.0 s\x1b[K");
  CHECK(terminal.writes.back() ==
        "\r  [=======         ] 143/300 hosts  1 failed  1 unreachable  14 running  4.2 s\x1b[K");
}

TEST_CASE("progress is drawn at most ten times a second and not at once", "[render]") {
  Terminal terminal(80, 1000ms);
  for (int ms = 0; ms < 2000; ms += 10) terminal.progress.tick(terminal.start + std::chrono::milliseconds(ms));
  CHECK(terminal.writes.size() == 10);
}

TEST_CASE("progress is never wider than the terminal", "[render]") {
  Terminal terminal(30);
  terminal.progress.started(256, terminal.start);
  REQUIRE(terminal.writes.size() == 1);
  const std::string line = terminal.writes[0].substr(1, terminal.writes[0].size() - 4);
  CHECK(display_width(line) == 29);
}

TEST_CASE("progress follows the terminal's width", "[render]") {
  Terminal terminal(100);
  auto now = terminal.start;
  for (const std::size_t width : {100, 30, 44, 0, 1}) {
    terminal.width = width;
    terminal.progress.started(256, now += 100ms);
    const std::string line = terminal.writes.back().substr(1, terminal.writes.back().size() - 4);
    const std::size_t all = 52, without_bar = all - 19;
    CHECK(display_width(line) == (width == 0 || width > all ? all : std::min(width - 1, without_bar)));
  }
}

TEST_CASE("progress tells what a host is at, as long as one is at work", "[render]") {
  Terminal terminal;
  terminal.progress.started(2, terminal.start);
  terminal.progress.noted("n1: configure 3/7 libc6", terminal.start + 1s);
  CHECK(terminal.writes.back().find("  2 running  n1: configure 3/7 libc6  1.0 s") != std::string::npos);
  terminal.progress.done(pong("h", "", 1), 0, terminal.start + 2s);
  CHECK(terminal.writes.back().find("libc6") == std::string::npos);
}

TEST_CASE("progress is taken away once, and comes back", "[render]") {
  Terminal terminal;
  terminal.progress.clear();
  CHECK(terminal.writes.empty());
  terminal.progress.tick(terminal.start);
  terminal.progress.clear();
  terminal.progress.clear();
  REQUIRE(terminal.writes.size() == 2);
  CHECK(terminal.writes[1] == "\r\x1b[K");
  terminal.progress.tick(terminal.start + 100ms);
  CHECK(terminal.writes.size() == 3);
}

}  // namespace cef::render::progress_tests
