// cef diff: what changed from one recorded run to another.
#include "console/view.hpp"
#include "past/compare.hpp"
#include "past/find_run.hpp"
#include "verbs.hpp"

#include <fmt/format.h>

namespace cef::cli {

namespace {

// What was done, whatever hosts and options of other kinds: the command, or the words of a verb that has such.
std::string asked_of(const store::RunRecord& run) {
  store::RunRecord words;
  words.words = {run.verb};
  for (const char* part : {"operands", "command"})
    if (run.repeat.is_object() && run.repeat.contains(part) && run.repeat[part].is_array())
      for (const Value& word : run.repeat[part])
        if (word.is_string()) words.words.push_back(word.get<std::string>());
  const Value script = run.repeat.is_object() ? run.repeat.value("verb_options", Value::object()) : Value::object();
  if (script.is_object() && script.contains("script")) words.words.push_back("--script " + script.value("script", ""));
  return command_line(words);
}

int run(const Verb& verb, Context& context) {
  if (context.selectors.size() != 2)
    return complain({Code::usage, "diff compares two runs", "as in: cef diff -2 last"});
  const auto journal = open_journal(context.options, store::Journal::Access::read);
  if (!journal) return complain(journal.error());
  std::vector<Report> reports;
  std::vector<store::RunRecord> records;
  for (const std::string& word : context.selectors) {
    const auto found = find_ended_run(*journal, word);
    if (!found) return complain(found.error());
    auto report = journal->report(*found);
    if (!report) return complain(report.error());
    reports.push_back(std::move(*report));
    records.push_back(*found);
  }
  const bool same_verb = reports[0].verb == reports[1].verb;
  if (!same_verb)
    warn(fmt::format("{} is a run of {} and {} one of {}: only statuses are compared", reports[0].run, reports[0].verb,
                     reports[1].run, reports[1].verb));
  else if (const auto one = asked_of(records[0]), other = asked_of(records[1]); one != other)
    warn(fmt::format("{} did something else than {}: `{}` and `{}`", reports[1].run, reports[0].run, one, other));
  Report differences;
  differences.verb = verb.name;
  differences.started = std::chrono::system_clock::now();
  differences.results = compare(reports[0], reports[1], same_verb);
  const int code = print_report(verb, context, differences, [](render::View& view) { view.noun = "changed host"; });
  return code == exit_ok && !differences.results.empty() ? exit_failed : code;
}

}  // namespace

Verb diff_verb() {
  return {
      .name = "diff",
      .summary = "show on which hosts two recorded runs differ; contacts no host",
      .usage = "RUN1 RUN2 [options]",
      .details =
          "RUN is an id, the beginning of one, `last`, or -1, -2, ... counted from the last. Times do not count. Of "
          "texts of "
          "several lines the first that differs is shown; --format json has both whole. Exit code: 0 when nothing "
          "differs, 2 when something does.",
      .examples = {"cef diff -2 last", "cef diff 20261122T03 20261123T03 --format json"},
      .columns = {{"host", "host", Unit::none, Align::left, "name in the inventory"},
                  {"change", "data.change", Unit::none, Align::left, "status, result, appeared or vanished"},
                  {"field", "data.fields.*.field", Unit::none, Align::left, "what is different"},
                  {"before", "data.fields.*.was", Unit::none, Align::left, "in the first run"},
                  {"after", "data.fields.*.now", Unit::none, Align::left, "in the second run"}},
      .run = run,
  };
}

}  // namespace cef::cli
