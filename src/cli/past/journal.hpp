// Writes a run into the journal. Whatever goes wrong there is one warning and changes nothing about the run.
#pragma once

#include "app.hpp"

#include <cef/core/report.hpp>
#include <cef/store/journal.hpp>

#include <filesystem>
#include <optional>

namespace cef::cli {

/// The journal's file, of --journal, $CEF_STATE_DIR/journal.db, $XDG_STATE_HOME/cef/journal.db or
/// ~/.local/state/cef/journal.db; nothing for `--journal none`.
std::optional<std::filesystem::path> journal_file(const Options& options);

/// Errors: usage.
Result<store::Limits> journal_limits(const Options& options);

class RunJournal {
 public:
  /// Notes that the run has begun: `report` has its id and start.
  RunJournal(const Verb& verb, const Context& context, const Report& report, const std::string& output_field);
  void end(const Report& report, int exit_code);

 private:
  void give_up(const Error& error);

  const Context& context_;
  std::optional<store::Journal> journal_;
  std::optional<std::filesystem::path> file_;
  store::Run run_;
};

}  // namespace cef::cli
