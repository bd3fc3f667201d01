// cef report: what is stored as one page of HTML, or as a folder of them with what the journal has. Contacts no host.
#include "console/output.hpp"
#include "past/metric_store.hpp"
#include "past/report_folder.hpp"
#include "past/stored.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <cef/core/moment.hpp>
#include <cef/engine/readings.hpp>
#include <cef/probes/probe.hpp>
#include <cef/render/report_page.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace cef::cli {

namespace {

// Of each curve; the page of a large fleet should not become too large to send.
std::size_t parts_for(std::size_t hosts) { return hosts <= 100 ? 144 : hosts <= 400 ? 96 : 60; }

std::int64_t milliseconds(store::Time time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

// With the digits that a chart can show.
Value rounded(double value) {
  if (std::abs(value) >= 1e4) return std::abs(value) < 1e15 ? Value(std::llround(value)) : Value(value);
  return std::round(value * 100) / 100;
}

struct Asked {
  store::MetricStore::Selection selection;
  std::vector<std::vector<std::string>> groups;  // of each host
  std::vector<std::string> metrics;              // in the page's order
  std::vector<std::string> errors{};             // series of probes that failed
  Milliseconds missing_after{0};
};

Result<Asked> asked(const Context& context, const store::MetricStore& metrics) {
  const auto inventory = load_inventory(context.options, warn);
  if (!inventory) return Unexpected(inventory.error());
  const auto hosts = select_hosts_or_all(*inventory, context.selectors, context.options);
  if (!hosts) return Unexpected(hosts.error());
  const auto time = asked_time(context);
  if (!time) return Unexpected(time.error());
  Asked asked{.selection = {{}, {}, time->first, time->second}, .groups = {}, .metrics = {}, .missing_after = {}};
  asked.missing_after = context.arguments.duration("missing-after").value();
  const auto stored = metrics.series();
  if (!stored) return Unexpected(stored.error());
  if (const auto names = context.arguments.text("metric")) {
    const auto series = asked_series(*stored, split_list(*names));
    if (!series) return Unexpected(series.error());
    asked.selection.series = *series;
  } else {
    asked.selection.series = usual_series(*stored, false);
  }
  for (const std::string& series : *stored)
    if (store::split_series(series).first.ends_with(fmt::format(".{}", engine::probe_error)))
      asked.errors.push_back(series);
  for (const std::string& series : asked.selection.series)
    if (std::string metric(store::split_series(series).first);
        std::ranges::find(asked.metrics, metric) == asked.metrics.end())
      asked.metrics.push_back(std::move(metric));
  for (const std::size_t index : *hosts) {
    asked.selection.hosts.push_back(inventory->hosts()[index].name);
    asked.groups.push_back(inventory->hosts()[index].groups);
  }
  return asked;
}

Value milliseconds(const std::optional<store::Time>& time) {
  return time ? Value(milliseconds(*time)) : Value(nullptr);
}

// `gpu: gpu_software_missing`, for each host: what could not be found out in its last round.
Result<std::vector<Value>> errors_of(const store::MetricStore& metrics, const Asked& asked,
                                     const std::vector<store::HostCurves>& found) {
  std::vector<Value> errors(found.size(), Value::array());
  if (asked.errors.empty()) return errors;
  auto selection = asked.selection;
  selection.series = asked.errors;
  const auto failed = read_curves(metrics, selection, 1);
  if (!failed) return Unexpected(failed.error());
  for (std::size_t host = 0; host < failed->size(); ++host)
    for (const store::Curve& curve : (*failed)[host].curves) {
      if (!found[host].last || curve.last_time < *found[host].last) continue;
      const auto [name, code] = store::split_series(asked.errors[curve.series]);
      errors[host].push_back(fmt::format("{}: {}", name.substr(0, name.find('.')), code));
    }
  return errors;
}

// What is known of the hosts at the end of the report's time.
Result<Value> hosts_of(const store::MetricStore& metrics, const Asked& asked,
                       const std::vector<store::HostCurves>& found) {
  const auto stored = metrics.hosts();
  if (!stored) return Unexpected(stored.error());
  std::map<std::string_view, const store::StoredHost*> by_name;
  for (const store::StoredHost& host : *stored) by_name[host.name] = &host;
  // The last round of any of these hosts: where cron runs once a day, none is missing for most of the day.
  std::optional<store::Time> newest;
  for (const auto& host : found) newest = std::max(newest, host.last);
  auto errors = errors_of(metrics, asked, found);
  if (!errors) return Unexpected(errors.error());
  Value hosts = Value::array();
  for (std::size_t i = 0; i < found.size(); ++i) {
    const store::HostCurves& in_time = found[i];
    const std::string& name = asked.selection.hosts[i];
    const auto entry = by_name.find(name);
    auto last = in_time.last, last_up = in_time.last_up;
    if (entry != by_name.end()) {
      // Before the report's time, if not in it.
      const store::StoredHost& ever = *entry->second;
      if (!last && ever.last < asked.selection.since) last = ever.last;
      if (!last_up && ever.last_up && *ever.last_up < asked.selection.since) last_up = ever.last_up;
    }
    const bool never = entry == by_name.end() || entry->second->first >= asked.selection.until;
    const bool missing = !in_time.last || *newest - *in_time.last > asked.missing_after;
    const bool down = in_time.error && is_unreachable(*in_time.error);
    const double rounds = static_cast<double>(in_time.rounds);
    hosts.push_back({{"name", name},
                     {"groups", asked.groups[i]},
                     {"state", never     ? "never"
                               : missing ? "missing"
                               : down    ? "down"
                                         : "up"},
                     {"why", in_time.error ? Value(name_of(*in_time.error)) : Value(nullptr)},
                     {"last", milliseconds(last)},
                     {"last_up", milliseconds(last_up)},
                     {"errors", std::move((*errors)[i])},
                     {"up_pct", rounds > 0 ? 100.0 * static_cast<double>(in_time.up) / rounds : 100.0}});
  }
  return hosts;
}

Value metric_head(const std::string& name) {
  Value metric{{"name", name}, {"unit", unit_of_series(name).symbol}, {"title", name}, {"short", name}, {"worst", ""}};
  for (const Metric& known : storable_metrics())
    if (known.name() == name && !known.help.empty()) {
      std::string title = known.help;
      title.front() = static_cast<char>(std::toupper(static_cast<unsigned char>(title.front())));
      metric["title"] = title;
    }
  for (const probes::Probe* probe : probes::all())
    for (const probes::Usual& each : probe->usual)
      if (name == fmt::format("{}.{}", probe->name, each.field))
        metric["title"] = each.title, metric["short"] = each.brief, metric["worst"] = each.worst;
  return metric;
}

Value metrics_of(const Asked& asked, const std::vector<store::HostCurves>& found) {
  std::map<std::string_view, Value> curves;
  for (std::size_t host = 0; host < found.size(); ++host)
    for (const store::Curve& curve : found[host].curves) {
      const auto [metric, label] = store::split_series(asked.selection.series[curve.series]);
      Value points = Value::array();
      for (const store::Part& part : curve.parts)
        points.push_back(part.count == 0 ? Value(nullptr) : rounded(part.mean()));
      curves[metric].push_back({{"host", host},
                                {"label", label},
                                {"min", rounded(curve.whole.min)},
                                {"max", rounded(curve.whole.max)},
                                {"last", rounded(curve.last)},
                                {"points", std::move(points)}});
    }
  Value metrics = Value::array();
  for (const std::string& name : asked.metrics) {
    const auto its = curves.find(name);
    if (its == curves.end()) continue;
    Value metric = metric_head(name);
    metric["curves"] = std::move(its->second);
    metrics.push_back(std::move(metric));
  }
  return metrics;
}

int run(const Verb&, Context& context) {
  auto file = context.options.text("output");
  const auto folder = context.arguments.text("out");
  if (folder && context.options.is_typed("output"))
    return complain({Code::usage, "--out is a folder of pages, --output one page: give one of them", ""});
  if (!file && !folder && context.terminal.out)
    return complain({Code::usage, "the report is a page of HTML, nothing for a terminal",
                     "name a file: -o report.html, or a folder: --out DIR"});
  if (file == "-") file.reset();
  Output output(file);
  if (const auto writable = folder ? check_report_folder(*folder) : output.check(); !writable)
    return complain(writable.error());
  const auto metrics = open_store(context.options);
  if (!metrics) return complain(metrics.error());
  const auto asked = cli::asked(context, *metrics);
  if (!asked) return complain(asked.error());
  const auto& selection = asked->selection;
  const std::size_t parts = parts_for(selection.hosts.size());
  const auto found = read_curves(*metrics, selection, parts);
  if (!found) return complain(found.error());
  auto hosts = hosts_of(*metrics, *asked, *found);
  if (!hosts) return complain(hosts.error());
  const Value content{{"since", milliseconds(selection.since)},
                      {"until", milliseconds(selection.until)},
                      {"made", milliseconds(std::chrono::system_clock::now())},
                      {"parts", parts},
                      {"program", fmt::format("cef {}", CEF_VERSION)},
                      {"hosts", std::move(*hosts)},
                      {"metrics", metrics_of(*asked, *found)}};
  const std::string title = fmt::format("Fleet report {}", utc_time(selection.until));
  if (folder) {
    if (const auto made = write_report_folder(context.options, *folder, title, content); !made)
      return complain(made.error());
    if (context.terminal.err) note(fmt::format("wrote {}: open index.html there", *folder));
    return exit_ok;
  }
  output.write_text(render::report_page(title, content));
  if (const auto written = output.finish(); !written) return complain(written.error());
  if (file && context.terminal.err)
    note(fmt::format("wrote {}: {} host{}, {} chart{}", *file, selection.hosts.size(),
                     selection.hosts.size() == 1 ? "" : "s", content["metrics"].size(),
                     content["metrics"].size() == 1 ? "" : "s"));
  return exit_ok;
}

}  // namespace

Verb report_verb() {
  return {
      .name = "report",
      .summary = "stored values as one page of HTML with charts; contacts no host",
      .usage = "[SELECTOR...] -o FILE.html|--out DIR [options]",
      .details =
          "The page needs nothing but itself and can be sent by mail. Without selectors it is about every host of the "
          "inventory: those that are up, down or missing, the hottest, busiest and fullest, a chart for each metric, "
          "and "
          "each host's own curves. -o - writes it to standard output. "
          "With --out it is a folder: index.html, a page for each host with its curves, its runs and what it was "
          "given, "
          "runs.html and deliveries.html; each page can be sent by itself. Pages of hosts that are gone stay.",
      .examples = {"cef report -o fleet.html", "cef report group=rpi --since 7d -o rpi.html",
                   "cef report --out /var/www/fleet",
                   "cef report host=w01 --metric gpu.temperature_celsius,gpu.power_w -o w01.html"},
      .options = {{.name = "metric",
                   .value = "A,B",
                   .help = "what to draw, with all labels or one (temperatures; time, memory and disk used)",
                   .kind = Param::Kind::list},
                  {.name = "out",
                   .value = "DIR",
                   .help = "a page for each host, the runs and the deliveries, in this folder",
                   .kind = Param::Kind::path,
                   .never_empty = true},
                  {.name = "since", .value = "TIME", .help = "from so long ago, or from a date", .otherwise = "24h"},
                  {.name = "until", .value = "TIME", .help = "to so long ago, or to a date (0: now)"},
                  {.name = "missing-after",
                   .value = "TIME",
                   .help = "a host not stored for so long before the last round is missing",
                   .kind = Param::Kind::duration,
                   .otherwise = "1h"}},
      .run = run,
  };
}

}  // namespace cef::cli
