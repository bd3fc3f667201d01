#include <cef/core/text.hpp>
#include <cef/remote/netspeed.hpp>

#include <fmt/format.h>

#include <cmath>

namespace cef::remote {

namespace asio = transport::asio;
using transport::Clock;

namespace ssh_parts {
namespace {

constexpr Milliseconds margin{10'000};  // for the shell to start, the pings, and a link that grows slow
constexpr std::size_t most_errors = 4096;

}  // namespace
}  // namespace ssh_parts

const Metrics& speed_metrics() {
  static const Metrics list{{"netspeed", "latency_ms", "there and back on an open connection"},
                            {"netspeed", "down_mbit_s", "measured rate to the host"},
                            {"netspeed", "up_mbit_s", "measured rate from the host"}};
  return list;
}

bool is_plausible(double number) { return number >= 0 && number <= 1e15; }

Value speed_record(std::string_view method, std::string_view server, std::optional<double> latency_ms,
                   std::optional<double> down_mbit_s, std::optional<double> up_mbit_s, std::int64_t bytes) {
  const auto rounded = [](std::optional<double> number, double scale) {
    return number ? Value(std::round(*number * scale) / scale) : Value(nullptr);
  };
  Value record;
  record["method"] = method;
  record["server"] = server;
  record["latency_ms"] = rounded(latency_ms, 1e3);
  record["down_mbit_s"] = rounded(down_mbit_s, 1e2);
  record["up_mbit_s"] = rounded(up_mbit_s, 1e2);
  record["bytes"] = bytes;
  return record;
}

runner::Work speed_by_ssh(const SpeedPlan& plan) {
  return [bounds = plan.bounds](runner::Link& link, transport::Session& session) -> asio::awaitable<runner::Outcome> {
    runner::Outcome outcome;
    if (link.job().local) {
      outcome.status = Status::skipped;  // there is no link
      co_return outcome;
    }
    LinkTest test(bounds);
    std::string errors;
    transport::Command command;
    command.text = LinkTest::command_line();
    command.lifetime = transport::Lifetime::free;  // it ends with its input, also when the connection is lost
    command.streams.keeps_output = false;
    command.streams.source = [&test](std::size_t most) { return test.give(most, Clock::now()); };
    command.streams.on_output = [&test, &errors](bool is_stderr, std::string_view bytes) {
      if (!is_stderr) return test.hear(bytes, Clock::now());
      if (errors.size() < ssh_parts::most_errors) errors += bytes.substr(0, ssh_parts::most_errors - errors.size());
    };
    const Milliseconds most = ssh_parts::margin + bounds.time * 2 * ((bounds.down ? 1 : 0) + (bounds.up ? 1 : 0));
    const auto ran = co_await session.exec(std::move(command), std::min(link.deadline(), Clock::now() + most));

    const auto down = test.down_mbit_s(), up = test.up_mbit_s(Clock::now());
    outcome.data = speed_record("ssh", "this machine", test.latency_ms(), down, up, test.bytes());
    const bool all = (!bounds.down || down) && (!bounds.up || up);
    const std::string_view said = first_line(errors);
    if (!ran && !(ran.error().code == Code::command_timeout && all))
      outcome.error = ran.error();
    else if (!errors.empty() && !all)
      outcome.error =
          Error{errors.find("not found") != std::string::npos ? Code::command_not_found : Code::command_failed,
                fmt::format("the link could not be measured: {}", said), ""};
    else if (!test.strange().empty() || !all)
      outcome.error =
          Error{Code::unexpected_output,
                fmt::format("the host answered something else than was asked for: '{}'", test.strange()), ""};
    co_return outcome;
  };
}

}  // namespace cef::remote
