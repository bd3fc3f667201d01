#include "complete.hpp"

#include "manual/pages.hpp"
#include "past/stored.hpp"

#include <cef/probes/probe.hpp>
#include <cef/tasks/modules.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace cef::cli::complete {

namespace complete_parts {
namespace {

using Candidates = std::vector<Candidate>;

void add(Candidates& to, Candidates more) {
  for (Candidate& each : more) to.push_back(std::move(each));
}

Candidates named(const std::vector<std::string>& names, const char* about) {
  Candidates candidates;
  for (const std::string& name : names) candidates.push_back({name, about});
  return candidates;
}

Candidates words_of(std::string_view list, const char* about = "") { return named(split_list(list), about); }

// Of a list in one word, what stands before the part at the cursor, and that part.
std::pair<std::string, std::string> last_part(std::string_view text, std::string_view separators) {
  const auto at = text.find_last_of(separators);
  const std::size_t begin = at == std::string_view::npos ? 0 : at + 1;
  return {std::string(text.substr(0, begin)), std::string(text.substr(begin))};
}

Candidates behind(const std::string& before, Candidates candidates, std::string_view text) {
  candidates = that_begin(std::move(candidates), text);
  for (Candidate& each : candidates) each.text = before + each.text;
  return candidates;
}

// Those that --limit would not take for what they are are left to group=, host= and tag=.
Candidates all_names(const Names& names) {
  const auto with_sign = [](std::string_view signs) {
    return [signs](const Candidate& each) { return each.text.find_first_of(signs) == 0; };
  };
  Candidates all = named(names.groups, "group"), hosts = named(names.hosts, "host"), tags = named(names.tags, "tag");
  std::erase_if(all, with_sign("&!@~"));  // ~ begins a regular expression, unless it is a host's name
  std::erase_if(hosts, with_sign("&!@"));
  std::erase_if(tags, with_sign("&!@~"));
  add(all, std::move(hosts));
  add(all, std::move(tags));
  return all;
}

// A set has commas of its own: once its bracket is there, only sets are meant.
Candidates sets_for(const Names& names, std::string_view text) {
  if (text.find('[') == std::string_view::npos) return {};
  return that_begin(named(names.sets, "a group's hosts"), text);
}

// As --limit reads it: `rpi:&gpu:!w01`.
Candidates patterns(const Options& options, std::string_view text) {
  const Names names = names_of(options);
  if (Candidates sets = sets_for(names, text); !sets.empty()) return sets;
  const auto [before, part] = last_part(text, ":,&!");
  return behind(before, all_names(names), part);
}

Candidates keys() { return {{"group=", "hosts of a group"}, {"host=", "hosts by name"}, {"tag=", "hosts with a tag"}}; }

// `group=rpi,ser`; nothing when the word is no selector.
std::optional<Candidates> selector(const Options& options, std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos) return std::nullopt;
  std::string_view key = text.substr(0, equals);
  if (key.ends_with('!')) key.remove_suffix(1);
  const Names names = names_of(options);
  const auto [before, part] = last_part(text.substr(equals + 1), ",");
  const std::string all_before = std::string(text.substr(0, equals + 1)) + before;
  if (key == "host") {
    const std::string begin(text.substr(0, equals + 1));
    if (Candidates sets = behind(begin, sets_for(names, text.substr(equals + 1)), ""); !sets.empty()) return sets;
    return behind(all_before, named(names.hosts, ""), part);
  }
  if (key == "group") return behind(all_before, named(names.groups, ""), part);
  if (key == "tag") return behind(all_before, named(names.tags, ""), part);
  return std::nullopt;
}

Candidates verb_names() {
  Candidates candidates;
  for (const Verb& verb : verbs()) candidates.push_back({verb.name, verb.summary});
  return candidates;
}

Candidates metrics_of(const Metrics& metrics) {
  Candidates candidates;
  for (const Metric& metric : metrics)
    if (std::ranges::none_of(candidates, [&](const Candidate& each) { return each.text == metric.name(); }))
      candidates.push_back({metric.name(), metric.help});
  return candidates;
}

Candidates columns_of(const Verb* verb) {
  Candidates candidates{{"host", "the host's name"}, {"status", "how its work ended"}};
  if (verb)
    for (const Column& column : verb->columns)
      if (column.name.find(' ') == std::string::npos) candidates.push_back({column.name, column.help});
  return candidates;
}

// The values of one of the line's options.
Answer value_of(const Line& line, const Param& param, const std::string& text) {
  const auto listed = [&](Candidates all, std::string_view separators = ",") {
    const auto [before, part] = last_part(text, separators);
    return Answer{Answer::Kind::words, behind(before, std::move(all), part)};
  };
  const std::string_view name = param.name;
  const bool is_shared = std::ranges::any_of(option_specs(), [&](const Param& shared) { return &shared == &param; });
  if (param.kind == Param::Kind::choice) return {Answer::Kind::words, that_begin(words_of(param.choices), text)};
  if (name == "inventory" || param.is_path())
    return {param.value == "DIR" ? Answer::Kind::folders : Answer::Kind::files};
  if (is_shared) {
    if (name == "limit" || name == "exclude") return {Answer::Kind::words, patterns(options_of(line), text)};
    if (name == "hosts") {
      Line without = line;
      without.given.erase("hosts");
      return listed(named(names_of(options_of(without)).hosts, ""));
    }
    if (name == "columns") return listed(columns_of(line.verb));
    if (name == "sort") return listed(columns_of(line.verb), ",-");
    if (name == "where") {
      Candidates all = columns_of(line.verb);
      if (line.verb) add(all, metrics_of(line.verb->metrics));
      return {Answer::Kind::words, that_begin(std::move(all), text)};
    }
    if (name == "assert" && line.verb) return {Answer::Kind::words, that_begin(metrics_of(line.verb->metrics), text)};
    if (name == "status") return listed(words_of("ok,changed,failed,unreachable,skipped"));
    if (name == "host-key") return {Answer::Kind::words, that_begin(words_of("ask,accept-new,strict,off"), text)};
    return {};
  }
  const std::string_view verb = line.verb ? std::string_view(line.verb->name) : "";
  if (name == "metric") return listed(metrics_of(storable_metrics()));
  if (verb == "runs" && name == "verb") return {Answer::Kind::words, that_begin(verb_names(), text)};
  if (verb == "play" && (name == "tags" || name == "skip-tags")) return listed(playbook_tags(line));
  if (verb == "play" && name == "start-at-task") return {Answer::Kind::words, that_begin(playbook_tasks(line), text)};
  if (verb == "task" && name == "args") return listed(module_params(line), " ");
  return {};
}

Candidates options_that_begin(const Line& line, const std::string& text) {
  Candidates candidates;
  const auto add_one = [&](const Param& param) {
    candidates.push_back({fmt::format("--{}", param.name), describe(param)});
  };
  if (line.verb) std::ranges::for_each(line.verb->options, add_one);
  for (const Param& spec : option_specs())
    if (!line.verb || line.verb->has(spec)) add_one(spec);
  candidates.push_back({"--help", "about this"});
  if (!line.verb) candidates.push_back({"--version", "which cef this is"});
  return that_begin(std::move(candidates), text);
}

// What a verb's usage begins with, where that is a choice: `[list|show ID|clean] ...` -> list, show, clean.
Candidates first_words(const Verb& verb) {
  Candidates candidates;
  std::string_view rest = verb.usage;
  if (rest.find('|') == std::string_view::npos || rest.find('|') > rest.find(' ')) {
    // `add FILE...|list`: the first one may take something.
    if (const auto bar = rest.find('|'); bar == std::string_view::npos || rest.substr(0, bar).find("--") < bar)
      return {};
  }
  for (bool last = false; !last;) {
    const auto bar = rest.find('|');
    last = bar == std::string_view::npos;
    std::string_view word = rest.substr(0, rest.find_first_of("| ]"));
    if (word.starts_with('[')) word.remove_prefix(1);
    if (!word.empty() && word.find_first_not_of("abcdefghijklmnopqrstuvwxyz-") == std::string_view::npos)
      candidates.push_back({std::string(word)});
    if (!last) rest.remove_prefix(bar + 1);
  }
  return candidates;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::ranges::find(list, word) != list.end();
}

// Words of the verb's own that may stand at the cursor; selectors are added to them.
Answer own_words(const Line& line, const Options& options, const std::string& text) {
  const std::string_view verb = line.verb->name;
  const std::string_view first = line.words.empty() ? std::string_view() : std::string_view(line.words.front());
  const bool is_first = line.words.empty();
  if (verb == "help") return {Answer::Kind::words, verb_names()};
  if (is_one_of(verb, {"show", "retry", "diff"})) return {Answer::Kind::words, recorded_runs(options, text), true};
  if (verb == "play" || verb == "push") return {Answer::Kind::files};
  if (verb == "task" && is_first) {
    Candidates modules;
    for (const tasks::Task* module : tasks::all_modules())
      modules.push_back({std::string(module->name), std::string(module->summary)});
    return {Answer::Kind::words, std::move(modules)};
  }
  if (verb == "jobs" && is_one_of(first, {"show", "logs", "attach", "kill"}))
    return {Answer::Kind::words, recorded_jobs(options), true};
  if (verb == "model" && first == "add") return {Answer::Kind::files};
  if ((verb == "model" && !is_first && first != "list") || (verb == "rollout" && is_first))
    return {Answer::Kind::words, known_models(options)};
  if (verb == "watch" && is_first) {
    Candidates subjects{{"exec", "a command"}};
    for (const probes::Probe* probe : probes::all())
      subjects.push_back({std::string(probe->name), std::string(probe->summary)});
    return {Answer::Kind::words, std::move(subjects)};
  }
  if (is_first) return {Answer::Kind::words, first_words(*line.verb)};
  return {};
}

Answer word_of(const Line& line, const std::string& text) {
  const Options options = options_of(line);
  const Verb& verb = *line.verb;
  const bool chooses = (verb.groups & groups::choosing) == groups::choosing || verb.name == "runs";
  if (chooses)
    if (auto selected = selector(options, text)) return {Answer::Kind::words, *std::move(selected)};
  Answer answer = own_words(line, options, text);
  if (answer.kind != Answer::Kind::words) {
    // Files, unless it becomes a selector.
    Candidates begun = text.empty() ? Candidates() : that_begin(keys(), text);
    return begun.empty() ? answer : Answer{Answer::Kind::words, std::move(begun)};
  }
  if (verb.name == "help")
    for (const manual::Topic& topic : manual::topics())
      answer.candidates.push_back({std::string(topic.name), std::string(topic.summary)});
  answer.candidates = that_begin(std::move(answer.candidates), text);
  if (!chooses) return answer;
  if (!verb.takes_operands || verb.name == "ssh") {
    Candidates words = patterns(options, text);
    std::erase_if(words, [](const Candidate& each) { return each.text.starts_with('-'); });  // would be an option
    add(answer.candidates, std::move(words));
  }
  add(answer.candidates, that_begin(keys(), text));
  return answer;
}

}  // namespace
}  // namespace complete_parts

std::vector<Candidate> that_begin(std::vector<Candidate> all, std::string_view text) {
  std::erase_if(all, [&](const Candidate& each) { return !each.text.starts_with(text); });
  return all;
}

Answer complete(const std::vector<std::string>& words) {
  using namespace complete_parts;
  if (words.empty()) return {};
  const std::string& text = words.back();
  const Line line = read_line({words.begin(), words.end() - 1});
  if (line.is_command) return {Answer::Kind::files};
  if (line.open) return value_of(line, *line.open, text);
  const auto equals = text.find('=');
  if (text.starts_with("--") && equals != std::string::npos) {
    Line whole = line;
    std::vector<std::string> with(words.begin(), words.end() - 1);
    with.push_back(text.substr(0, equals));
    whole.open = read_line(with).open;
    if (!whole.open) return {};
    Answer answer = value_of(whole, *whole.open, text.substr(equals + 1));
    for (Candidate& each : answer.candidates) each.text = text.substr(0, equals + 1) + each.text;
    return answer;
  }
  if (text.starts_with('-')) return {Answer::Kind::words, options_that_begin(line, text)};
  if (!line.verb) return {Answer::Kind::words, that_begin(verb_names(), text)};
  return word_of(line, text);
}

}  // namespace cef::cli::complete
