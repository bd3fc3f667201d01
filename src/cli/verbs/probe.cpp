// cef os, temp, ...: a probe on each host; cef snapshot: all of them at once.
#include "past/metric_store.hpp"
#include "run/run_verb.hpp"
#include "verbs.hpp"

#include <cef/remote/probe_work.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

using Parse = Result<Value> (*)(std::string_view text);

int run(const Verb& verb, Context& context, const std::string& text, Parse parse, Milliseconds timeout) {
  return execute(verb, context, [&](const LiveSink&) {
    VerbOrders orders;
    orders.work = remote::probe_work(text, parse);
    orders.default_timeout = timeout;
    orders.keep = [&](const Report& report) { return store_metrics(verb, context, report); };
    return orders;
  });
}

// Of the probes whose record is null on most hosts.
std::string lacking(std::string_view probe) {
  if (probe == "gpu") return "no NVIDIA device";
  return probe == "power" ? "no Raspberry Pi" : "";
}

int run_probe(const Verb& verb, Context& context) {
  const probes::Probe& probe = *probes::find(verb.name);
  return run(verb, context, probes::command_line(probe), probe.parse, probe.timeout);
}

int run_snapshot(const Verb& verb, Context& context) {
  return run(verb, context, probes::snapshot_command_line(), probes::parse_snapshot, remote::snapshot_timeout);
}

}  // namespace

Verb probe_verb(const probes::Probe& probe) {
  const std::string name(probe.name);
  return {
      .name = name,
      .summary = std::string(probe.summary),
      .usage = "SELECTOR... [options]",
      .details = fmt::format("Default --timeout: {}s.", probe.timeout.count() / 1000),
      .examples = {fmt::format("cef {} group=rpi", name), fmt::format("cef {} group=all --format json", name)},
      .options = {store_option},
      .columns = probe.columns(),
      .run = run_probe,
      .metrics = probe.metrics(),
      .lacking = lacking(name),
  };
}

Verb snapshot_verb() {
  return {
      .name = "snapshot",
      .summary = "every probe at once, in one login and one remote command",
      .usage = "SELECTOR... [options]",
      .details = fmt::format("A probe that fails is shown as an error in the record and does not make the host fail.\n"
                             "Default --timeout: {}s.",
                             remote::snapshot_timeout.count() / 1000),
      .examples = {"cef snapshot group=all", "cef snapshot group=rpi --sort -temp",
                   "cef snapshot group=all --format ndjson", "cef snapshot group=all --store -q",
                   "cef snapshot group=rpi -q --assert 'temp.cpu_celsius<80' --assert 'disk.used_pct<90'"},
      .options = {store_option},
      .columns = probes::snapshot_columns(),
      .run = run_snapshot,
      .metrics = probes::all_metrics(),
  };
}

}  // namespace cef::cli
