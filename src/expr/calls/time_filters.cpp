// strftime and to_datetime.

#include "calls/dates.hpp"
#include "calls/tables.hpp"
#include "fault.hpp"
#include "run/run.hpp"
#include "value/chars.hpp"
#include "value/operators.hpp"

#include <array>
#include <cmath>
#include <cstdlib>

namespace cef::expr {

namespace time_filters_parts {
namespace {

// format second utc: local time, unless it is said otherwise.
Any strftime_filter(Call& call) {
  double seconds = 0;
  if (call.empty(1)) {
    seconds = static_cast<double>(std::chrono::system_clock::to_time_t(call.evaluation.world().now()));
  } else if (call[1].is_text()) {
    char* end = nullptr;
    seconds = std::strtod(call[1].text().c_str(), &end);
    if (call[1].text().empty() || *end != '\0') fail("Invalid value for epoch value ({})", call[1].text());
  } else {
    seconds = call.real(1);
  }
  if (!(std::fabs(seconds) < 60e9)) fail("Invalid value for epoch value ({})", seconds);
  const auto whole = static_cast<std::time_t>(std::floor(seconds));
  std::tm parts{};
  if (call.flag(2))
    gmtime_r(&whole, &parts);
  else
    localtime_r(&whole, &parts);
  return time_text(parts, 0, call.text(0));
}

/// Reads a date by strptime's format, but for what depends on a language other than English.
class DateReader {
 public:
  DateReader(std::string_view text, std::string_view format) : text_(text), format_(format) {}

  Any run() {
    for (std::size_t i = 0; i < format_.size(); ++i) {
      const char c = format_[i];
      if (is_space(static_cast<unsigned char>(c))) {
        if (at_ >= text_.size() || !is_space(static_cast<unsigned char>(text_[at_]))) mismatch();
        while (at_ < text_.size() && is_space(static_cast<unsigned char>(text_[at_]))) ++at_;
      } else if (c == '%' && i + 1 < format_.size()) {
        directive(format_[++i]);
      } else if (at_ >= text_.size() || text_[at_++] != c) {
        mismatch();
      }
    }
    if (at_ != text_.size()) fail("unconverted data remains: {}", text_.substr(at_));
    if (hour12_ >= 0) hour_ = hour12_ % 12 + (afternoon_ ? 12 : 0);
    const std::chrono::year_month_day date{std::chrono::year(year_), std::chrono::month(static_cast<unsigned>(month_)),
                                           std::chrono::day(static_cast<unsigned>(day_))};
    if (!date.ok()) fail("day is out of range for month");
    const std::int64_t days = std::chrono::sys_days(date).time_since_epoch().count();
    if (has_epoch_) fail("the format %s is not supported");
    return date_of((((days * 24 + hour_) * 60 + minute_) * 60 + second_ - offset_) * 1'000'000 + micros_);
  }

 private:
  [[noreturn]] void mismatch() const { fail("time data '{}' does not match format '{}'", text_, format_); }

  int number(std::size_t most, int low, int high) {
    int value = 0;
    std::size_t size = 0;
    while (size < most && at_ < text_.size() && text_[at_] >= '0' && text_[at_] <= '9') {
      const int longer = value * 10 + (text_[at_] - '0');
      if (size > 0 && longer > high) break;
      value = longer;
      ++at_, ++size;
    }
    if (size == 0 || value < low || value > high) mismatch();
    return value;
  }

  template <std::size_t count>
  int word(const std::array<const char*, count>& words) {
    const std::string rest = lower_case(text_.substr(at_));
    for (std::size_t i = 0; i < count; ++i)
      if (rest.starts_with(words[i])) {
        at_ += std::string_view(words[i]).size();
        return static_cast<int>(i);
      }
    mismatch();
  }

  void directive(char kind) {
    static constexpr std::array<const char*, 12> months = {"january",   "february", "march",    "april",
                                                           "may",       "june",     "july",     "august",
                                                           "september", "october",  "november", "december"};
    static constexpr std::array<const char*, 12> short_months = {"jan", "feb", "mar", "apr", "may", "jun",
                                                                 "jul", "aug", "sep", "oct", "nov", "dec"};
    static constexpr std::array<const char*, 7> days = {"monday", "tuesday",  "wednesday", "thursday",
                                                        "friday", "saturday", "sunday"};
    static constexpr std::array<const char*, 7> short_days = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};
    static constexpr std::array<const char*, 2> halves = {"am", "pm"};
    switch (kind) {
      case 'Y':
        if (text_.size() < at_ + 4) mismatch();
        year_ = number(4, 1, 9999);
        break;
      case 'y':
        year_ = number(2, 0, 99), year_ += year_ < 69 ? 2000 : 1900;
        break;
      case 'm':
        month_ = number(2, 1, 12);
        break;
      case 'd':
        day_ = number(2, 1, 31);
        break;
      case 'H':
        hour_ = number(2, 0, 23);
        break;
      case 'I':
        hour12_ = number(2, 1, 12);
        break;
      case 'p':
        afternoon_ = word(halves) == 1;
        break;
      case 'M':
        minute_ = number(2, 0, 59);
        break;
      case 'S':
        second_ = number(2, 0, 61);
        break;
      case 'B':
        month_ = word(months) + 1;
        break;
      case 'b':
        month_ = word(short_months) + 1;
        break;
      case 'A':
        word(days);
        break;
      case 'a':
        word(short_days);
        break;
      case 'f':
        fraction();
        break;
      case 'z':
        zone();
        break;
      case 'Z':
        if (text_.substr(at_).starts_with("UTC") || text_.substr(at_).starts_with("GMT"))
          at_ += 3;
        else
          mismatch();
        break;
      case 'T':
        hour_ = number(2, 0, 23), sign(':'), minute_ = number(2, 0, 59), sign(':'), second_ = number(2, 0, 61);
        break;
      case 's':
        has_epoch_ = true;
        break;
      case '%':
        sign('%');
        break;
      default:
        fail("'{}' is a bad directive in format '{}'", kind, format_);
    }
  }

  void sign(char c) {
    if (at_ >= text_.size() || text_[at_++] != c) mismatch();
  }

  void fraction() {
    const std::size_t begin = at_;
    micros_ = number(6, 0, 999'999);
    for (std::size_t size = at_ - begin; size < 6; ++size) micros_ *= 10;
  }

  // The zone is read and, as with Python's dates that are then compared, must be UTC to mean anything.
  void zone() {
    if (at_ < text_.size() && text_[at_] == 'Z') {
      ++at_;
      return;
    }
    if (at_ >= text_.size() || (text_[at_] != '+' && text_[at_] != '-')) mismatch();
    ++at_;
    number(2, 0, 23);
    if (at_ < text_.size() && text_[at_] == ':') ++at_;
    number(2, 0, 59);
  }

  std::string_view text_, format_;
  std::size_t at_ = 0;
  int year_ = 1900, month_ = 1, day_ = 1, hour_ = 0, minute_ = 0, second_ = 0, micros_ = 0, offset_ = 0, hour12_ = -1;
  bool afternoon_ = false, has_epoch_ = false;
};

Any to_datetime(Call& call) {
  const std::string text = call.text(0), format = call.text(1, "%Y-%m-%d %H:%M:%S");
  return DateReader(text, format).run();
}

constexpr Function table[] = {
    {"strftime", strftime_filter, "string_format second? utc?"},
    {"to_datetime", to_datetime, "string format?"},
};

}  // namespace
}  // namespace time_filters_parts

const Functions time_filters = time_filters_parts::table;

}  // namespace cef::expr
