// What the options say of the journal of runs: where it is, how long it keeps what, and what it is to keep of a run.
#pragma once

#include "app.hpp"

#include <cef/engine/recorder.hpp>
#include <cef/store/journal.hpp>

#include <filesystem>
#include <optional>
#include <string>

namespace cef::cli {

/// The journal's file, of --journal, $CEF_STATE_DIR/journal.db, $XDG_STATE_HOME/cef/journal.db or
/// ~/.local/state/cef/journal.db; nothing for `--journal none`.
std::optional<std::filesystem::path> journal_file(const Options& options);

/// Errors: usage.
Result<store::Limits> journal_limits(const Options& options);

/// For a run that this command line is. `output_field`: as in store::RunRecord. Errors: usage.
Result<engine::Recorder> make_recorder(const Verb& verb, const Context& context, const std::string& output_field);

}  // namespace cef::cli
