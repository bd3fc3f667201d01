#include "transfer_tally.hpp"

#include <cef/core/duration.hpp>
#include <cef/core/value.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace cef::cli {

namespace {
constexpr std::chrono::milliseconds between_notes{300};
}  // namespace

std::string show_rate(double bytes_a_second) {
  if (bytes_a_second < 1e6) return fmt::format("{:.0f} kB/s", bytes_a_second / 1e3);
  return fmt::format("{:.1f} MB/s", bytes_a_second / 1e6);
}

TransferTally::TransferTally(std::size_t hosts, Clock::time_point start, bool as_json)
    : hosts_(hosts), start_(start), as_json_(as_json) {}

std::string TransferTally::Course::time_left() const {
  if (rate <= 0) return "";
  return fmt::format(", {} left", show_duration(Milliseconds(static_cast<std::int64_t>((of - bytes) / rate) * 1000)));
}

std::string TransferTally::told(const Course& own, const Course& all) const {
  if (as_json_) {
    const auto object = [](const Course& one) {
      Value value = {{"bytes", static_cast<std::int64_t>(one.bytes)},
                     {"bytes_total", static_cast<std::int64_t>(one.of)},
                     {"mbit_s", std::round(one.rate * 8 / 1e4) / 100}};
      value["left_s"] = one.rate > 0 ? Value(std::round((one.of - one.bytes) / one.rate)) : Value(nullptr);
      return value;
    };
    Value value = object(own);
    value["all"] = object(all);
    return value.dump();
  }
  const auto text = [](const Course& one) {
    return fmt::format("{:.0f} % {}{}", one.percent(), show_rate(one.rate), one.time_left());
  };
  return hosts_ <= 1 ? text(own) : fmt::format("{:.0f} %; all: {}", own.percent(), text(all));
}

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
  const auto rate_since = [&](std::int64_t moved, Clock::time_point since) {
    return static_cast<double>(moved) / std::max(0.001, std::chrono::duration<double>(now - since).count());
  };
  const Course own{static_cast<double>(bytes), static_cast<double>(of), rate_since(bytes - its.first, its.began)};
  Course all{static_cast<double>(ended_) * own.of, static_cast<double>(hosts_ - under_way_.size()) * own.of,
             rate_since(moved_, start_)};
  for (const auto& [name, one] : under_way_) {
    all.bytes += static_cast<double>(one.bytes);
    all.of += static_cast<double>(one.of);
  }
  all.bytes = std::min(all.bytes, all.of);
  return told(own, all);
}

void TransferTally::done(const std::string& host) {
  ++ended_;
  under_way_.erase(host);
}

}  // namespace cef::cli
