// By iperf3 on the host. One server serves one client at a time, and says so to others.
#include <cef/core/shell.hpp>
#include <cef/remote/netspeed.hpp>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace iperf3_parts {
namespace {

constexpr Milliseconds margin{30'000};  // to connect, to wait for a busy server, and to end

// Someone else's test takes ten seconds, most often.
constexpr std::string_view script =
    "LC_ALL=C; PATH=$PATH:/usr/local/bin:/usr/sbin:/sbin; export LC_ALL PATH; command -v iperf3 >/dev/null || exit "
    "127; "
    "for i in 1 2 3 4 5; do o=$(iperf3 -J \"$@\" 2>&1); case $o in *\"server is busy\"*) sleep 2;; *) break;; esac; "
    "done; echo \"=cef speed=\"; printf \"%s\\n\" \"$o\"";

struct Measured {
  double mbit_s = 0;
  std::int64_t bytes = 0;
  std::optional<double> latency_ms;
};

std::string command_line(const SpeedPlan& plan, bool down) {
  // HOST, HOST:PORT, [V6] or [V6]:PORT
  std::string host = plan.server, port;
  const auto colon = host.rfind(':');
  if (colon != std::string::npos && (host.find(':') == colon || host[colon - 1] == ']')) {
    port = host.substr(colon + 1);
    host.resize(colon);
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  std::string line = fmt::format("exec /bin/sh -c {} cef -c {}", shell_quote(script), shell_quote(host));
  if (!port.empty()) line += fmt::format(" -p {}", shell_quote(port));
  if (down) line += " -R";
  if (plan.bytes_given) return line + fmt::format(" -n {}", plan.bounds.bytes);
  return line + fmt::format(" -t {}", std::max<std::int64_t>(1, (plan.bounds.time.count() + 999) / 1000));
}

bool has_any(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::any_of(words.begin(), words.end(), [text](auto word) { return text.find(word) != text.npos; });
}

Unexpected<Error> refused(std::string_view server, const std::string& said) {
  const auto about = [&](const char* what) { return fmt::format("the iperf3 server {} {}: {}", server, what, said); };
  if (has_any(said, {"busy"})) return Unexpected(Error{Code::server_busy, about("serves someone else"), ""});
  if (has_any(said, {"unable to connect", "refused", "timed out", "No route", "unreachable", "Name or service",
                     "not known", "resolve", "Bad file descriptor"}))
    return Unexpected(Error{Code::server_unreachable, about("cannot be reached from the host"), ""});
  return Unexpected(Error{Code::command_failed, about("did not measure"), ""});
}

Result<Measured> parse(std::string_view server, std::string_view text) {
  constexpr std::string_view mark = "=cef speed=";
  const auto begin = text.find(mark);
  text.remove_prefix(begin == std::string_view::npos ? text.size() : begin + mark.size());
  const Value said = Value::parse(text, nullptr, false);
  const auto strange = [&] {
    return Unexpected(Error{Code::unexpected_output,
                            fmt::format("iperf3 printed something that is not understood: {}",
                                        text.substr(0, std::min<std::size_t>(text.size(), 200))),
                            ""});
  };
  if (!said.is_object()) return strange();
  if (const auto error = said.find("error"); error != said.end() && error->is_string())
    return refused(server, error->get<std::string>());
  const auto rate = Value::json_pointer("/end/sum_received/bits_per_second");
  const auto bytes = Value::json_pointer("/end/sum_received/bytes");
  if (!said.contains(rate) || !said[rate].is_number() || !said.contains(bytes) || !said[bytes].is_number() ||
      !is_plausible(said[rate].get<double>()) || !is_plausible(said[bytes].get<double>()))
    return strange();
  Measured measured{said[rate].get<double>() / 1e6, said[bytes].get<std::int64_t>(), {}};
  // Where the sender is the host, and its kernel tells. Microseconds.
  const auto rtt = Value::json_pointer("/end/streams/0/sender/mean_rtt");
  if (said.contains(rtt) && said[rtt].is_number() && said[rtt].get<double>() > 0 &&
      is_plausible(said[rtt].get<double>()))
    measured.latency_ms = said[rtt].get<double>() / 1e3;
  return measured;
}

}  // namespace
}  // namespace iperf3_parts

runner::Work speed_by_iperf3(const SpeedPlan& plan) {
  return [plan](runner::Link& link, transport::Session& session) -> asio::awaitable<runner::Outcome> {
    runner::Outcome outcome;
    std::optional<double> down, up, latency;
    std::int64_t bytes = 0;
    for (const bool is_down : {true, false}) {
      if (!(is_down ? plan.bounds.down : plan.bounds.up)) continue;
      transport::Command command;
      command.text = iperf3_parts::command_line(plan, is_down);
      command.streams.output_limit = std::size_t{4} << 20;
      const auto most = Clock::now() + plan.bounds.time * 2 + iperf3_parts::margin;
      const auto ran = co_await session.exec(std::move(command), std::min(link.deadline(), most));
      auto measured = ran ? ran->status == 127 ? Result<iperf3_parts::Measured>(Unexpected(Error{
                                                     Code::command_not_found, "iperf3 is not installed there", ""}))
                                               : iperf3_parts::parse(plan.server, ran->out)
                          : Result<iperf3_parts::Measured>(Unexpected(ran.error()));
      if (!measured) {
        outcome.error = measured.error();
        if (outcome.error->code == Code::command_not_found)
          outcome.error->hint = "install the package iperf3 there, or measure with --method ssh, which needs nothing";
        break;
      }
      (is_down ? down : up) = measured->mbit_s;
      bytes += measured->bytes;
      if (measured->latency_ms && (!latency || !is_down)) latency = measured->latency_ms;
    }
    outcome.data = speed_record("iperf3", plan.server, latency, down, up, bytes);
    co_return outcome;
  };
}

}  // namespace cef::remote
