// A probe on hosts again and again, over sessions that stay open, until someone has seen enough.
#pragma once

#include "app.hpp"
#include "console/output.hpp"
#include "console/screen.hpp"
#include "console/watch_screen.hpp"
#include "prepare.hpp"

#include <cef/engine/engine.hpp>
#include <cef/runner/rounds.hpp>
#include <cef/transport/kept_sessions.hpp>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace cef::cli {

namespace asio = boost::asio;

struct WatchPlan {
  std::string subject;
  runner::Work work;
  Milliseconds interval{5000};
  int count = 0;  // rounds; 0: without end
  /// Draws on a terminal. Without it each result is given to `print` as it comes.
  std::optional<WatchScreen> screen;
  std::function<void(std::size_t host, int round, const HostResult& result)> print;
  /// Is given the hosts' last answers at the end; may be empty.
  std::function<void(const Report& report)> finish{};
};

/// What stands above the table.
std::string title_of(const WatchPlan& plan);
/// The next longer or shorter time between rounds, of those that `+` and `-` go through; itself at the end of them.
Milliseconds next_interval(Milliseconds interval, bool longer);

class Watch final : private engine::Observer {
 public:
  Watch(Prepared prepared, WatchPlan plan, Output& output);

  /// Returns the exit code: that of the hosts' last answers, unless a signal or the deadline ended it.
  int go(const Options& options);

 private:
  void begin(asio::io_context& io, std::function<void()> wake) override;
  void end() override;
  void interrupted(bool again) override;
  void warn(std::string_view message) override { cli::warn(message); }
  void complain(const Error& error) override { cli::complain(error); }
  Reader reader() const override { return output_.reader(); }
  void caught_up() override;
  Result<void> close() override { return output_.finish(); }

  void listen();
  void heard(int signal);
  void read_keys();
  void press(Keystroke stroke);
  void change_interval(bool longer);
  void tick();
  void draw();
  void draw_soon();
  /// In its round for longer than rounds are apart.
  bool is_late(std::size_t host) const;
  void done(std::size_t host, int round, HostResult result);
  int leave();

  WatchPlan plan_;
  Output& output_;
  std::optional<Milliseconds> deadline_;
  std::vector<std::optional<HostResult>> last_;  // of each host
  engine::Engine engine_;
  transport::KeptSessions kept_;
  std::vector<runner::Job> jobs_;
  runner::Rounds rounds_;
  boost::asio::signal_set signals_;  // of the terminal
  boost::asio::steady_timer ticker_, drawer_;
  Screen screen_;
  boost::asio::posix::stream_descriptor keyboard_;
  std::array<char, 64> typed_{};
  std::string keys_;
  bool drawing_soon_ = false, reader_behind_ = false;
  int round_ = 0;
};

}  // namespace cef::cli
