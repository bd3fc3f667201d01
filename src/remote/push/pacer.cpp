#include <cef/remote/pacer.hpp>

#include <algorithm>
#include <utility>

namespace cef::remote {

namespace {
constexpr std::int64_t pieces_a_second = 20;
constexpr std::size_t least_piece = 512;
}  // namespace

std::size_t Pacer::piece(std::size_t most) const {
  if (!has_limit()) return most;
  return std::min(most, std::max(least_piece, static_cast<std::size_t>(rate_ / pieces_a_second)));
}

Pacer::Clock::time_point Pacer::reserve(std::size_t bytes, Clock::time_point now) {
  if (!has_limit()) return now;
  const auto begin = std::max(free_, now);
  free_ = begin + std::chrono::duration_cast<Clock::duration>(
                      std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(rate_)));
  return begin;
}

Turns::Turns(std::shared_ptr<Pacer> own, std::shared_ptr<Pacer> total) : pacers_{std::move(own), std::move(total)} {}

bool Turns::have_limit() const {
  return std::ranges::any_of(pacers_, [](const auto& pacer) { return pacer && pacer->has_limit(); });
}

std::size_t Turns::next(std::size_t most, Clock::time_point now) {
  if (!due_) {
    bytes_ = most;
    due_ = now;
    told_ = false;
    for (const auto& pacer : pacers_)
      if (pacer) bytes_ = pacer->piece(bytes_);
    for (const auto& pacer : pacers_)
      if (pacer) due_ = std::max(*due_, pacer->reserve(bytes_, now));
  }
  if (*due_ > now) return 0;
  due_.reset();
  return std::min(most, bytes_);
}

std::optional<Turns::Clock::time_point> Turns::wake(Clock::time_point now) {
  if (!due_ || (*due_ <= now && std::exchange(told_, true))) return std::nullopt;
  return due_;
}

}  // namespace cef::remote
