#include "calls/dates.hpp"

#include "fault.hpp"
#include "run/objects.hpp"

#include <array>
#include <chrono>
#include <cmath>

namespace cef::expr {

namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;

std::int64_t floor_div(std::int64_t a, std::int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

std::tm parts_of(std::int64_t micros) {
  const std::time_t seconds = floor_div(micros, second);
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return parts;
}

class Span : public Object {
 public:
  explicit Span(std::int64_t micros) : micros_(micros) {}
  std::string_view type() const override { return "timedelta"; }

  std::optional<Any> attribute(std::string_view name) override {
    if (name == "days") return floor_div(micros_, day);
    if (name == "seconds") return (micros_ - floor_div(micros_, day) * day) / second;
    if (name == "microseconds") return micros_ - floor_div(micros_, second) * second;
    if (name == "__order__") return micros_;
    if (name != "total_seconds") return std::nullopt;
    const double all = static_cast<double>(micros_) / static_cast<double>(second);
    return std::shared_ptr<Object>(std::make_shared<Closure>("method", [all](Call&) { return Any(all); }));
  }

  std::string text() const override {
    const std::int64_t days = floor_div(micros_, day), rest = micros_ - days * day;
    std::string text = days == 0 ? "" : fmt::format("{} day{}, ", days, days == 1 || days == -1 ? "" : "s");
    text += fmt::format("{}:{:02}:{:02}", rest / (3600 * second), rest / (60 * second) % 60, rest / second % 60);
    if (rest % second != 0) text += fmt::format(".{:06}", rest % second);
    return text;
  }

 private:
  std::int64_t micros_;
};

class Date : public Object {
 public:
  explicit Date(std::int64_t micros) : micros_(micros) {}
  std::string_view type() const override { return "datetime"; }

  std::optional<Any> attribute(std::string_view name) override {
    const std::tm parts = parts_of(micros_);
    if (name == "year") return parts.tm_year + 1900;
    if (name == "month") return parts.tm_mon + 1;
    if (name == "day") return parts.tm_mday;
    if (name == "hour") return parts.tm_hour;
    if (name == "minute") return parts.tm_min;
    if (name == "second") return parts.tm_sec;
    if (name == "microsecond") return micros_ - floor_div(micros_, second) * second;
    if (name == "__order__") return micros_;
    const auto method = [](auto run) { return std::shared_ptr<Object>(std::make_shared<Closure>("method", run)); };
    if (name == "strftime")
      return method([micros = micros_](Call& call) {
        if (call.rest.size() != 1 || !call.rest[0].is_text()) fail("strftime takes a format");
        return Any(date_text(micros, call.rest[0].text()));
      });
    if (name == "isoformat")
      return method([micros = micros_](Call&) {
        const bool whole = micros % second == 0;
        return Any(date_text(micros, whole ? "%Y-%m-%dT%H:%M:%S" : "%Y-%m-%dT%H:%M:%S.%f"));
      });
    if (name == "weekday") return method([at = parts.tm_wday](Call&) { return Any((at + 6) % 7); });
    if (name == "isoweekday") return method([at = parts.tm_wday](Call&) { return Any((at + 6) % 7 + 1); });
    if (name == "timestamp")
      return method([micros = micros_](Call&) {
        std::tm local = parts_of(micros);
        local.tm_isdst = -1;
        const auto fraction = static_cast<double>(micros - floor_div(micros, second) * second) / 1e6;
        return Any(static_cast<double>(std::mktime(&local)) + fraction);
      });
    return std::nullopt;
  }

  std::optional<Any> combined(char operation, const Any& other) override {
    if (!other.is(Any::Kind::object)) return std::nullopt;
    const auto micros = other.object()->attribute("__order__");
    if (!micros) return std::nullopt;
    if (other.object()->type() == "datetime")
      return operation == '-'
                 ? std::optional<Any>(std::shared_ptr<Object>(std::make_shared<Span>(micros_ - micros->whole_number())))
                 : std::nullopt;
    return date_of(operation == '-' ? micros_ - micros->whole_number() : micros_ + micros->whole_number());
  }

  std::string text() const override {
    return date_text(micros_, micros_ % second == 0 ? "%Y-%m-%d %H:%M:%S" : "%Y-%m-%d %H:%M:%S.%f");
  }

 private:
  std::int64_t micros_;
};

}  // namespace

Any date_of(std::int64_t micros) { return std::shared_ptr<Object>(std::make_shared<Date>(micros)); }

std::string time_text(const std::tm& time, std::int64_t micros, std::string_view format) {
  if (format.size() > 1000) fail("a date's format of more than 1000 bytes");
  std::string plain;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] == '\0') fail("a date's format has no null bytes");
    if (format[i] != '%' || i + 1 >= format.size()) {
      plain += format[i];
      if (format[i] == '%') plain += '%';
      continue;
    }
    const char kind = format[++i];
    if (kind == 'f')
      plain += fmt::format("{:06}", micros - floor_div(micros, second) * second);
    else
      (plain += '%') += kind;
  }
  if (plain.empty()) return {};
  std::string text(plain.size() * 40 + 64, '\0');
  text.resize(std::strftime(text.data(), text.size(), plain.c_str(), &time));
  return text;
}

std::string date_text(std::int64_t micros, std::string_view format) {
  const std::tm parts = parts_of(micros);
  // Without a zone: Python's text for %Z and %z is empty then.
  std::string bare;
  for (std::size_t i = 0; i < format.size(); ++i) {
    const bool zone = format[i] == '%' && i + 1 < format.size() && (format[i + 1] == 'Z' || format[i + 1] == 'z');
    if (zone)
      ++i;
    else
      bare += format[i];
    if (!zone && format[i] == '%' && i + 1 < format.size()) bare += format[++i];
  }
  return time_text(parts, micros, bare);
}

}  // namespace cef::expr
