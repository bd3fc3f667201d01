// The run that a word of the command line means.
#pragma once

#include "app.hpp"

#include <cef/store/journal.hpp>

namespace cef::cli {

/// Errors: usage for `--journal none`; nothing_matched when nothing was ever recorded; io_failed.
Result<store::Journal> open_journal(const Options& options, store::Journal::Access access);

/// `word`: an id, the beginning of only one, or the letters at the end of only one (`4f2a` or `4f`), `last`, or -1, -2,
/// ... counted from the last one; runs that go on now do not count. Errors: nothing_matched, which names the nearest or
/// the last ones; usage for a prefix of several.
Result<store::RunRecord> find_run(const store::Journal& journal, const std::string& word);

/// The same for a run whose results are wanted. Errors: also nothing_matched when it has none, for it goes on or was
/// killed.
Result<store::RunRecord> find_ended_run(const store::Journal& journal, const std::string& word);

/// The command line of a run as one could type it, without `cef`.
std::string command_line(const store::RunRecord& run);

}  // namespace cef::cli
