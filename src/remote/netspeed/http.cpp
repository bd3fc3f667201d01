// By curl or wget on the host, from any HTTP server. The host only counts: cef sees when the counts come, so that no
// clock and no `date` of the host's matters.
#include <cef/core/shell.hpp>
#include <cef/core/text.hpp>
#include <cef/remote/netspeed.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <sstream>
#include <utility>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace http_parts {
namespace {

constexpr Milliseconds margin{20'000};

// $1 URL or nothing, $2 bytes, $3 bytes of them to warm up with, $4 seconds, $5 upload URL or nothing.
// BusyBox's wget knows no limit of time for the whole download, hence the process that ends it.
constexpr std::string_view script =
    "LC_ALL=C; PATH=$PATH:/usr/sbin:/sbin; export LC_ALL PATH; u=$1; n=$2; h=$3; t=$4; p=$5; "
    "if command -v curl >/dev/null; then c=1; get() { curl -sSfL -m $t \"$u\"; }; "
    "elif command -v wget >/dev/null; then c=; get() { wget -q -O - \"$u\" & w=$!; "
    "{ sleep $t; kill $w; } >/dev/null 2>&1 & k=$!; wait $w; x=$?; kill $k 2>/dev/null; "
    "[ $x -lt 128 ] || x=0; [ $x = 0 ] || echo \"wget: exit status $x\" >&2; }; "
    "else echo \"=cef speed= tool curl\"; exit; fi; [ -z \"$p\" ] || [ $c ] || { echo \"=cef speed= tool curl\"; exit; "
    "}; "
    "a=$u; [ -n \"$a\" ] || a=$p; "
    "[ -z \"$c\" ] || echo \"=cef speed= times $(curl -s -o /dev/null -m 5 -I -w \"%{time_namelookup} "
    "%{time_connect}\" "
    "\"$a\")\"; "
    "m() { echo \"=cef speed= $1 $(wc -c)\"; }; "
    "[ -z \"$u\" ] || get | { head -c 1 | m first; head -c $h | m warm; head -c $((n-h-1)) | m rest; }; "
    "[ -z \"$p\" ] || echo \"=cef speed= up $(head -c $n /dev/zero | curl -sS -m $t -o /dev/null -H Expect: "
    "-H Content-Type:application/octet-stream --data-binary @- "
    "-w \"%{size_upload} %{time_pretransfer} %{time_total} %{http_code}\" \"$p\")\"";

// What the host has said, and when.
class Counts {
 public:
  void hear(std::string_view bytes, Clock::time_point now) {
    for (const char c : bytes) {
      if (c != '\n') {
        line_ += c;
        continue;
      }
      note(std::exchange(line_, {}), now);
    }
  }

  bool no_tool() const { return no_tool_; }
  std::int64_t bytes() const { return first_.bytes + warm_.bytes + rest_.bytes + static_cast<std::int64_t>(up_bytes_); }
  std::optional<double> latency_ms() const { return latency_ms_; }
  bool up_refused() const { return http_code_ >= 400; }
  int http_code() const { return http_code_; }

  // Of what came after warming up, unless that was cut short before there was much. Of a fast transfer several counts
  // may be heard at once: then since the one before them, or since the start, which makes it slower rather than faster.
  std::optional<double> down_mbit_s() const {
    Clock::time_point since = warm_.at;
    auto counted = rest_.bytes;
    if (rest_.bytes < warm_.bytes || rest_.at == warm_.at) since = first_.at, counted += warm_.bytes;
    if (rest_.at == first_.at) since = began_;
    if (counted <= 0 || rest_.at <= since) return std::nullopt;
    return static_cast<double>(counted) * 8 / std::chrono::duration<double>(rest_.at - since).count() / 1e6;
  }
  std::optional<double> up_mbit_s() const {
    if (up_bytes_ <= 0 || up_seconds_ <= 0 || up_refused()) return std::nullopt;
    const double rate = up_bytes_ * 8 / up_seconds_ / 1e6;
    return is_plausible(rate) ? std::optional(rate) : std::nullopt;
  }

 private:
  struct Count {
    std::int64_t bytes = 0;
    Clock::time_point at;
  };

  void note(const std::string& line, Clock::time_point now) {
    constexpr std::string_view mark = "=cef speed= ";
    const auto begin = line.find(mark);
    if (begin == std::string::npos) return;  // a noisy start-up file
    std::istringstream words(line.substr(begin + mark.size()));
    std::string what;
    words >> what;
    if (what == "tool") no_tool_ = true;
    for (auto& [name, count] : {std::pair<const char*, Count*>{"first", &first_}, {"warm", &warm_}, {"rest", &rest_}})
      if (what == name) {
        if (std::int64_t bytes = 0; words >> bytes && is_plausible(static_cast<double>(bytes))) count->bytes = bytes;
        count->at = now;
      }
    double from = 0, to = 0;
    if (what == "times" && words >> from >> to && to > from && is_plausible(to - from)) latency_ms_ = (to - from) * 1e3;
    double sent = 0;
    if (what != "up" || !(words >> sent >> from >> to >> http_code_) || !is_plausible(sent)) return;
    up_bytes_ = sent;
    up_seconds_ = to - from;
  }

  const Clock::time_point began_ = Clock::now();
  std::string line_;
  bool no_tool_ = false;
  Count first_, warm_, rest_;
  double up_bytes_ = 0, up_seconds_ = 0;
  int http_code_ = 0;
  std::optional<double> latency_ms_;
};

std::string command_line(const SpeedPlan& plan) {
  const auto seconds = std::max<std::int64_t>(1, (plan.bounds.time.count() + 999) / 1000);
  return fmt::format("exec /bin/sh -c {} cef {} {} {} {} {}", shell_quote(script),
                     shell_quote(plan.bounds.down ? plan.download : ""), plan.bounds.bytes, plan.bounds.bytes / 8,
                     seconds, shell_quote(plan.bounds.up ? plan.upload : ""));
}

}  // namespace
}  // namespace http_parts

runner::Work speed_by_http(const SpeedPlan& plan) {
  return [plan](runner::Link& link, transport::Session& session) -> asio::awaitable<runner::Outcome> {
    runner::Outcome outcome;
    http_parts::Counts counts;
    std::string errors;
    transport::Command command;
    command.text = http_parts::command_line(plan);
    command.streams.output_limit = std::size_t{1} << 20;
    command.streams.on_output = [&counts](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) counts.hear(bytes, Clock::now());
    };
    const auto most = Clock::now() + plan.bounds.time * 2 + http_parts::margin;
    const auto ran = co_await session.exec(std::move(command), std::min(link.deadline(), most));
    const auto down = counts.down_mbit_s(), up = counts.up_mbit_s();
    outcome.data = speed_record(plan.method, plan.server, counts.latency_ms(), down, up, counts.bytes());
    const std::string_view said = ran ? first_line(ran->err) : "";
    const bool down_failed = plan.bounds.down && !down;
    if (!ran)
      outcome.error = ran.error();
    else if (counts.no_tool())
      outcome.error = Error{Code::command_not_found,
                            plan.bounds.up ? "curl is not installed there: it is needed for an upload"
                                           : "neither curl nor wget is installed there",
                            "install curl there, or measure with --method ssh, which needs nothing"};
    else if (down_failed || (plan.bounds.up && !up))
      outcome.error = Error{Code::server_unreachable,
                            fmt::format("{} {}: {}", down_failed ? plan.download : plan.upload,
                                        down_failed ? "could not be downloaded from" : "could not be uploaded to",
                                        counts.up_refused() ? fmt::format("HTTP status {}", counts.http_code())
                                        : said.empty()      ? "it gave nothing"
                                                            : said),
                            ""};
    co_return outcome;
  };
}

}  // namespace cef::remote
