#include "choose_runs.hpp"

#include "find_run.hpp"

#include <cef/core/text.hpp>
#include <cef/inventory/host_set.hpp>
#include <cef/inventory/selector.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <fnmatch.h>

namespace cef::cli {

namespace {

bool has_words(const store::RunRecord& run, const std::vector<std::string>& words) {
  const std::string line = lower(command_line(run));
  return std::ranges::all_of(words,
                             [&](const std::string& word) { return line.find(lower(word)) != std::string::npos; });
}

Result<bool> has_host(const store::Journal& journal, const store::RunRecord& run,
                      const std::vector<std::string>& wanted) {
  const auto hosts = journal.hosts(run);
  if (!hosts) return Unexpected(hosts.error());
  return std::ranges::any_of(*hosts, [&](const std::string& host) {
    return std::ranges::any_of(wanted, [&](const std::string& pattern) {
      return pattern == host || ::fnmatch(pattern.c_str(), host.c_str(), 0) == 0;
    });
  });
}

}  // namespace

Result<RunChoice> parse_run_choice(const std::vector<std::string>& words) {
  RunChoice choice;
  for (const std::string& word : words) {
    if (!inventory::is_selector(word)) {
      choice.words.push_back(word);
      continue;
    }
    const auto selector = inventory::parse_selector(word, [] {
      return Result<std::string>(Unexpected(Error{Code::usage, "runs reads no names from standard input", ""}));
    });
    if (!selector) return Unexpected(selector.error());
    if (selector->key != inventory::Selector::Key::host || selector->exclude)
      return Unexpected(
          Error{Code::usage, fmt::format("runs takes no '{}'", word),
                "host= chooses runs that a host was in; a plain word those with it in their command line"});
    for (const std::string& value : selector->values) {
      const auto names = inventory::expand(value);
      if (!names) return Unexpected(names.error());
      choice.hosts.insert(choice.hosts.end(), names->begin(), names->end());
    }
  }
  return choice;
}

Result<std::vector<store::RunRecord>> choose_runs(const store::Journal& journal, std::vector<store::RunRecord> runs,
                                                  const RunChoice& choice, std::size_t last) {
  std::vector<store::RunRecord> chosen;
  for (store::RunRecord& run : runs) {
    if (chosen.size() == last) break;
    if (choice.failed && (store::is_running(run) || run.exit_code == 0)) continue;
    if (!has_words(run, choice.words)) continue;
    if (!choice.hosts.empty()) {
      const auto there = has_host(journal, run, choice.hosts);
      if (!there) return Unexpected(there.error());
      if (!*there) continue;
    }
    chosen.push_back(std::move(run));
  }
  return chosen;
}

}  // namespace cef::cli
