#include "transfer_tally.hpp"

#include <cef/core/duration.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli {

namespace {
constexpr std::chrono::milliseconds between_notes{300};
}  // namespace

std::string show_rate(double bytes_a_second) {
  if (bytes_a_second < 1e6) return fmt::format("{:.0f} kB/s", bytes_a_second / 1e3);
  return fmt::format("{:.1f} MB/s", bytes_a_second / 1e6);
}

TransferTally::TransferTally(std::size_t hosts, std::int64_t bytes, Clock::time_point start)
    : hosts_(hosts), bytes_(bytes), start_(start) {}

std::optional<std::string> TransferTally::note(const std::string& host, std::int64_t bytes, Clock::time_point now) {
  const auto [entry, is_new] = under_way_.try_emplace(host, Host{bytes, bytes, now, now});
  Host& its = entry->second;
  if (is_new) return std::nullopt;
  moved_ += std::max<std::int64_t>(0, bytes - its.bytes);
  its.bytes = bytes;
  if (now - its.told < between_notes) return std::nullopt;
  its.told = now;
  const auto percent = [](double part, double whole) { return whole > 0 ? 100 * part / whole : 100.0; };
  const auto seconds = [&](Clock::time_point since) {
    return std::max(0.001, std::chrono::duration<double>(now - since).count());
  };
  std::string text = fmt::format("{:.0f} % {}", percent(static_cast<double>(bytes), static_cast<double>(bytes_)),
                                 show_rate(static_cast<double>(bytes - its.first) / seconds(its.began)));
  if (hosts_ <= 1) {
    const double rate = static_cast<double>(bytes - its.first) / seconds(its.began);
    const double left = static_cast<double>(bytes_ - bytes) / std::max(1.0, rate);
    return text + fmt::format(", {} left", show_duration(Milliseconds(static_cast<std::int64_t>(left) * 1000)));
  }
  double there = static_cast<double>(ended_) * static_cast<double>(bytes_);
  for (const auto& [name, one] : under_way_) there += static_cast<double>(one.bytes);
  const double all = static_cast<double>(hosts_) * static_cast<double>(bytes_);
  const double rate = static_cast<double>(moved_) / seconds(start_);
  text += fmt::format("; all: {:.0f} % {}", percent(there, all), show_rate(rate));
  if (rate > 0)
    text += fmt::format(
        ", {} left", show_duration(Milliseconds(static_cast<std::int64_t>(std::max(0.0, all - there) / rate) * 1000)));
  return text;
}

void TransferTally::done(const std::string& host) {
  ++ended_;
  under_way_.erase(host);
}

}  // namespace cef::cli
