// The one line on standard error that tells how far a run is. Drawn at most ten times a second, and taken away before
// anything else is written to the terminal.
#pragma once

#include <cef/core/report.hpp>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cef::render {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  /// `width` tells the terminal's cells and is asked each time, as they change; 0: unlimited. `write` gets bytes for
  /// standard error. Nothing is drawn before `quiet_for` has passed since `start`.
  Progress(std::size_t hosts, std::function<std::size_t()> width, std::function<void(std::string_view)> write,
           Clock::time_point start, std::chrono::milliseconds quiet_for);
  /// A host has been started or is done; `now` is passed in so that tests need no waiting.
  void started(std::size_t running, Clock::time_point now);
  void done(const HostResult& result, std::size_t running, Clock::time_point now);
  /// What a host is at; the last one that said so is shown.
  void noted(std::string text, Clock::time_point now);
  void tick(Clock::time_point now);
  /// So many hosts wait for the user.
  void waiting(std::size_t hosts, Clock::time_point now);
  /// Takes the line away; an event draws it again, no sooner than a tenth of a second after it was last drawn.
  void clear();

 private:
  std::size_t hosts_, done_ = 0, running_ = 0, waiting_ = 0;
  Summary counts_;
  std::string note_;
  std::function<std::size_t()> width_;
  std::function<void(std::string_view)> write_;
  Clock::time_point start_;
  std::optional<Clock::time_point> drawn_at_;
  std::chrono::milliseconds quiet_for_;
  bool drawn_ = false;
  void draw(Clock::time_point now);
};

}  // namespace cef::render
