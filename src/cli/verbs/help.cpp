// cef help: what cef can do, its options and its formats.
#include "help.hpp"

#include "console/output.hpp"
#include "verbs.hpp"

namespace cef::cli {

namespace {

int run(const Verb&, Context& context) {
  const std::size_t width = help_width(context.terminal);
  std::string text;
  if (context.operands.empty()) text = program_help(width);
  for (const std::string& word : context.operands) {
    const auto about = help_about(word, width);
    if (!about) return complain(about.error());
    text += (text.empty() ? "" : "\n") + *about;
  }
  Output output(std::nullopt);
  output.write_text(text);
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

}  // namespace

Verb help_verb() {
  return {
      .name = "help",
      .summary = "tell about a verb, or about verbs, hosts, options, formats or exit-codes",
      .usage = "[VERB|verbs|hosts|options|formats|exit-codes]",
      .examples = {"cef help", "cef help ping", "cef help options"},
      .run = run,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
