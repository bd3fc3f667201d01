#include "view.hpp"

#include "error_stream.hpp"
#include "output.hpp"

#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>
#include <utility>
#include <vector>

namespace cef::cli {

namespace {

using render::Format;

// Options that shape the results, and the formats that have such a shape.
struct Shape {
  std::string_view option;
  std::set<Format> formats;
};

const std::vector<Shape>& shapes() {
  static const std::vector<Shape> list{
      {"columns", {Format::table, Format::csv}},
      {"no-header", {Format::table, Format::csv}},
      {"sort", {Format::table, Format::csv, Format::names}},
      {"fold", {Format::table}},
      {"csv-raw", {Format::csv}},
      {"status", {Format::table, Format::json, Format::ndjson, Format::csv, Format::yaml, Format::names, Format::raw}},
      {"where", {Format::table, Format::json, Format::ndjson, Format::csv, Format::yaml, Format::names, Format::raw}}};
  return list;
}

// In the environment and in configuration files they are there for other formats, too.
Result<void> check_shapes(const Options& options, Format format) {
  for (const Shape& shape : shapes())
    if (options.is_typed(shape.option) && !shape.formats.contains(format))
      return Unexpected(Error{Code::usage,
                              fmt::format("--{} has no meaning for --format {}", shape.option,
                                          render::format_names()[static_cast<std::size_t>(format)]),
                              ""});
  return {};
}

// Their readers take each host for one that was asked just now.
bool is_for_monitoring(Format format) {
  return format == Format::prometheus || format == Format::checkmk || format == Format::nagios;
}

// `-o json`, as kubectl has it.
void warn_of_format_as_file(const Options& options) {
  const std::string file = options.text("output").value_or("");
  if (options.is_typed("output") && render::format_from(file))
    warn(fmt::format("the results go to a file named '{0}'; the format is chosen by --format {0}", file));
}

Result<void> check_report(const Context& context, Format format, const render::View& view, const Report& report) {
  if (report.run.empty() && is_for_monitoring(format))
    return Unexpected(Error{Code::usage, fmt::format("{} contacts no host: there is nothing to monitor", context.verb),
                            "use another --format"});
  if (const auto absent = render::absent_columns(view, report); !absent.empty())
    return Unexpected(Error{Code::usage, fmt::format("--columns: {}", fmt::join(absent, "\n--columns: ")), ""});
  return {};
}

}  // namespace

Result<render::Format> format_of(const Options& options) {
  const std::string name = options.text("format").value_or("table");
  if (const auto format = render::format_from(name)) return *format;
  if (name == "ssh-config")
    return Unexpected(Error{Code::usage,
                            fmt::format("{}: only cef hosts writes ssh-config", options.find("format")->name),
                            "cef hosts --format ssh-config"});
  return Unexpected(Error{Code::usage, fmt::format("{}: there is no format '{}'", options.find("format")->name, name),
                          fmt::format("formats: {}", fmt::join(render::format_names(), ", "))});
}

Result<render::View> make_view(const Verb& verb, const Context& context, bool to_file) {
  const Options& options = context.options;
  render::View view;
  view.columns = verb.columns;
  view.metrics = verb.metrics;
  view.shown = options.list("columns");
  view.sort =
      options.text("sort").value_or(format_of(options).value_or(Format::json) == Format::table ? verb.sort : "");
  view.where = options.values("where");
  view.header = !options.flag("no-header");
  view.fold = options.flag("fold");
  view.csv_raw = options.flag("csv-raw");
  view.only_failures = options.flag("quiet");
  view.lacking = verb.lacking;
  view.aside.width = error_room();
  view.aside.colour = context.terminal.err_colour;
  view.aside.escape = context.terminal.err;
  view.fold_hosts = [](const std::vector<std::string>& names) { return inventory::fold(names); };
  if (!to_file) {
    view.width = context.terminal.width;
    view.colour = context.terminal.colour;
    view.escape = context.terminal.out;
  }
  for (const std::string& name : options.list("status")) {
    const auto status = status_from(name);
    if (!status)
      return Unexpected(Error{Code::usage, fmt::format("{}: '{}' is no status", options.find("status")->name, name),
                              "ok, changed, failed, unreachable or skipped"});
    view.statuses.insert(*status);
  }
  const auto format = format_of(options);
  if (!format) return Unexpected(format.error());
  if (const auto fits = check_shapes(options, *format); !fits) return Unexpected(fits.error());
  warn_of_format_as_file(options);
  return view;
}

std::string counts_of(const Report& report, std::string_view noun) {
  const Summary sum = summarise(report);
  std::string text = fmt::format("{} {}{}", sum.hosts, noun, sum.hosts == 1 ? "" : "s");
  if (report.run.empty()) return text;  // a list, to which nothing was done
  const char* before = ": ";
  for (const auto& [count, status] :
       {std::pair(sum.ok, Status::ok), std::pair(sum.changed, Status::changed), std::pair(sum.failed, Status::failed),
        std::pair(sum.unreachable, Status::unreachable), std::pair(sum.skipped, Status::skipped)})
    if (count > 0) text += fmt::format("{}{} {}", std::exchange(before, ", "), count, name_of(status));
  return text;
}

int print_report(const Verb& verb, const Context& context, const Report& report,
                 const std::function<void(render::View&)>& adapt) {
  const auto format = format_of(context.options);
  if (!format) return complain(format.error());
  Output output(context.options.text("output"));
  auto view = make_view(verb, context, output.to_file());
  if (!view) return complain(view.error());
  if (adapt) adapt(*view);
  if (const auto right = check_report(context, *format, *view, report); !right) return complain(right.error());
  view->aside.write = write_shown;
  view->aside.apart = output.is_joined();
  const std::string noun = view->noun;
  auto renderer = render::make_renderer(*format, std::move(*view), output.writer());
  if (!renderer) return complain(renderer.error());
  for (const HostResult& result : report.results) (*renderer)->result(result);
  (*renderer)->finish(report);
  if (const auto written = output.finish(); !written) return complain(written.error());
  if (output.to_file() && context.terminal.err && !context.options.flag("quiet"))
    note(fmt::format("wrote {}: {}", *context.options.text("output"), counts_of(report, noun)));
  return exit_ok;
}

}  // namespace cef::cli
