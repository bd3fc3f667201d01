#include "watch.hpp"

#include "passphrases.hpp"

#include <cef/fleet/jobs.hpp>

#include <boost/asio/buffer.hpp>
#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <unistd.h>
#include <utility>

namespace cef::cli {

namespace {

using transport::Clock;

constexpr std::chrono::milliseconds between_drawings{100};
constexpr std::size_t most_unread = 1 << 20;  // bytes

// Sessions that are kept and those at work together are as many as there is room for. Where there is not room for all
// hosts, those that come last log in anew each round.
std::size_t share_room(runner::Limits& limits, std::size_t hosts) {
  const std::size_t room = limits.sessions;
  if (hosts <= room) return hosts;
  limits.forks = std::min(limits.forks, std::max<std::size_t>(1, room / 4));
  limits.sessions = limits.forks;
  const std::size_t kept = room - limits.sessions;
  warn(fmt::format("only {} sessions can stay open here: {} hosts log in anew each round (ulimit -n)", kept,
                   hosts - kept));
  return kept;
}

}  // namespace

std::string title_of(const WatchPlan& plan) {
  return fmt::format("{} every {}", plan.subject, show_duration(plan.interval));
}

Milliseconds next_interval(Milliseconds interval, bool longer) {
  constexpr Milliseconds steps[] = {Milliseconds(500),    Milliseconds(1'000),  Milliseconds(2'000),
                                    Milliseconds(5'000),  Milliseconds(10'000), Milliseconds(30'000),
                                    Milliseconds(60'000), Milliseconds(300'000)};
  const auto* const above = std::ranges::upper_bound(steps, interval);
  if (longer) return above == std::end(steps) ? interval : *above;
  const auto* const here = std::ranges::lower_bound(steps, interval);
  return here == std::begin(steps) ? interval : *(here - 1);
}

Watch::Watch(Prepared prepared, WatchPlan plan, Output& output)
    : plan_(std::move(plan)),
      output_(output),
      deadline_(prepared.deadline),
      last_(prepared.jobs.size()),
      engine_(*this),
      kept_(engine_.ssh(), share_room(prepared.limits, prepared.jobs.size())),
      jobs_(std::move(prepared.jobs)),
      rounds_(engine_.io(), engine_.stop(), {kept_, engine_.local()}, jobs_, plan_.work, prepared.limits,
              {plan_.interval, plan_.count, [this](int round) { round_ = round; },
               [this](std::size_t host, int round, HostResult result) { done(host, round, std::move(result)); }}),
      signals_(engine_.io()),
      ticker_(engine_.io()),
      drawer_(engine_.io()),
      keyboard_(engine_.io()) {
  fleet::tell_secrets(jobs_, prepared.inventory, engine_.secrets());
}

void Watch::begin(asio::io_context&, std::function<void()> wake) { output_.queue(std::move(wake)); }
void Watch::end() { output_.settle(); }
void Watch::interrupted(bool) { screen_.leave(); }

void Watch::caught_up() {
  if (std::exchange(reader_behind_, false)) rounds_.pause(false);
}

void Watch::listen() {
  signals_.async_wait([this](boost::system::error_code error, int number) {
    if (error) return;
    heard(number);
    listen();
  });
}

void Watch::heard(int signal) {
  if (signal == SIGWINCH) {
    screen_.forget();
    return draw();
  }
  if (signal == SIGTSTP) {
    screen_.leave();
    ::raise(SIGSTOP);
    // Someone has brought it back to the foreground.
    screen_.enter();
    draw();
  }
}

void Watch::read_keys() {
  keyboard_.async_read_some(boost::asio::buffer(typed_), [this](boost::system::error_code error, std::size_t size) {
    if (error) return;
    keys_.append(typed_.data(), size);
    for (const Keystroke stroke : take_keys(keys_)) press(stroke);
    read_keys();
  });
}

void Watch::press(Keystroke stroke) {
  switch (plan_.screen->press(stroke)) {
    case WatchScreen::Wish::quit:
      screen_.leave();
      for (std::size_t host = 0; host < last_.size(); ++host)
        if (is_late(host)) last_[host] = failure("", {}, {Code::command_timeout, "late when the watch ended", ""});
      return engine_.stop().request(Code::interrupted);
    case WatchScreen::Wish::pause:
      rounds_.pause(!rounds_.paused());
      return draw();
    case WatchScreen::Wish::slower:
      return change_interval(true);
    case WatchScreen::Wish::faster:
      return change_interval(false);
    case WatchScreen::Wish::redraw:
      return draw();
    case WatchScreen::Wish::nothing:
      return;
  }
}

void Watch::change_interval(bool longer) {
  plan_.interval = next_interval(plan_.interval, longer);
  rounds_.set_interval(plan_.interval);
  plan_.screen->set_title(title_of(plan_));
  draw();
}

// Values grow older, and hosts late, without anything else happening.
void Watch::tick() {
  ticker_.expires_after(std::chrono::seconds(1));
  ticker_.async_wait([this](boost::system::error_code error) {
    if (error) return;
    draw();
    tick();
  });
}

void Watch::draw_soon() {
  if (!plan_.screen || std::exchange(drawing_soon_, true)) return;
  drawer_.expires_after(between_drawings);
  drawer_.async_wait([this](boost::system::error_code error) {
    drawing_soon_ = false;
    if (!error) draw();
  });
}

bool Watch::is_late(std::size_t host) const {
  const auto since = rounds_.busy_since(host);
  return since && Clock::now() - *since > plan_.interval;
}

void Watch::draw() {
  if (!plan_.screen) return;
  WatchScreen::State state;
  state.now = Clock::now();
  state.round = round_;
  state.paused = rounds_.paused();
  state.clock = fmt::format("{:%H:%M:%S}", fmt::localtime(std::chrono::system_clock::now()));
  Report report;
  for (std::size_t host = 0; host < last_.size(); ++host) {
    const bool late = is_late(host);
    plan_.screen->table().set_late(host, late);
    state.late += late ? 1U : 0U;
    if (!last_[host] || late) continue;
    HostResult answer;
    answer.status = last_[host]->status;
    report.results.push_back(std::move(answer));
  }
  state.counts = summarise(report);
  state.counts.hosts = last_.size();
  screen_.draw(plan_.screen->draw(state, screen_.size()));
}

void Watch::done(std::size_t host, int round, HostResult result) {
  mask(engine_.secrets(), result);
  // What was cut short at the end says nothing of the host.
  const transport::Stop& stop = engine_.stop();
  if (stop.requested() && result.error && result.error->code == stop.reason()) return;
  last_[host] = result;
  if (plan_.screen)
    plan_.screen->table().set(host, result, Clock::now());
  else
    plan_.print(host, round, result);
  draw_soon();
  // Rounds that nobody reads would fill the memory: the next one waits until these are read.
  if (output_.waiting() > most_unread && !std::exchange(reader_behind_, true)) rounds_.pause(true);
}

int Watch::go(const Options& options) {
  if (const auto given = provide_passphrases(engine_, jobs_, options); !given) return cli::complain(given.error());
  engine_.start(deadline_);
  if (plan_.screen) {
    for (const int signal : {SIGWINCH, SIGTSTP}) signals_.add(signal);
    listen();
    keyboard_.assign(::dup(screen_.keyboard()));
    screen_.enter();
    read_keys();
    draw();
    tick();
  }
  rounds_.run();
  screen_.leave();
  engine::Ending ending;
  const transport::Stop& stop = engine_.stop();
  ending.deadline = stop.requested() && stop.reason() == Code::deadline;
  Report report;
  for (auto& result : last_)
    if (result) report.results.push_back(std::move(*result));
  ending.summary = summarise(report);
  if (plan_.finish) plan_.finish(report);
  // What a watch that ends by itself has seen stays on the terminal.
  if (plan_.screen && plan_.count > 0 && !stop.requested()) {
    std::string text;
    auto& table = plan_.screen->table();
    for (const std::string& line : table.draw(0, table.size(), screen_.size().columns, Clock::now()))
      text += line + '\n';
    output_.write_text(text);
  }
  return end_by_pipe(engine_.leave(ending, false));
}

}  // namespace cef::cli
