#include "pace.hpp"

#include <algorithm>
#include <utility>

namespace cef::runner {

namespace {

// A login that takes this share of its time is too slow, and one that takes half as much is not.
constexpr int slow_share = 3, quick_share = 6;
// What a long way explains is nobody's strain: a login is a dozen round trips, of which connecting is one.
constexpr double round_trips = 20;
constexpr int few = 8;  // logins whose mean counts
constexpr std::size_t fewest = 8;
constexpr std::chrono::seconds remembered{30};

}  // namespace

void Pace::note(Clock::time_point began, const transport::LoginTimes& times, Milliseconds allowed, bool done) {
  const auto took = std::chrono::duration_cast<Milliseconds>(Clock::now() - began);
  if (allowed.count() <= 0 || to_ms(took) < round_trips * times.connect_ms.value_or(0)) return;
  if (done && took > allowed / slow_share) strained_until_ = Clock::now() + remembered;
  if (independent_) return;
  if (!fewer_ || began < changed_) worst_ = std::max(worst_, took);
  if (began < changed_) return;
  sum_ += took;
  if (++count_ < few) return;
  const Milliseconds mean = std::exchange(sum_, Milliseconds(0)) / std::exchange(count_, 0);
  if (fewer_ && !std::exchange(judged_, true) && mean > worst_ * 3 / 4) {
    independent_ = true;
    logins_.set_limit(most_);
  } else if (mean > allowed / slow_share) {
    const std::size_t fewer = logins_.limit() / (fewer_ ? 2 : 4);
    logins_.set_limit(std::max(std::min(fewest, most_), fewer));
    fewer_ = true;
    changed_ = Clock::now();
  } else if (mean < allowed / quick_share) {
    logins_.set_limit(std::min(most_, logins_.limit() + few));
  }
}

bool Pace::is_of_slowness(Code code) {
  return code == Code::banner_timeout || code == Code::handshake_timeout || code == Code::auth_timeout;
}

}  // namespace cef::runner
