#include "view.hpp"

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

}  // namespace cef::cli
