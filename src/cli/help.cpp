#include "help.hpp"

#include "manual/pages.hpp"
#include "manual/sections.hpp"

#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::cli {

namespace {

using manual::paragraph;

constexpr std::size_t widest_line = 120;  // cells

std::string exit_codes_in_short(std::size_t width) {
  return paragraph(
      "Exit codes: 0 all ok; 2 failed; 3 nothing matched; 4 unreachable; 5 usage; 10 a threshold; cef help exit-codes",
      width, 2);
}

constexpr auto about_hosts =
    "HOSTS: groups, hosts, sets and tags, in plain words: rpi, w01, rpi[6401-6406], 'rpi*', gpu, all. In scripts "
    "group=rpi host=w01 tag=gpu; != takes away.";

// The text of one after the other, a line between them.
std::string joined(const std::vector<manual::Section>& sections, std::size_t width) {
  std::string text;
  for (const manual::Section& section : sections) text += (text.empty() ? "" : "\n") + manual::as_text(section, width);
  return text;
}

std::string help_on_hosts(std::size_t width) {
  auto sections = manual::about_hosts();
  std::vector<Param> choosing;
  for (const Param& spec : option_specs())
    if (spec.group <= group_limit) choosing.push_back(spec);
  sections.push_back(manual::options_section("Options", choosing));
  return joined(sections, width);
}

std::vector<std::string> topics() {
  std::vector<std::string> names{"verbs", "hosts", "options", "formats", "exit-codes"};
  for (const manual::Topic& topic : manual::topics()) names.emplace_back(topic.name);
  return names;
}

constexpr std::pair<std::string_view, std::string_view> habits[] = {
    {"run", "exec"},          {"shell", "exec"}, {"cmd", "exec"},        {"command", "exec"},    {"sh", "exec"},
    {"list", "hosts"},        {"ls", "hosts"},   {"inventory", "hosts"}, {"df", "disk"},         {"free", "mem"},
    {"memory", "mem"},        {"uptime", "os"},  {"facts", "os"},        {"setup", "os"},        {"uname", "os"},
    {"top", "watch"},         {"log", "runs"},   {"copy", "push"},       {"put", "push"},        {"scp", "push"},
    {"cp", "push"},           {"get", "pull"},   {"fetch", "pull"},      {"playbook", "play"},   {"apt", "package"},
    {"systemctl", "service"}, {"login", "ssh"},  {"console", "ssh"},     {"shutdown", "reboot"}, {"sensors", "temp"},
    {"copy-id", "enroll"}};

}  // namespace

std::size_t help_width(const Terminal& terminal) {
  return terminal.out && terminal.width > 0 ? std::min(terminal.width, widest_line) : 80;
}

std::string program_help(std::size_t width) {
  std::string text = paragraph("cef runs a whole fleet of hosts over SSH; nothing is installed on them.", width);
  text += '\n' + paragraph("Usage: cef VERB HOSTS... [options] [-- COMMAND...]", width, 2);
  text += '\n' + paragraph(about_hosts, width, 2);
  text += '\n';
  for (const std::string_view part : manual::verb_parts) {
    if (part.empty()) continue;
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs())
      if (manual::part_of(verb) == part) names.push_back(verb.name);
    text += paragraph(fmt::format("{:<6}{}", part, fmt::join(names, " ")), width, 6);
  }
  text +=
      "\nExamples:\n"
      "  cef ping rpi\n"
      "  cef exec server -F -- nvidia-smi -L\n"
      "  cef disk all --where 'used_pct>80'\n\n";
  text += exit_codes_in_short(width);
  text += '\n' + paragraph(fmt::format("More: cef VERB -h; cef help VERB, {}; cef completion; cef version",
                                       fmt::join(topics(), ", ")),
                           width, 2);
  return text;
}

std::string verb_page(const Verb& verb, std::size_t width) {
  std::string text = paragraph(fmt::format("cef {}: {}", verb.name, verb.summary), width, 2);
  text += '\n' + paragraph(fmt::format("Usage: cef {} {}", verb.name, verb.usage), width, 2);
  text += "\nExamples:\n";
  for (std::size_t i = 0; i < std::min<std::size_t>(verb.examples.size(), 3); ++i)
    text += fmt::format("  {}\n", verb.examples[i]);
  if (!verb.options.empty()) {
    text +=
        '\n' + manual::as_text(manual::options_section(fmt::format("Options of {}", verb.name), verb.options), width);
  }
  if (!verb.columns.empty()) {
    std::vector<std::string_view> shown, extra;
    for (const Column& column : verb.columns) (column.extra ? extra : shown).push_back(column.name);
    std::string names = fmt::format("Columns: {}", fmt::join(shown, ", "));
    if (!extra.empty()) names += fmt::format("; with --columns also {}", fmt::join(extra, ", "));
    text += '\n' + paragraph(names, width, 2);
  }
  return text + '\n' +
         paragraph(fmt::format("More: cef help {} has all of its options; cef help exit-codes", verb.name), width, 2);
}

std::string verb_help(const Verb& verb, std::size_t width) { return manual::as_text(manual::page_of(verb), width); }

Result<std::string> help_about(std::string_view word, std::size_t width) {
  // That is a verb, too.
  if (word == "hosts") return help_on_hosts(width) + '\n' + verb_help(*find_verb(word), width);
  if (word == "verbs") return joined(manual::about_verbs(), width);
  if (word == "options") return joined(manual::shared_options(nullptr), width);
  if (word == "formats")
    return manual::as_text(manual::about_formats(), width) + '\n' +
           paragraph(
               "cef hosts --format ssh-config writes the hosts as ssh's configuration, for ssh, rsync and others.",
               width);
  if (word == "exit-codes") return manual::as_text(manual::exit_codes(), width);
  const auto page = page_about(word);
  if (!page) return Unexpected(page.error());
  return manual::as_text(*page, width);
}

Result<manual::Page> page_about(std::string_view word) {
  if (word == "cef") return manual::program_page();
  for (const manual::Topic& topic : manual::topics())
    if (topic.name == word) return manual::page_of(topic);
  if (const Verb* verb = find_verb(word)) return manual::page_of(*verb);
  std::vector<std::string> names = topics();
  for (const Verb& verb : verbs()) names.push_back(verb.name);
  const std::string_view meant = verb_by_habit(word);
  const auto near = meant.empty() ? nearest(word, names) : std::optional<std::string>(meant);
  return Unexpected(
      Error{Code::usage,
            fmt::format("there is no help about '{}'{}", word, near ? fmt::format(": did you mean '{}'?", *near) : ""),
            fmt::format("there is about every verb, and about {}", fmt::join(topics(), ", "))});
}

std::string_view verb_by_habit(std::string_view word) {
  for (const auto& [habit, verb] : habits)
    if (habit == word) return verb;
  return "";
}

}  // namespace cef::cli
