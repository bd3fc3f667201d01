// cef history: stored values over time. Contacts no host.
#include "console/view.hpp"
#include "past/metric_store.hpp"
#include "past/stored.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <cef/core/moment.hpp>
#include <cef/core/text.hpp>
#include <cef/render/sparkline.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <optional>

namespace cef::cli {

namespace {

constexpr std::size_t most_points = 288;  // in JSON: of a day one for each five minutes

struct Scale {
  double least = 0, greatest = 0;
};

// The lowest and the highest mean that a chart of it shows.
void widen(std::optional<Scale>& scale, const store::Curve& curve) {
  for (const store::Part& part : curve.parts) {
    if (part.count == 0) continue;
    if (!scale) scale = Scale{part.mean(), part.mean()};
    scale->least = std::min(scale->least, part.mean());
    scale->greatest = std::max(scale->greatest, part.mean());
  }
}

// The means of neighbouring parts together, so that there are `count`.
std::vector<std::optional<double>> coarser(const std::vector<store::Part>& parts, std::size_t count) {
  std::vector<store::Part> fewer(count);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    if (parts[i].count == 0) continue;
    store::Part& into = fewer[i * count / parts.size()];
    into.sum += parts[i].sum;
    into.count += parts[i].count;
  }
  std::vector<std::optional<double>> means;
  for (const store::Part& part : fewer) means.push_back(part.count == 0 ? std::nullopt : std::optional(part.mean()));
  return means;
}

Value points_of(const store::Curve& curve, const store::MetricStore::Selection& selection) {
  Value points = Value::array();
  const auto length = selection.until - selection.since;
  for (std::size_t i = 0; i < curve.parts.size(); ++i) {
    const store::Part& part = curve.parts[i];
    if (part.count == 0) continue;
    const auto begin =
        selection.since + length / static_cast<std::ptrdiff_t>(curve.parts.size()) * static_cast<std::ptrdiff_t>(i);
    points.push_back({{"time", utc_time(begin)}, {"min", part.min}, {"mean", part.mean()}, {"max", part.max}});
  }
  return points;
}

Value row_of(const store::Curve& curve, const std::string& name) {
  const auto [metric, label] = store::split_series(name);
  return {{"series", name},
          {"metric", metric},
          {"label", label.empty() ? Value(nullptr) : Value(label)},
          {"count", curve.whole.count},
          {"min", curve.whole.min},
          {"mean", curve.whole.mean()},
          {"max", curve.whole.max},
          {"last", curve.last},
          {"last_time", utc_time(curve.last_time)}};
}

// What is left of the line when all but the charts is written.
std::size_t chart_width(const Context& context, const store::MetricStore::Selection& selection) {
  constexpr std::size_t numbers = 44;  // four columns of them
  const auto widest = [](const std::vector<std::string>& names) {
    std::size_t cells = 4;
    for (const std::string& name : names) cells = std::max(cells, display_width(name));
    return cells + 2;
  };
  const std::size_t used =
      numbers + widest(selection.hosts) + (selection.series.size() > 1 ? widest(selection.series) : 0);
  const std::size_t line = context.terminal.width > 0 ? context.terminal.width : 80;
  return std::clamp<std::size_t>(line > used ? line - used : 0, 12, 72);
}

// The unit of all series, or nothing when they have several.
std::optional<Unit> common_unit(const std::vector<std::string>& series) {
  std::optional<Unit> unit;
  for (const std::string& name : series) {
    const Unit its = unit_of_series(name).unit;
    if (unit && *unit != its) return std::nullopt;
    unit = its;
  }
  return unit.value_or(Unit::none);
}

// A table's column has one unit: where metrics have several, it is given texts.
void show_units(Report& report) {
  for (HostResult& result : report.results)
    for (Value& row : result.data["series"])
      if (const Value name = row.value("series", Value()); name.is_string())
        for (const char* field : {"min", "mean", "max", "last"})
          row[fmt::format("{}_shown", field)] = render::show(row[field], unit_of_series(name.get<std::string>()).unit);
}

struct Asked {
  store::MetricStore::Selection selection;
  std::vector<std::vector<std::string>> groups;  // of each host
};

Result<Asked> asked(const Context& context, const store::MetricStore& metrics) {
  const auto inventory = load_inventory(context.options, warn);
  if (!inventory) return Unexpected(inventory.error());
  const auto hosts = select_hosts(*inventory, context.selectors, context.options);
  if (!hosts) return Unexpected(hosts.error());
  const auto time = asked_time(context);
  if (!time) return Unexpected(time.error());
  const auto stored = metrics.series();
  if (!stored) return Unexpected(stored.error());
  const auto names = context.arguments.text("metric");
  const auto series = names ? asked_series(*stored, split_list(*names))
                            : Result<std::vector<std::string>>(usual_series(*stored, true));
  if (!series) return Unexpected(series.error());
  Asked asked{{{}, *series, time->first, time->second}, {}};
  for (const std::size_t index : *hosts) {
    asked.selection.hosts.push_back(inventory->hosts()[index].name);
    asked.groups.push_back(inventory->hosts()[index].groups);
  }
  return asked;
}

int run(const Verb& verb, Context& context) {
  const auto metrics = open_store(context.options);
  if (!metrics) return complain(metrics.error());
  const auto asked = cli::asked(context, *metrics);
  if (!asked) return complain(asked.error());
  const auto& selection = asked->selection;
  const bool is_table = context.options.text("format").value_or("table") == "table";
  const std::size_t width = chart_width(context, selection);
  const auto hosts = read_curves(*metrics, selection, most_points);
  if (!hosts) return complain(hosts.error());

  // One scale for a metric on all hosts, so that a hot one looks hotter than the others.
  std::map<std::string_view, std::optional<Scale>> scales;
  for (const auto& host : *hosts)
    for (const auto& curve : host.curves)
      widen(scales[store::split_series(selection.series[curve.series]).first], curve);

  Report report;
  report.verb = verb.name;
  report.started = std::chrono::system_clock::now();
  for (std::size_t i = 0; i < hosts->size(); ++i) {
    const store::HostCurves& found = (*hosts)[i];
    HostResult result;
    result.host = selection.hosts[i];
    result.groups = asked->groups[i];
    result.data["since"] = utc_time(selection.since);
    result.data["until"] = utc_time(selection.until);
    result.data["rounds"] = found.rounds;
    result.data["up_pct"] = found.rounds > 0
                                ? Value(100.0 * static_cast<double>(found.up) / static_cast<double>(found.rounds))
                                : Value(nullptr);
    Value& rows = result.data["series"] = Value::array();
    for (const auto& curve : found.curves) {
      const std::string& name = selection.series[curve.series];
      const auto& scale = scales[store::split_series(name).first];
      Value row = row_of(curve, name);
      row["chart"] = render::sparkline(coarser(curve.parts, width), scale->least, scale->greatest);
      if (!is_table) row["points"] = points_of(curve, selection);
      rows.push_back(std::move(row));
    }
    if (rows.empty()) {
      result.status = Status::skipped;
      const char* why = found.rounds > 0 && found.up == 0 ? "no values: down" : "no values";
      if (is_table) rows.push_back({{"chart", why}});
    }
    report.results.push_back(std::move(result));
  }
  const auto unit = common_unit(selection.series);
  if (is_table && !unit) show_units(report);
  return print_report(verb, context, report, [&](render::View& view) {
    if (!is_table) return;
    for (Column& column : view.columns) {
      if (column.align != Align::right || column.extra) continue;
      if (unit)
        column.unit = *unit;
      else
        column.path += "_shown";
    }
    // One series is known from what was typed.
    if (selection.series.size() == 1 && view.shown.empty())
      std::erase_if(view.columns, [](const Column& column) { return column.path == "data.series.*.series"; });
  });
}

}  // namespace

Verb history_verb() {
  static const std::string metric_help =
      fmt::format("which, with all labels or one: disk.used_pct[/boot] ({})", fmt::join(usual_metrics(true), ", "));
  const auto number = [](const char* name, const char* help) {
    return Column{name, fmt::format("data.series.*.{}", name), Unit::none, Align::right, help};
  };
  const auto text = [](const char* name, const char* help, bool extra) {
    return Column{name, fmt::format("data.series.*.{}", name), Unit::none, Align::left, help, extra};
  };
  return {
      .name = "history",
      .summary = "stored values over time, a line for each host and metric; contacts no host",
      .usage = "SELECTOR... [options]",
      .details =
          "What snapshot --store and probes with --store have kept. Charts of a metric have one scale for all hosts, "
          "from the lowest to the highest mean that is drawn; where nothing was stored they have gaps. Up to two days "
          "are read from every value, more from hours, and more than two months from days.",
      .examples = {"cef history group=rpi --metric temp.cpu_celsius --since 24h",
                   "cef history host=rpi6401 --metric disk.used_pct,net.rx_mbit_s --since 7d",
                   "cef history group=all --since 2026-11-23 --until 2026-11-24 --format csv"},
      .options = {{.name = "metric",
                   .value = "A,B",
                   .help = metric_help.c_str(),
                   .kind = Param::Kind::list},
                  {.name = "since", .value = "TIME", .help = "from so long ago, or from a date", .otherwise = "24h"},
                  {.name = "until", .value = "TIME", .help = "to so long ago, or to a date (0: now)"}},
      .columns = {{"host", "host", Unit::none, Align::left, "name in the inventory"},
                  {"metric", "data.series.*.series", Unit::none, Align::left,
                   "its name, with the label where it has one"},
                  number("min", "lowest value"),
                  number("mean", "mean of all values"),
                  number("max", "highest value"),
                  number("last", "the last one"),
                  text("chart", "means over the time", false),
                  text("last_time", "when the last one was stored", true),
                  {"count", "data.series.*.count", Unit::none, Align::right, "how many values there are", true},
                  {"up_pct", "data.up_pct", Unit::percent, Align::right, "rounds in which the host was up", true}},
      .run = run,
  };
}

}  // namespace cef::cli
