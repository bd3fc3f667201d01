#include "find_run.hpp"

#include "journal_options.hpp"
#include "stored.hpp"

#include <cef/core/shell.hpp>
#include <cef/core/suggest.hpp>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

namespace cef::cli {

namespace {

constexpr Milliseconds journal_patience{5000};  // for others that write or tidy

// 1 for `last` and `-1`, 2 for `-2`, ...
std::optional<std::size_t> place(const std::string& word) {
  if (word == "last") return 1;
  if (!word.starts_with('-')) return std::nullopt;
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(word.data() + 1, word.data() + word.size(), number);
  if (error != std::errc() || *end != '\0' || number == 0) return std::nullopt;
  return number;
}

std::vector<std::string> ids_of(const std::vector<store::RunRecord>& runs, std::size_t most) {
  std::vector<std::string> ids;
  for (const store::RunRecord& run : runs)
    if (ids.size() < most) ids.push_back(run.id);
  return ids;
}

// Ids end in a few letters that tell runs apart: `4f2a`, or as many of them as it takes. Those of runs that begin
// otherwise.
Result<std::vector<store::RunRecord>> by_ending(const store::Journal& journal, const std::string& word) {
  auto runs = journal.runs({.last = SIZE_MAX, .since = {}, .verb = {}, .id_prefix = {}});
  if (!runs) return runs;
  std::erase_if(*runs, [&](const store::RunRecord& run) {
    const std::size_t dash = run.id.rfind('-');
    return dash == std::string::npos || !std::string_view(run.id).substr(dash + 1).starts_with(word);
  });
  return runs;
}

Unexpected<Error> not_there(const store::Journal& journal, const std::string& word) {
  const auto recent = journal.runs({.last = 200, .since = {}, .verb = {}, .id_prefix = {}});
  if (!recent) return Unexpected(recent.error());
  const auto near = nearest(word, ids_of(*recent, 200));
  return Unexpected(Error{
      Code::nothing_matched,
      fmt::format("there is no run '{}'{}", word, near ? fmt::format(": did you mean '{}'?", *near) : std::string()),
      recent->empty() ? "nothing is recorded yet"
                      : fmt::format("the last ones: {}; cef runs lists more", fmt::join(ids_of(*recent, 3), ", "))});
}

}  // namespace

Result<store::Journal> open_journal(const Options& options, store::Journal::Access access) {
  const auto file = journal_file(options);
  if (!file)
    return Unexpected(Error{Code::usage,
                            fmt::format("{}: there is no journal to look into", options.find("journal")->name),
                            "name its file"});
  if (const std::string why = why_nothing(*file); !why.empty())
    return Unexpected(Error{Code::nothing_matched, fmt::format("no run is recorded yet: {}", why), ""});
  return store::Journal::open(*file, access, journal_patience);
}

Result<store::RunRecord> find_run(const store::Journal& journal, const std::string& word) {
  if (const auto back = place(word)) {
    // Those that go on now are few.
    auto runs = journal.runs({.last = *back + 100, .since = {}, .verb = {}, .id_prefix = {}});
    if (!runs) return Unexpected(runs.error());
    std::erase_if(*runs, [](const store::RunRecord& run) { return store::is_running(run); });
    if (runs->size() < *back)
      return Unexpected(Error{Code::nothing_matched,
                              fmt::format("there is no run '{}': only {} are recorded", word, runs->size()), ""});
    return journal.run((*runs)[*back - 1].id);
  }
  auto found = journal.runs({.last = 6, .since = {}, .verb = {}, .id_prefix = word});
  const bool by_beginning = found && !found->empty();
  constexpr std::size_t enough = 2;  // one letter is none to go by
  if (found && !by_beginning && word.size() >= enough) found = by_ending(journal, word);
  if (!found) return Unexpected(found.error());
  if (found->empty() || word.empty()) return not_there(journal, word);
  const auto exact = std::ranges::find(*found, word, &store::RunRecord::id);
  if (exact == found->end() && found->size() > 1)
    return Unexpected(
        Error{Code::usage,
              fmt::format("several runs {} '{}': {}{}", by_beginning ? "begin with" : "have ids that end in", word,
                          fmt::join(ids_of(*found, 5), ", "), found->size() > 5 ? ", ..." : ""),
              "write more of its id"});
  return journal.run(exact == found->end() ? found->front().id : exact->id);
}

Result<store::RunRecord> find_ended_run(const store::Journal& journal, const std::string& word) {
  auto run = find_run(journal, word);
  if (!run || run->exit_code) return run;
  return Unexpected(Error{
      Code::nothing_matched,
      store::is_running(*run)
          ? fmt::format("run {} goes on: its results are recorded when it ends", run->id)
          : fmt::format("the results of run {} are not recorded: it was killed, or the journal could not be written",
                        run->id),
      store::is_running(*run) ? "" : fmt::format("it was: cef {}", command_line(*run))});
}

std::string command_line(const store::RunRecord& run) {
  std::string line;
  for (const std::string& word : run.words) {
    constexpr std::string_view plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_=.,:/@%+[]!";
    const bool is_plain = !word.empty() && word.find_first_not_of(plain) == std::string::npos;
    const bool fits_quotes = word.find('\'') == std::string::npos;
    line += line.empty() ? "" : " ";
    line += is_plain ? word : fits_quotes ? fmt::format("'{}'", word) : shell_quote(word);
  }
  return line;
}

}  // namespace cef::cli
