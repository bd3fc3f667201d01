#include "sections.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace cef::cli::manual {

namespace sections_parts {
namespace {

struct Said {
  std::string_view name, text;
};

// Neither can be given elsewhere than on the command line.
constexpr Param at_the_end[] = {
    {.name = "help",
     .help = "a page on cef, or on a verb; cef help VERB has more",
     .kind = Param::Kind::flag,
     .shorthand = "h"},
    {.name = "version",
     .help = "which cef this is, and its libraries; with --verbose all of them, and what it can do",
     .kind = Param::Kind::flag,
     .shorthand = "V"}};

const char* heading(int group) {
  if (group <= group_limit) return "Choosing hosts";
  if (group <= group_sudo) return "Connecting";
  if (group <= group_models) return "Running";
  return "Output";
}

constexpr Said codes[] = {
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

constexpr Said formats[] = {
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

constexpr Said variables[] = {
    {"CEF_...", "every option: CEF_CONNECT_TIMEOUT is --connect-timeout"},
    {"CEF_STATE_DIR", "where the journal and stored values are kept, in place of $XDG_STATE_HOME/cef"},
    {"XDG_CONFIG_HOME, XDG_STATE_HOME, XDG_DATA_HOME", "in place of ~/.config, ~/.local/state and ~/.local/share"},
    {"SSH_AUTH_SOCK, SSH_ASKPASS", "the agent, and what asks for passwords without a terminal, as for ssh"},
    {"ANSIBLE_INVENTORY, ANSIBLE_CONFIG", "where Ansible's inventory and settings are, when there are none of cef's"},
    {"NO_COLOR, CLICOLOR_FORCE", "no colours, or colours in files and pipes too"},
};

constexpr Said places[] = {
    {"/etc/cef/config.yml, ~/.config/cef/config.yml", "options; the user's count before the machine's: cef-config(5)"},
    {"./inventory/, ~/.config/cef/inventory/, /etc/cef/inventory/",
     "the hosts; the first that is there: cef-inventory(5)"},
    {"~/.ssh/config, ~/.ssh/known_hosts", "as for ssh"},
    {"~/.local/state/cef/journal.db", "the journal of runs: cef-runs(1)"},
    {"~/.local/state/cef/metrics.db", "values of --store: cef-history(1)"},
    {"~/.local/share/cef/models/", "the repository of models: cef-model(1)"},
};

Section list_of(std::string title, const auto& said) {
  Section section{std::move(title)};
  for (const Said& each : said) section.add(std::string(each.name), std::string(each.text));
  return section;
}

// What a verb is for: all of it that is in neither list acts.
constexpr std::string_view looking[] = {"hosts", "ping", "os",  "sudo",  "temp",     "cpu",      "mem",
                                        "disk",  "net",  "gpu", "power", "snapshot", "netspeed", "watch"};
constexpr std::string_view looking_back[] = {"runs", "show", "diff", "retry", "history", "report"};
constexpr std::string_view about_cef[] = {"help", "completion", "version"};

}  // namespace
}  // namespace sections_parts

std::string_view part_of(const Verb& verb) {
  using namespace sections_parts;
  const auto is_among = [&](const auto& names) { return std::ranges::find(names, verb.name) != std::end(names); };
  if (is_among(about_cef)) return verb_parts[3];
  return is_among(looking) ? verb_parts[0] : is_among(looking_back) ? verb_parts[2] : verb_parts[1];
}

std::string option_term(const Param& param) {
  std::string term = param.shorthand.empty() ? "    " : fmt::format("-{}, ", param.shorthand);
  term += fmt::format("--{}", param.name);
  if (!param.value.empty()) term += fmt::format(" {}", param.value);
  return term;
}

Section options_section(std::string title, std::span<const Param> params) {
  Section section{std::move(title)};
  for (const Param& param : params) section.add(option_term(param), describe(param));
  return section;
}

std::vector<Section> shared_options(const Verb* verb) {
  using namespace sections_parts;
  std::vector<Section> sections;
  for (const Param& spec : option_specs()) {
    if (verb && !verb->has(spec)) continue;
    if (sections.empty() || sections.back().title != heading(spec.group)) sections.push_back({heading(spec.group)});
    sections.back().add(option_term(spec), describe(spec));
  }
  for (const Param& param : at_the_end) sections.back().add(option_term(param), describe(param));
  sections.back().say(
      "Every option is also a variable (--connect-timeout: CEF_CONNECT_TIMEOUT) and a key in "
      "~/.config/cef/config.yml. TIME: 90, 90s, 5m, 2h.");
  return sections;
}

Section columns_section(const Verb& verb) {
  Section section{"Columns (* only with --columns, and in csv)"};
  for (const Column& column : verb.columns) section.add(column.name + (column.extra ? " *" : ""), column.help);
  return section;
}

Section metrics_section(const Verb& verb) {
  Section section{"Numbers for --assert, --where and monitoring"};
  for (const Metric& metric : verb.metrics)
    if (std::ranges::none_of(section.blocks, [&](const Block& block) { return block.term == metric.name(); }))
      section.add(metric.name(), metric.help);
  return section;
}

std::vector<Section> about_hosts() {
  Section words{"Plain words, read as -l reads them"};
  words.add("rpi w01 gpu", "a group with its child groups, a host, a tag; several are united");
  words.add("rpi[6401-6406,6471]", "a set of hosts; n[01-20/2], a[1-2]b[x-z]");
  words.add("'rpi*'", "a glob, of groups and hosts");
  words.add("'rpi:&gpu:!w01'", "Ansible's patterns: of rpi, those in gpu, without w01; ~regex, rpi[0:2], @FILE");
  Section selectors{"Selectors, for scripts and for verbs with words of their own (push, play, model, ...)"};
  selectors.add("group=rpi", "hosts of a group and its child groups; group=all is every host");
  selectors.add("host=rpi[6401-6406,6471]", "by name, set or glob; @FILE and - (standard input) read a list");
  selectors.add("tag=gpu  group!=server", "by tag; != takes away");
  selectors.say("Values of one key are united, different keys intersected: group=rpi tag=arm64.");
  return {std::move(words), std::move(selectors)};
}

std::vector<Section> about_verbs() {
  std::vector<Section> sections;
  for (const std::string_view part : verb_parts) {
    if (part.empty()) continue;
    Section section{std::string(part)};
    for (const Verb& verb : verbs())
      if (part_of(verb) == part) section.add(verb.name, verb.summary);
    sections.push_back(std::move(section));
  }
  return sections;
}

Section about_formats() { return sections_parts::list_of("Formats", sections_parts::formats); }
Section exit_codes() { return sections_parts::list_of("Exit codes", sections_parts::codes); }
Section environment() { return sections_parts::list_of("Environment", sections_parts::variables); }
Section files() { return sections_parts::list_of("Files", sections_parts::places); }

}  // namespace cef::cli::manual
