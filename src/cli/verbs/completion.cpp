// cef completion: the shells' scripts, and what they ask for.
#include "complete/complete.hpp"
#include "console/output.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

namespace cef::cli {

namespace {

int run(const Verb&, Context& context) {
  if (context.operands.size() != 1)
    return complain({Code::usage, "for which shell?", "cef completion bash, zsh or fish"});
  const std::string& shell = context.operands.front();
  const std::string_view script = complete::script_for(shell);
  if (script.empty())
    return complain(
        {Code::usage, fmt::format("there is no completion for '{}'", shell), "there is for bash, zsh, fish"});
  Output output(std::nullopt);
  output.write_text(context.has_command ? complete::reply(shell, context.command) : std::string(script));
  const auto written = output.finish();
  return written ? exit_ok : complain(written.error());
}

}  // namespace

Verb completion_verb() {
  return {
      .name = "completion",
      .summary = "print what completes cef's command lines in a shell",
      .usage = "bash|zsh|fish",
      .details =
          "In ~/.bashrc: source <(cef completion bash); in ~/.zshrc, behind compinit: source <(cef completion zsh); in "
          "~/.config/fish/config.fish: cef completion fish | source. The Debian package has done so. Verbs, options "
          "and "
          "their values are completed: groups, hosts, sets, tags, columns, metrics, models, jobs, runs, and the tags "
          "and "
          "tasks of playbooks, from the inventory and the journal at hand; no host is contacted, and no inventory's "
          "program is run. What comes after -- is for the script, which asks cef with it at each Tab.",
      .examples = {"cef completion bash", "cef completion fish | source"},
      .run = run,
      .hears_command = true,
      .takes_operands = true,
  };
}

}  // namespace cef::cli
