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

TransferTally::TransferTally(std::size_t hosts, Clock::time_point start) : hosts_(hosts), start_(start) {}

std::optional<std::string> TransferTally::note(const std::string& host, std::int64_t bytes, std::int64_t of,
                                               Clock::time_point now) {
  const auto [entry, is_new] = under_way_.try_emplace(host, Host{bytes, bytes, of, now, now});
  Host& its = entry->second;
  if (is_new) return std::nullopt;
  moved_ += std::max<std::int64_t>(0, bytes - its.bytes);
  its.bytes = bytes;
  its.of = of_ = of;
  if (now - its.told < between_notes) return std::nullopt;
  its.told = now;
  const auto percent = [](double part, double whole) { return whole > 0 ? 100 * part / whole : 100.0; };
  const auto rate_since = [&](std::int64_t moved, Clock::time_point since) {
    return static_cast<double>(moved) / std::max(0.001, std::chrono::duration<double>(now - since).count());
  };
  const auto time_left = [](double left, double rate) {
    return rate > 0
               ? fmt::format(", {} left", show_duration(Milliseconds(static_cast<std::int64_t>(left / rate) * 1000)))
               : std::string();
  };
  const double rate = rate_since(bytes - its.first, its.began);
  const std::string text =
      fmt::format("{:.0f} % {}", percent(static_cast<double>(bytes), static_cast<double>(of)), show_rate(rate));
  if (hosts_ <= 1) return text + time_left(static_cast<double>(of - bytes), rate);
  double there = static_cast<double>(ended_) * static_cast<double>(of);
  double all = static_cast<double>(hosts_ - under_way_.size()) * static_cast<double>(of);
  for (const auto& [name, one] : under_way_) {
    there += static_cast<double>(one.bytes);
    all += static_cast<double>(one.of);
  }
  const double total_rate = rate_since(moved_, start_);
  return text + fmt::format("; all: {:.0f} % {}", percent(there, all), show_rate(total_rate)) +
         time_left(std::max(0.0, all - there), total_rate);
}

void TransferTally::done(const std::string& host) {
  ++ended_;
  under_way_.erase(host);
}

}  // namespace cef::cli
