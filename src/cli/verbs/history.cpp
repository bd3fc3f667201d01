// cef history: stored values over time. Contacts no host.
#include "console/view.hpp"
#include "past/chart.hpp"
#include "past/metric_store.hpp"
#include "past/stored.hpp"
#include "run/select.hpp"
#include "verbs.hpp"

#include <cef/core/moment.hpp>
#include <cef/core/text.hpp>
#include <cef/render/sparkline.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <ctime>
#include <map>
#include <optional>

namespace cef::cli {

namespace {

constexpr std::size_t most_points = 288;  // in JSON: of a day one for each five minutes

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

struct ChartShape {
  std::size_t width = 0;
  bool brief = false;  // without the columns of the least and the mean, which the chart shows too
};

// What is left of the line when all but the charts is written.
ChartShape chart_shape(const Context& context, const store::MetricStore::Selection& selection) {
  constexpr std::size_t number = 11, enough = 20;  // cells of a number's column, and of a chart
  const auto widest = [](const std::vector<std::string>& names) {
    std::size_t cells = 4;
    for (const std::string& name : names) cells = std::max(cells, display_width(name));
    return cells + 2;
  };
  const std::size_t names = widest(selection.hosts) + (selection.series.size() > 1 ? widest(selection.series) : 0);
  const std::size_t line = context.terminal.width > 0 ? context.terminal.width : 80;
  const auto room = [&](std::size_t columns) {
    const std::size_t used = names + columns * number;
    return line > used ? line - used : 0;
  };
  const bool brief = room(4) < enough;
  return {std::clamp<std::size_t>(room(brief ? 2 : 4), 12, 72), brief};
}

// The times at both ends of the charts, with their column's name between where there is room.
std::string axis(const store::MetricStore::Selection& selection, std::size_t width) {
  const auto local = [](store::Time time) {
    const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    ::localtime_r(&seconds, &parts);
    return parts;
  };
  const std::tm since = local(selection.since), until = local(selection.until);
  const bool within_a_day = selection.until - selection.since <= std::chrono::hours(24);
  const auto shown = [&](const std::tm& time, bool with_clock) {
    return within_a_day ? fmt::format("{:%H:%M}", time)
           : with_clock ? fmt::format("{:%m-%d %H:%M}", time)
                        : fmt::format("{:%m-%d}", time);
  };
  constexpr std::string_view name = "chart";
  for (const bool with_clock : {true, false}) {
    const std::string left = shown(since, with_clock), right = shown(until, with_clock);
    if (left.size() + right.size() + 2 > width) continue;
    const std::size_t between = width - left.size() - right.size();
    const std::string_view middle = between > name.size() + 2 ? name : "";
    const std::size_t before = (between - middle.size()) / 2;
    return fmt::format("{}{}{}{}{}", left, std::string(before, ' '), middle,
                       std::string(between - middle.size() - before, ' '), right);
  }
  return std::string(name);
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
  const bool all = context.selectors.empty() && context.options.values("limit").empty();  // as report
  const auto hosts = all ? Result<std::vector<std::size_t>>(inventory->members("all"))
                         : select_hosts(*inventory, context.selectors, context.options);
  if (!hosts) return Unexpected(hosts.error());
  const auto time = asked_time(context);
  if (!time) return Unexpected(time.error());
  const auto stored = metrics.series();
  if (!stored) return Unexpected(stored.error());
  const auto names = context.arguments.text("metric");
  const auto series =
      names ? asked_series(*stored, split_list(*names)) : Result<std::vector<std::string>>(usual_series(*stored, true));
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
  const std::string format = context.options.text("format").value_or("table");
  const bool is_table = format == "table";
  const ChartShape shape = chart_shape(context, selection);
  const auto hosts = read_curves(*metrics, selection, most_points);
  if (!hosts) return complain(hosts.error());

  // One scale for a metric on all hosts, so that a hot one looks hotter than the others.
  std::map<std::string_view, std::optional<Scale>> scales;
  for (const auto& host : *hosts)
    for (const auto& curve : host.curves) {
      const std::string& name = selection.series[curve.series];
      widen(scales[store::split_series(name).first], curve, unit_of_series(name).unit);
    }

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
      row["chart"] = render::sparkline(chart(curve.parts, shape.width), scale->least, scale->greatest);
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
    const auto is_chart = [](const Column& column) { return column.path == "data.series.*.chart"; };
    if (format == "csv" && view.shown.empty()) std::erase_if(view.columns, is_chart);
    if (!is_table) return;
    view.kept = "data.series.*.chart";
    if (view.shown.empty()) {
      // Where the line is short, what the chart shows too gives way to it.
      if (shape.brief)
        for (const char* name : {"min", "mean"}) {
          std::erase_if(view.columns, [&](const Column& column) { return column.name == name; });
          view.hidden.emplace_back(name);
        }
      for (Column& column : view.columns)
        if (is_chart(column)) column.name = axis(selection, shape.width);
    }
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
      .usage = "[SELECTOR...] [options]",
      .details =
          "What snapshot --store and probes with --store have kept, of every host of the inventory unless some are "
          "selected. Charts of a metric have one scale for all hosts, "
          "from the lowest to the highest mean that is drawn, and percentages from 0 to 100; where nothing was stored "
          "for longer than usual they have gaps. Up to two days are read from every value, more from hours, and more "
          "than two months from days.",
      .examples = {"cef history --since yesterday", "cef history group=rpi --metric temp.cpu_celsius --since 24h",
                   "cef history host=rpi6401 --metric disk.used_pct,net.rx_mbit_s --since 7d",
                   "cef history group=all --since 2026-11-23 --until 2026-11-24 --format csv"},
      .options = {{.name = "metric", .value = "A,B", .help = metric_help.c_str(), .kind = Param::Kind::list},
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
