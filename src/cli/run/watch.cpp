#include "watch.hpp"

#include "passphrases.hpp"
#include "run_verb.hpp"

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

Watch::Watch(Prepared prepared, WatchPlan plan, Output& output)
    : plan_(std::move(plan)),
      output_(output),
      deadline_(prepared.deadline),
      last_(prepared.jobs.size()),
      ssh_(io_, stop_),
      kept_(ssh_, share_room(prepared.limits, prepared.jobs.size())),
      local_(io_, stop_, ssh_.breaker()),
      jobs_(std::move(prepared.jobs)),
      rounds_(io_, stop_, {kept_, local_}, jobs_, plan_.work, prepared.limits,
              {plan_.interval, plan_.count, [this](int round) { round_ = round; },
               [this](std::size_t host, int round, const HostResult& result) { done(host, round, result); }}),
      signals_(io_, SIGINT, SIGTERM) {}

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
    return draw();
  }
  screen_.leave();
  if (signal_ != 0) ::_exit(signal == SIGTERM ? exit_terminated : exit_interrupted);
  signal_ = signal;
  stop_.request(Code::interrupted);
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
      return stop_.request(Code::interrupted);
    case WatchScreen::Wish::pause:
      rounds_.pause(!rounds_.paused());
      return draw();
    case WatchScreen::Wish::redraw:
      return draw();
    case WatchScreen::Wish::nothing:
      return;
  }
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

void Watch::done(std::size_t host, int round, const HostResult& result) {
  // What was cut short at the end says nothing of the host.
  if (stop_.requested() && result.error && result.error->code == stop_.reason()) return;
  last_[host] = result;
  if (plan_.screen)
    plan_.screen->table().set(host, result, Clock::now());
  else
    plan_.print(host, round, result);
  draw_soon();
  if (output_.broken()) stop_.request(Code::interrupted);
}

int Watch::go(const Options& options) {
  std::signal(SIGPIPE, SIG_IGN);
  if (const auto given = provide_passphrases(ssh_, jobs_, options); !given) return complain(given.error());
  listen();
  if (deadline_) {
    deadline_timer_.expires_after(*deadline_);
    deadline_timer_.async_wait([this](boost::system::error_code error) {
      if (!error) stop_.request(Code::deadline);
    });
  }
  if (plan_.screen) {
    for (const int signal : {SIGWINCH, SIGTSTP}) signals_.add(signal);
    keyboard_.assign(::dup(screen_.keyboard()));
    screen_.enter();
    read_keys();
    draw();
    tick();
  }
  rounds_.run();
  screen_.leave();
  return leave();
}

int Watch::leave() {
  const bool recorded = record_host_keys(ssh_);
  if (const auto code = cut_short(output_, signal_)) return *code;
  if (stop_.requested() && stop_.reason() == Code::deadline) return exit_deadline;
  if (!recorded) return exit_internal;
  Report report;
  for (auto& result : last_)
    if (result) report.results.push_back(std::move(*result));
  return exit_code(summarise(report));
}

}  // namespace cef::cli
