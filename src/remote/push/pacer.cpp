#include <cef/remote/pacer.hpp>

#include <algorithm>

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

}  // namespace cef::remote
