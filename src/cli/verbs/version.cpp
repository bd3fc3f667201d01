// cef version: which cef this is.
#include "console/output.hpp"
#include "help.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

namespace cef::cli {

namespace {

int run(const Verb&, Context& context) {
  if (!context.selectors.empty())
    return complain({Code::usage, fmt::format("version takes no '{}'", context.selectors.front()), ""});
  Output output(std::nullopt);
  output.write_text(context.verbosity() > 0 ? long_version_text(help_width(context.terminal)) : version_text());
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

}  // namespace

Verb version_verb() {
  return {
      .name = "version",
      .summary = "tell which cef this is, and its libraries",
      .usage = "",
      .details = "With -v all libraries that it was made with, and what it can do: formats, verbs, modules.",
      .examples = {"cef version", "cef version -v"},
      .run = run,
  };
}

}  // namespace cef::cli
