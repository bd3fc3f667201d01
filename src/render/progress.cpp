#include <cef/core/text.hpp>
#include <cef/render/progress.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace cef::render {

namespace {

constexpr std::chrono::milliseconds least_between{100};
constexpr std::size_t bar_cells = 16;

std::string bar(std::size_t done, std::size_t hosts) {
  const std::size_t filled = hosts == 0 ? 0 : std::min(bar_cells, done * bar_cells / hosts);
  return fmt::format("[{}{}]", std::string(filled, '='), std::string(bar_cells - filled, ' '));
}

}  // namespace

Progress::Progress(std::size_t hosts, std::function<std::size_t()> width, std::function<void(std::string_view)> write,
                   Clock::time_point start, std::chrono::milliseconds quiet_for)
    : hosts_(hosts), width_(std::move(width)), write_(std::move(write)), start_(start), quiet_for_(quiet_for) {}

void Progress::started(std::size_t running, Clock::time_point now) {
  running_ = running;
  draw(now);
}

void Progress::done(const HostResult& result, std::size_t running, Clock::time_point now) {
  ++done_;
  running_ = running;
  if (result.status == Status::failed) ++counts_.failed;
  if (result.status == Status::unreachable) ++counts_.unreachable;
  draw(now);
}

void Progress::noted(std::string text, Clock::time_point now) {
  note_ = std::move(text);
  draw(now);
}

void Progress::tick(Clock::time_point now) { draw(now); }

void Progress::waiting(std::size_t hosts, Clock::time_point now) {
  waiting_ = hosts;
  draw(now);
}

void Progress::clear() {
  if (!std::exchange(drawn_, false)) return;
  write_("\r\x1b[K");
}

void Progress::draw(Clock::time_point now) {
  if (now - start_ < quiet_for_ || (drawn_at_ && now - *drawn_at_ < least_between)) return;
  drawn_at_ = now;
  drawn_ = true;
  std::string line = fmt::format("{}/{} hosts", done_, hosts_);
  if (counts_.failed > 0) line += fmt::format("  {} failed", counts_.failed);
  if (counts_.unreachable > 0) line += fmt::format("  {} unreachable", counts_.unreachable);
  if (running_ > 0) line += fmt::format("  {} running", running_);
  if (waiting_ > 0) line += fmt::format("  {} waiting for you", waiting_);
  if (!note_.empty() && running_ > 0) line += "  " + note_;
  line += fmt::format("  {:.1f} s", std::chrono::duration<double>(now - start_).count());
  std::string whole = fmt::format("  {} {}", bar(done_, hosts_), line);
  // The last cell stays free: terminals differ in where the cursor goes after it.
  if (const std::size_t width = width_(); width > 0 && display_width(whole) >= width)
    whole = cut("  " + line, width - 1);  // the bar says what the numbers say
  write_(fmt::format("\r{}\x1b[K", whole));
}

}  // namespace cef::render
