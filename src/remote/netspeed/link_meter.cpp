#include <cef/core/shell.hpp>
#include <cef/remote/link_meter.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace cef::remote {

namespace {

constexpr std::string_view ready = "=cef speed=";
constexpr std::int64_t first_piece = 16 << 10;
constexpr int growth = 4;
constexpr std::size_t enough_pings = 7;
constexpr double pinging_s = 1.5;     // no longer, however few
constexpr double worth_share = 0.15;  // of the time: with less left no other piece is begun
constexpr std::size_t longest_reply = 4096;

constexpr std::array<char, 65536> zeros{};

double seconds(LinkTest::Clock::duration time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

// `head` may read more than it passes on, but there is nothing more: the next request comes after its answer.
std::string LinkTest::command_line() {
  return "exec /bin/sh -c " +
         shell_quote(fmt::format("LC_ALL=C; export LC_ALL; echo \"{}\"; while read -r o n; do case $o in "
                                 "p) echo p;; d) head -c $n | wc -c;; u) head -c $n /dev/zero;; esac; done",
                                 ready));
}

void LinkTest::ask(std::string request) {
  request_ = std::move(request);
  request_sent_ = 0;
}

std::optional<std::string_view> LinkTest::give(std::size_t most, Clock::time_point now) {
  if (phase_ == Phase::done) return std::nullopt;
  if (request_sent_ < request_.size()) {
    if (request_sent_ == 0) asked_ = now;
    const auto part = std::string_view(request_).substr(request_sent_, most);
    request_sent_ += part.size();
    return part;
  }
  const auto size = static_cast<std::size_t>(
      std::min({zeros_, static_cast<std::int64_t>(zeros.size()), static_cast<std::int64_t>(most)}));
  zeros_ -= static_cast<std::int64_t>(size);
  return std::string_view(zeros.data(), size);
}

void LinkTest::hear(std::string_view bytes, Clock::time_point now) {
  if (phase_ == Phase::up) {
    const auto size = std::min(static_cast<std::int64_t>(bytes.size()), piece_ - piece_heard_);
    piece_heard_ += size;
    moved_ += size;
    if (piece_heard_ == piece_) end_piece(now);
    return;
  }
  for (const char c : bytes) {
    if (c != '\n') {
      if (line_.size() < longest_reply) line_ += c;
      continue;
    }
    const std::string line = std::exchange(line_, {});
    hear_line(line, now);
  }
}

void LinkTest::hear_line(std::string_view line, Clock::time_point now) {
  const auto from = line.find_first_not_of(" \t"), to = line.find_last_not_of(" \t\r");
  line = from == std::string_view::npos ? std::string_view() : line.substr(from, to - from + 1);
  switch (phase_) {
    case Phase::starting:  // a noisy start-up file may speak before
      if (line.ends_with(ready)) begin(Phase::pinging, now);
      return;
    case Phase::pinging:
      if (line != "p") break;
      pings_.push_back(seconds(now - asked_));
      if (pings_.size() < enough_pings && seconds(now - phase_began_) < pinging_s) return ask("p\n");
      return begin(Phase::down, now);
    case Phase::down: {
      std::int64_t counted = 0;
      const auto [end, error] = std::from_chars(line.data(), line.data() + line.size(), counted);
      if (error != std::errc() || end != line.data() + line.size() || counted != piece_) break;
      moved_ += piece_;
      return end_piece(now);
    }
    case Phase::up:
    case Phase::done:
      return;
  }
  strange_ = line;
  phase_ = Phase::done;
}

void LinkTest::begin(Phase phase, Clock::time_point now) {
  if (phase == Phase::down && !bounds_.down) phase = Phase::up;
  if (phase == Phase::up && !bounds_.up) phase = Phase::done;
  phase_ = phase;
  phase_began_ = now;
  phase_bytes_ = 0;
  piece_ = 0;
  if (phase == Phase::pinging) ask("p\n");
  if (phase == Phase::down || phase == Phase::up) next_piece(now);
}

// From the request to the answer, less the way there and back.
double LinkTest::seconds_of_piece(Clock::time_point now) const {
  const double all = seconds(now - asked_);
  return std::max(all - latency_ms().value_or(0) / 1e3, all / 2);
}

void LinkTest::end_piece(Clock::time_point now) {
  (phase_ == Phase::down ? down_ : up_).push_back({piece_, seconds_of_piece(now)});
  next_piece(now);
}

void LinkTest::next_piece(Clock::time_point now) {
  const Phase after = phase_ == Phase::down ? Phase::up : Phase::done;
  const auto& before = phase_ == Phase::down ? down_ : up_;
  const double limit = std::chrono::duration<double>(bounds_.time).count();
  const double left = limit - seconds(now - phase_began_);
  std::int64_t size = first_piece;
  if (!before.empty()) {
    if (left < limit * worth_share) return begin(after, now);
    const Piece& last = before.back();
    const double fits = static_cast<double>(last.bytes) / std::max(last.seconds, 1e-6) * left;
    size = static_cast<std::int64_t>(std::min(static_cast<double>(last.bytes) * growth, fits));
  }
  size = std::min(size, bounds_.bytes - phase_bytes_);
  if (size <= 0) return begin(after, now);
  phase_bytes_ += size;
  piece_ = size;
  piece_heard_ = 0;
  zeros_ = phase_ == Phase::down ? size : 0;
  ask(fmt::format("{} {}\n", phase_ == Phase::down ? 'd' : 'u', size));
}

// Of the larger pieces: those before them are slow start.
std::optional<double> LinkTest::rate(const std::vector<Piece>& pieces) {
  std::int64_t largest = 0, bytes = 0;
  double time = 0;
  for (const Piece& piece : pieces) largest = std::max(largest, piece.bytes);
  for (const Piece& piece : pieces)
    if (piece.bytes * growth > largest) bytes += piece.bytes, time += piece.seconds;
  if (bytes == 0 || time <= 0) return std::nullopt;
  return static_cast<double>(bytes) * 8 / time / 1e6;
}

std::optional<double> LinkTest::latency_ms() const {
  if (pings_.empty()) return std::nullopt;
  std::vector<double> sorted = pings_;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2] * 1e3;
}

std::optional<double> LinkTest::down_mbit_s() const { return rate(down_); }

// What has come of a piece that was cut off counts too.
std::optional<double> LinkTest::up_mbit_s(Clock::time_point now) const {
  auto pieces = up_;
  if (phase_ == Phase::up && piece_heard_ > 0) pieces.push_back({piece_heard_, seconds_of_piece(now)});
  return rate(pieces);
}

}  // namespace cef::remote
