#include "help.hpp"

#include <cef/core/suggest.hpp>
#include <cef/core/text.hpp>
#include <cef/transport/libraries.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace cef::cli {

namespace {

constexpr std::size_t narrow_line = 60, widest_line = 120;  // cells

// Where a text begins that stands beside a name, or below it where there is no room beside.
std::size_t indent_for(std::size_t width) { return width < narrow_line ? 8 : 30; }

std::string paragraph(std::string_view text, std::size_t width, std::size_t indent = 0) {
  std::string out;
  for (const std::string& line : wrap(text, width > indent ? width - indent : 1))
    out += fmt::format("{}{}\n", std::string(out.empty() ? 0 : indent, ' '), line);
  return out;
}

std::string entry(std::string_view left, std::string_view help, std::size_t width) {
  const std::size_t indent = indent_for(width);
  std::string text = fmt::format("  {}", left);
  bool first = true;
  for (const std::string& line : wrap(help, width > indent ? width - indent : 1)) {
    if (!first || text.size() + 1 >= indent)
      text += '\n', text += std::string(indent, ' ');
    else
      text += std::string(indent - text.size(), ' ');
    text += line;
    first = false;
  }
  return text + '\n';
}

std::string option_entry(const Param& param, std::size_t width) {
  std::string left = param.shorthand.empty() ? "    " : fmt::format("-{}, ", param.shorthand);
  left += fmt::format("--{}", param.name);
  if (!param.value.empty()) left += fmt::format(" {}", param.value);
  return entry(left, describe(param), width);
}

// Neither can be given elsewhere than on the command line.
constexpr Param at_the_end[] = {
    {.name = "help",
     .help = "a page on cef, or on a verb; cef help VERB has more",
     .kind = Param::Kind::flag,
     .shorthand = "h"},
    {.name = "version", .help = "which cef this is, and its libraries", .kind = Param::Kind::flag, .shorthand = "V"}};

const char* heading(int group) {
  if (group <= group_limit) return "Choosing hosts";
  if (group <= group_sudo) return "Connecting";
  if (group <= group_models) return "Running";
  return "Output";
}

// Those of a verb, or all.
std::string shared_options(const Verb* verb, std::size_t width) {
  std::string text;
  std::string_view last;
  for (const Param& spec : option_specs()) {
    if (verb && !verb->has(spec)) continue;
    if (const std::string_view its = heading(spec.group); its != last)
      text += fmt::format("{}{}:\n", verb || !text.empty() ? "\n" : "", last = its);
    text += option_entry(spec, width);
  }
  for (const Param& param : at_the_end) text += option_entry(param, width);
  return text + '\n' +
         paragraph(
             "Every option is also a variable (--connect-timeout: CEF_CONNECT_TIMEOUT) and a key in "
             "~/.config/cef/config.yml. TIME: 90, 90s, 5m, 2h.",
             width);
}

struct Said {
  std::string_view name, text;
};

constexpr Said exit_codes[] = {
    {"0", "every selected host ok, changed or skipped"},
    {"1", "an error on this machine: disk, network, or a bug"},
    {"2", "at least one host failed"},
    {"3", "nothing matched"},
    {"4", "at least one host unreachable, none failed"},
    {"5", "usage, inventory or configuration error; nothing was sent to any host"},
    {"6", "some failed and some were unreachable"},
    {"8", "stopped early: --max-fail, or a password that one host refused"},
    {"10", "a threshold (--assert) was crossed, its warning or its critical limit, and nothing worse happened"},
    {"75", "another run holds the --lock"},
    {"124", "--deadline passed"},
    {"130, 143", "interrupted, terminated; the results so far are printed"},
};

std::string exit_codes_in_short(std::size_t width) {
  return paragraph(
      "Exit codes: 0 all ok; 2 failed; 3 nothing matched; 4 unreachable; 5 usage; 10 a threshold; cef help exit-codes",
      width, 2);
}

constexpr Said format_texts[] = {
    {"table", "for people; cut to the terminal's width, not cut in files and pipes"},
    {"json", "one document: run, summary, results with every field (error codes, numbers in base units)"},
    {"ndjson", "a result a line as hosts finish, then a line with the summary: jq 'select(.host)' leaves that out"},
    {"csv", "the table's columns and the extra ones, raw values, a header"},
    {"yaml", "the document of json as YAML"},
    {"names",
     "names of hosts that are ok or changed, a line each, for host=- of the next command; --status picks others"},
    {"raw", "what a command printed, and nothing else"},
    {"prometheus", "for node_exporter's textfile collector"},
    {"checkmk", "local checks, each host's in a piggyback section"},
    {"nagios", "one line with a word, a sentence and performance data"},
};

// What a verb is for: all of it that is in neither list acts.
constexpr std::string_view looking[] = {"hosts", "ping", "os",  "sudo",  "temp",     "cpu",      "mem",
                                        "disk",  "net",  "gpu", "power", "snapshot", "netspeed", "watch"};
constexpr std::string_view looking_back[] = {"runs", "show", "diff", "retry", "history", "report"};
constexpr std::string_view about_cef[] = {"help", "version"};
constexpr std::string_view verb_parts[] = {"Look", "Act", "Past"};

std::string_view part_of(const Verb& verb) {
  const auto is_among = [&](const auto& names) { return std::ranges::find(names, verb.name) != std::end(names); };
  if (is_among(about_cef)) return "";
  return is_among(looking) ? verb_parts[0] : is_among(looking_back) ? verb_parts[2] : verb_parts[1];
}

constexpr auto about_hosts =
    "HOSTS: groups, hosts, sets and tags, in plain words: rpi, w01, rpi[6401-6406], 'rpi*', gpu, all. In scripts "
    "group=rpi host=w01 tag=gpu; != takes away.";

std::string help_on_hosts(std::size_t width) {
  std::string text;
  const auto add = [&](std::string_view left, std::string_view help) { text += entry(left, help, width); };
  text += "Plain words, read as -l reads them:\n";
  add("rpi w01 gpu", "a group with its child groups, a host, a tag; several are united");
  add("rpi[6401-6406,6471]", "a set of hosts; n[01-20/2], a[1-2]b[x-z]");
  add("'rpi*'", "a glob, of groups and hosts");
  add("'rpi:&gpu:!w01'", "Ansible's patterns: of rpi, those in gpu, without w01; ~regex, rpi[0:2], @FILE");
  text += "\nSelectors, for scripts and for verbs with words of their own (push, play, model, ...):\n";
  add("group=rpi", "hosts of a group and its child groups; group=all is every host");
  add("host=rpi[6401-6406,6471]", "by name, set or glob; @FILE and - (standard input) read a list");
  add("tag=gpu  group!=server", "by tag; != takes away");
  text += '\n' + paragraph("Values of one key are united, different keys intersected: group=rpi tag=arm64.", width);
  text += "\nOptions:\n";
  for (const Param& spec : option_specs())
    if (spec.group <= group_limit) text += option_entry(spec, width);
  return text;
}

std::string help_on_verbs(std::size_t width) {
  std::string text;
  for (const std::string_view part : verb_parts) {
    text += fmt::format("{}{}:\n", text.empty() ? "" : "\n", part);
    for (const Verb& verb : verbs())
      if (part_of(verb) == part) text += entry(verb.name, verb.summary, width);
  }
  return text;
}

std::string list_of(const auto& said, std::size_t width) {
  std::string text;
  for (const Said& each : said) text += entry(each.name, each.text, width);
  return text;
}

constexpr std::string_view topics[] = {"verbs", "hosts", "options", "formats", "exit-codes"};

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
  for (const std::string_view part : verb_parts) {
    std::vector<std::string_view> names;
    for (const Verb& verb : verbs())
      if (part_of(verb) == part) names.push_back(verb.name);
    text += paragraph(fmt::format("{:<6}{}", part, fmt::join(names, " ")), width, 6);
  }
  text +=
      "\nExamples:\n"
      "  cef ping rpi\n"
      "  cef exec server -F -- nvidia-smi -L\n"
      "  cef disk all --where 'used_pct>80'\n\n";
  text += exit_codes_in_short(width);
  text += '\n' + paragraph(fmt::format("More: cef VERB -h; cef help VERB, {}; cef version; README.md and docs/",
                                       fmt::join(topics, ", ")),
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
    text += fmt::format("\nOptions of {}:\n", verb.name);
    for (const Param& option : verb.options) text += option_entry(option, width);
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

std::string verb_help(const Verb& verb, std::size_t width) {
  std::string text = paragraph(fmt::format("cef {}: {}", verb.name, verb.summary), width, 2);
  text += '\n' + paragraph(fmt::format("Usage: cef {} {}", verb.name, verb.usage), width, 2);
  if (!verb.details.empty()) text += '\n' + paragraph(verb.details, width);
  text += "\nExamples:\n";
  for (const std::string& example : verb.examples) text += fmt::format("  {}\n", example);
  if (!verb.options.empty()) {
    text += fmt::format("\nOptions of {}:\n", verb.name);
    for (const Param& option : verb.options) text += option_entry(option, width);
  }
  if (!verb.columns.empty()) {
    text += "\nColumns (* only with --columns, and in csv):\n";
    for (const Column& column : verb.columns)
      text += entry(column.name + (column.extra ? " *" : ""), column.help, width);
  }
  return text + shared_options(&verb, width) + '\n' + exit_codes_in_short(width);
}

Result<std::string> help_about(std::string_view word, std::size_t width) {
  // That is a verb, too.
  if (word == "hosts") return help_on_hosts(width) + '\n' + verb_help(*find_verb(word), width);
  if (word == "verbs") return help_on_verbs(width);
  if (word == "options") return shared_options(nullptr, width);
  if (word == "formats")
    return list_of(format_texts, width) + '\n' +
           paragraph(
               "cef hosts --format ssh-config writes the hosts as ssh's configuration, for ssh, rsync and others.",
               width);
  if (word == "exit-codes") return list_of(exit_codes, width);
  if (const Verb* verb = find_verb(word)) return verb_help(*verb, width);
  std::vector<std::string> names(std::begin(topics), std::end(topics));
  for (const Verb& verb : verbs()) names.push_back(verb.name);
  const std::string_view meant = verb_by_habit(word);
  const auto near = meant.empty() ? nearest(word, names) : std::optional<std::string>(meant);
  return Unexpected(
      Error{Code::usage,
            fmt::format("there is no help about '{}'{}", word, near ? fmt::format(": did you mean '{}'?", *near) : ""),
            fmt::format("there is about every verb, and about {}", fmt::join(topics, ", "))});
}

std::string_view verb_by_habit(std::string_view word) {
  for (const auto& [habit, verb] : habits)
    if (habit == word) return verb;
  return "";
}

std::string version_text() { return fmt::format("cef {}\n{}\n", CEF_VERSION, transport::libraries()); }

}  // namespace cef::cli
