#include <cef/core/text.hpp>
#include <cef/remote/clock_meter.hpp>

#include <cstdlib>
#include <sstream>

namespace cef::remote {

namespace {

constexpr std::string_view clock_mark = "=cef clock ";
constexpr std::size_t longest_answer = 4096;

}  // namespace

// A clock that is read without another process is read at the right moment; date needs one, and BusyBox's tells only
// whole seconds. Times are told as whole seconds and nanoseconds, because a double would cut the latter.
const char* ClockMeter::script() {
  return R"sh(
export LC_ALL=C
if bash -c '[ -n "$EPOCHREALTIME" ]' 2>/dev/null; then
  exec bash -c 'while read -r _; do a=$EPOCHREALTIME; echo "=cef clock $a $EPOCHREALTIME"; done'
fi
case $(date +%N) in
  *[!0-9]* | '') while read -r _; do a=$(date +%s); echo "=cef clock $a.0 $a.999999999"; done ;;
  *) while read -r _; do a=$(date +%s.%N); echo "=cef clock $a $(date +%s.%N)"; done ;;
esac
)sh";
}

std::optional<std::string_view> ClockMeter::give(Clock::time_point now) {
  if (done_ >= exchanges_) return std::nullopt;
  if (waits_) return std::string_view();
  waits_ = true;
  asked_ = now;
  return "?\n";
}

void ClockMeter::hear(std::string_view bytes, Clock::time_point now) {
  for (auto end = bytes.find('\n'); end != std::string_view::npos; end = bytes.find('\n')) {
    line_ += bytes.substr(0, end);
    bytes.remove_prefix(end + 1);
    answer(line_, now);
    line_.clear();
  }
  if (line_.size() < longest_answer) line_ += bytes;
}

void ClockMeter::answer(std::string_view line, Clock::time_point now) {
  if (!waits_ || !line.starts_with(clock_mark)) return;  // what a login shell says
  waits_ = false;
  ++done_;
  // From here on relative to when it was asked, which keeps the microseconds in a double.
  const auto since = [this](std::string_view text) {
    const std::string whole(text.substr(0, text.find('.')));
    const std::string part(text.size() > whole.size() ? text.substr(whole.size()) : "");
    const auto asked = asked_.time_since_epoch();
    const auto asked_whole = std::chrono::floor<std::chrono::seconds>(asked);
    const double fraction = std::chrono::duration<double>(asked - asked_whole).count();
    return static_cast<double>(std::atoll(whole.c_str()) - asked_whole.count()) + std::atof(("0" + part).c_str()) -
           fraction;
  };
  line.remove_prefix(clock_mark.size());
  const auto space = line.find(' ');
  if (space == std::string_view::npos) return;
  const double received = since(line.substr(0, space)), sent = since(line.substr(space + 1));
  const double took = std::chrono::duration<double>(now - asked_).count();
  // One that tells whole seconds was at both within one of them, at some time.
  const bool coarse = sent - received > 0.9;
  const double delay = coarse ? took + (sent - received) : took - (sent - received);
  const ClockOffset found{(received + sent - took) / 2, std::max(delay, 0.0) / 2};
  if (!best_ || found.error_s < best_->error_s) best_ = found;
}

}  // namespace cef::remote
