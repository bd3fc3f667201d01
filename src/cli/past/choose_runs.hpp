// Which of the journal's runs a command line asks for: by what they were, on which hosts, and how they ended.
#pragma once

#include <cef/core/result.hpp>
#include <cef/store/journal.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace cef::cli {

struct RunChoice {
  std::vector<std::string> hosts{};  // names, sets or globs: one of them took part
  std::vector<std::string> words{};  // all of them are somewhere in the command line, in whatever capitals
  bool failed = false;               // the exit code was not 0, or there is none: killed

  bool any() const { return !hosts.empty() || !words.empty() || failed; }
};

/// `host=` selectors and plain words. Errors: usage, for another selector and for a host set that cannot be read.
Result<RunChoice> parse_run_choice(const std::vector<std::string>& words);

/// Those of `runs` that are meant, at most `last`, in their order. Errors: those of the journal.
Result<std::vector<store::RunRecord>> choose_runs(const store::Journal& journal, std::vector<store::RunRecord> runs,
                                                  const RunChoice& choice, std::size_t last);

}  // namespace cef::cli
