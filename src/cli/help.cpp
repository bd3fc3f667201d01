#include "help.hpp"

#include <cef/core/text.hpp>

#include <fmt/format.h>

namespace cef::cli {

namespace {

constexpr std::size_t line_width = 80;
constexpr std::size_t indent = 30;  // where an option's text begins

constexpr const char* exit_codes =
    "Exit codes: 0 all ok; 1 an error on this machine; 2 a host failed; 3 nothing\n"
    "  matched; 4 a host is unreachable; 5 usage or inventory error; 6 both 2 and 4;\n"
    "  8 stopped early; 10 a threshold was crossed; 75 another run holds the --lock;\n"
    "  124 --deadline passed; 130 interrupted; 143 terminated\n";

std::string entry(std::string_view left, std::string_view help) {
  std::string text = fmt::format("  {}", left);
  const auto lines = wrap(help, line_width - indent);
  bool first = true;
  for (const std::string& line : lines) {
    if (!first || text.size() + 1 >= indent)
      text += '\n', text += std::string(indent, ' ');
    else
      text += std::string(indent - text.size(), ' ');
    text += line;
    first = false;
  }
  return text + '\n';
}

std::string option_entry(const Param& param) {
  std::string left = param.shorthand.empty() ? "    " : fmt::format("-{}, ", param.shorthand);
  left += fmt::format("--{}", param.name);
  if (!param.value.empty()) left += fmt::format(" {}", param.value);
  return entry(left, describe(param));
}

// Neither can be given elsewhere than on the command line.
constexpr Param at_the_end[] = {
    {.name = "help", .help = "this text, or a verb's", .kind = Param::Kind::flag, .shorthand = "h"},
    {.name = "version", .help = "which cef this is, and its libraries", .kind = Param::Kind::flag}};

const char* heading(int group) {
  if (group <= group_limit) return "Choosing hosts";
  if (group <= group_sudo) return "Connecting";
  if (group <= group_models) return "Running";
  return "Output";
}

// Those of a verb, or all.
std::string shared_options(const Verb* verb) {
  std::string text;
  std::string_view last;
  for (const Param& spec : option_specs()) {
    if (verb && !verb->has(spec)) continue;
    if (const std::string_view its = heading(spec.group); its != last) text += fmt::format("\n{}:\n", last = its);
    text += option_entry(spec);
  }
  for (const Param& param : at_the_end) text += option_entry(param);
  return text;
}

constexpr const char* option_notes =
    "\nEvery option is also a variable (--connect-timeout: CEF_CONNECT_TIMEOUT) and a\n"
    "key in ~/.config/cef/config.yml. TIME: 90, 90s, 5m, 2h.\n";

}  // namespace

std::string program_help() {
  std::string text =
      "cef runs a whole fleet of hosts over SSH; nothing is installed on them.\n\n"
      "Usage: cef [options] VERB [SELECTOR...] [options] [-- COMMAND...]\n\n"
      "Verbs (cef VERB --help tells more):\n";
  for (const Verb& verb : verbs()) text += entry(verb.name, verb.summary);
  text +=
      "\nSelectors:\n"
      "  group=rpi                   hosts of a group and its child groups (or all)\n"
      "  host=rpi[6401-6406,6471]    by name, set or glob; @FILE and - read a list\n"
      "  tag=gpu  group!=server      by tag; != takes away\n"
      "  Values of one key are united, different keys intersected: group=rpi tag=arm64\n";
  text += shared_options(nullptr);
  text += option_notes;
  text +=
      "\nExamples:\n"
      "  cef ping group=rpi\n"
      "  cef exec group=server --fold -- nvidia-smi -L\n"
      "  cef ping group=all --format names | cef os host=-\n\n";
  return text + exit_codes;
}

std::string verb_help(const Verb& verb) {
  std::string text;
  const auto add = [&text](std::string_view words, std::string_view further) {
    std::string_view before;
    for (const std::string& line : wrap(words, line_width - further.size())) {
      text += fmt::format("{}{}\n", before, line);
      before = further;
    }
  };
  add(fmt::format("cef {}: {}", verb.name, verb.summary), "  ");
  text += '\n';
  add(fmt::format("Usage: cef {} {}", verb.name, verb.usage), "         ");
  if (!verb.details.empty()) {
    text += '\n';
    for (const std::string& line : wrap(verb.details, line_width)) text += line + '\n';
  }
  text += "\nExamples:\n";
  for (const std::string& example : verb.examples) text += fmt::format("  {}\n", example);
  if (!verb.options.empty()) {
    text += fmt::format("\nOptions of {}:\n", verb.name);
    for (const Param& option : verb.options) text += option_entry(option);
  }
  if (!verb.columns.empty()) {
    text += "\nColumns (* only with --columns, and in csv):\n";
    for (const Column& column : verb.columns) text += entry(column.name + (column.extra ? " *" : ""), column.help);
  }
  return text + shared_options(&verb) + option_notes + '\n' + exit_codes;
}

}  // namespace cef::cli
