// Writes a run into the journal. Whatever goes wrong there is one warning and changes nothing about the run.
#pragma once

#include <cef/core/report.hpp>
#include <cef/core/secret.hpp>
#include <cef/store/journal.hpp>

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace cef::engine {

/// `20261123T101500Z-4f2a`: another one each time, but another process may have the same.
std::string random_run_id(store::Time started);

class Recorder {
 public:
  using NewId = std::function<std::string(store::Time)>;

  /// `file`: the journal; nothing: none is kept. `run`: all that is known before the run has begun but its id.
  Recorder(std::optional<std::filesystem::path> file, store::Limits limits, store::RunRecord run,
           NewId new_id = random_run_id);

  /// Masks what is secret in all that is known of the run; what needs it cannot be done again from the record.
  void mask(const Secrets& secrets);
  /// Notes that the run has begun, under an id that no other in the journal has, and returns that.
  std::string begin(store::Time started);
  /// Writes the results, in which secrets are masked by now, and removes old runs. Errors: io_failed.
  Result<void> end(const Report& report, int exit_code);

 private:
  std::optional<std::filesystem::path> file_;
  store::Limits limits_;
  store::RunRecord run_;
  NewId new_id_;
  std::optional<store::Journal> journal_;
};

}  // namespace cef::engine
