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
  output.write_text(version_text());
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

}  // namespace

Verb version_verb() {
  return {
      .name = "version",
      .summary = "tell which cef this is, and its libraries",
      .usage = "",
      .examples = {"cef version"},
      .run = run,
  };
}

}  // namespace cef::cli
