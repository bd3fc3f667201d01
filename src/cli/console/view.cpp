#include "view.hpp"

#include "output.hpp"

#include <cef/inventory/host_set.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace cef::cli {

Result<render::Format> format_of(const Options& options) {
  const std::string name = options.text("format").value_or("table");
  if (const auto format = render::format_from(name)) return *format;
  return Unexpected(Error{Code::usage, fmt::format("{}: there is no format '{}'", options.find("format")->name, name),
                          fmt::format("formats: {}", fmt::join(render::format_names(), ", "))});
}

Result<render::View> make_view(const Verb& verb, const Context& context, bool to_file) {
  const Options& options = context.options;
  render::View view;
  view.columns = verb.columns;
  view.metrics = verb.metrics;
  view.shown = options.list("columns");
  view.sort = options.text("sort").value_or("");
  view.header = !options.flag("no-header");
  view.fold = options.flag("fold");
  view.only_failures = options.flag("quiet");
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
  return view;
}

int print_report(const Verb& verb, const Context& context, const Report& report,
                 const std::function<void(render::View&)>& adapt) {
  const auto format = format_of(context.options);
  if (!format) return complain(format.error());
  Output output(context.options.text("output"));
  auto view = make_view(verb, context, output.to_file());
  if (!view) return complain(view.error());
  if (adapt) adapt(*view);
  auto renderer = render::make_renderer(*format, std::move(*view), output.writer());
  if (!renderer) return complain(renderer.error());
  for (const HostResult& result : report.results) (*renderer)->result(result);
  (*renderer)->finish(report);
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

}  // namespace cef::cli
