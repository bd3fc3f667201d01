// cef os, ...: a probe on each host.
#include "execute.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

namespace cef::cli {

namespace {

runner::Work work(const probes::Probe& probe) {
  return
      [&probe, text = probes::command_line(probe)](transport::Session& session, const runner::Job&,
                                                   transport::Deadline deadline) -> asio::awaitable<runner::Outcome> {
        transport::Command command;
        command.text = text;
        command.output_limit = std::size_t{1} << 20;
        const auto ran = co_await session.exec(std::move(command), deadline);
        runner::Outcome outcome;
        if (!ran) {
          outcome.error = ran.error();
          co_return outcome;
        }
        const auto body = probes::framed(ran->out);
        auto record = body ? probe.parse(*body) : Result<Value>(Unexpected(body.error()));
        if (record) {
          outcome.data = std::move(*record);
        } else {
          outcome.error = std::move(record.error());
          if (!ran->err.empty())
            outcome.error->message += ": " + ran->err.substr(0, std::min<std::size_t>(ran->err.find('\n'), 200));
        }
        co_return outcome;
      };
}

int run(const Verb& verb, Context& context) {
  const probes::Probe& probe = *probes::find(verb.name);
  return execute(verb, context, [&](const LiveSink&) {
    Task task;
    task.work = work(probe);
    task.default_timeout = probe.timeout;
    return task;
  });
}

}  // namespace

Verb probe_verb(const probes::Probe& probe) {
  const std::string name(probe.name);
  return {name,
          std::string(probe.summary),
          "SELECTOR... [options]",
          fmt::format("Default --timeout: {}s.", probe.timeout.count() / 1000),
          {fmt::format("cef {} group=rpi", name), fmt::format("cef {} group=all --format json", name)},
          {},
          probe.columns(),
          run};
}

}  // namespace cef::cli
