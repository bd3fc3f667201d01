// cef ping: the whole way to each host, with the time of every stage.
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

#include <cmath>

namespace cef::cli {

namespace {

using transport::Clock;

asio::awaitable<runner::Outcome> ping(runner::Link& link, transport::Session& session) {
  runner::Outcome outcome;
  const auto start = Clock::now();
  transport::Command command;
  command.text = "true";
  command.lifetime = transport::Lifetime::free;  // it cannot stay behind
  const auto ran = co_await session.exec(std::move(command), link.deadline());
  if (!ran) {
    outcome.error = ran.error();
    co_return outcome;
  }
  const double exec_ms = to_ms(Clock::now() - start);
  const transport::LoginTimes& times = session.times();
  const double total = times.resolve_ms.value_or(0) + times.connect_ms.value_or(0) + times.handshake_ms.value_or(0) +
                       times.auth_ms.value_or(0) + exec_ms;
  const auto stage = [](const std::optional<double>& ms) { return ms ? Value(*ms) : Value(nullptr); };
  outcome.data["address"] = times.address;
  outcome.data["port"] = link.job().local ? Value(nullptr) : Value(link.job().target.port);
  outcome.data["connect_ms"] = stage(times.connect_ms);
  outcome.data["handshake_ms"] = stage(times.handshake_ms);
  outcome.data["auth_ms"] = stage(times.auth_ms);
  outcome.data["exec_ms"] = exec_ms;
  outcome.data["total_ms"] = std::round(total * 1e3) / 1e3;  // sums of decimal fractions are not exact
  outcome.data["server"] = times.server.empty() ? Value(nullptr) : Value(times.server);
  if (ran->status != 0) {
    outcome.error =
        Error{Code::command_failed,
              fmt::format("logged in, but `true` ended with {}{}",
                          ran->signal.empty() ? fmt::format("exit status {}", ran->status) : "signal " + ran->signal,
                          ran->err.empty() ? "" : fmt::format(": {}", first_line(ran->err))),
              "look at the user's login shell on the host"};
  }
  co_return outcome;
}

int run(const Verb& verb, Context& context) {
  return execute(verb, context, [](const LiveSink&) {
    VerbOrders orders;
    orders.work = ping;
    orders.default_timeout = Milliseconds(30'000);
    return orders;
  });
}

}  // namespace

Verb ping_verb() {
  const auto ms = [](const char* name, const char* field, const char* help) {
    return Column{name, field, Unit::milliseconds, Align::right, help};
  };
  return {
      .name = "ping",
      .summary = "log in to each host, run nothing heavier than `true`, and time every stage",
      .usage = "SELECTOR... [options]",
      .details = "A host is ok when the login worked and its shell ran a command. Default --timeout: 30s.",
      .examples = {"cef ping group=rpi", "cef ping host=w01 -vvv",
                   "cef ping group=all --format names --status unreachable"},
      .columns = {ms("total", "data.total_ms", "all stages together"),
                  ms("connect", "data.connect_ms", "TCP connection"),
                  ms("kex", "data.handshake_ms", "versions and key exchange"),
                  ms("auth", "data.auth_ms", "login"),
                  ms("exec", "data.exec_ms", "`true` in the user's shell"),
                  {"address", "data.address", Unit::none, Align::left, "IP address that was connected to"},
                  {"port", "data.port", Unit::none, Align::right, "and the port"},
                  {"server", "data.server", Unit::none, Align::left, "the server's software"}},
      .run = run,
      .metrics = {{"ping", "connect_ms", "time of the TCP connection"},
                  {"ping", "handshake_ms", "time of the SSH key exchange"},
                  {"ping", "auth_ms", "time of the login"},
                  {"ping", "exec_ms", "time that `true` took in the user's shell"},
                  {"ping", "total_ms", "time of all stages of a login and a command"}},
  };
}

}  // namespace cef::cli
