// What a run found: one result per host, and the run's summary. The runner fills it, renderers and exit codes read it.
#pragma once

#include <cef/core/assertion.hpp>
#include <cef/core/error.hpp>
#include <cef/core/secret.hpp>
#include <cef/core/value.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace cef {

enum class Status { ok, changed, failed, unreachable, skipped };
std::string_view name_of(Status status);
std::optional<Status> status_from(std::string_view name);

struct HostResult {
  std::string host;                 // inventory name
  std::vector<std::string> groups;  // in inventory order, without `all`
  Status status = Status::ok;
  double duration_ms = 0;
  int attempts = 0;  // logins tried; 0 when the host was never contacted
  Value stages;      // milliseconds of each stage that was reached: connect_ms, handshake_ms, ...; null if none
  Value data;        // the verb's record; null when there is none
  std::optional<Error> error;  // set when failed or unreachable
  std::vector<Check> checks;   // of its values against thresholds
};

/// Whether a value of the host crossed a threshold, or could not be told.
bool is_violated(const HostResult& result);

/// A result for a host whose work ended in `error`: unreachable or failed, by the error's stage.
HostResult failure(std::string host, std::vector<std::string> groups, Error error);

/// Masks the secrets wherever the result would show one.
void mask(const Secrets& secrets, HostResult& result);
/// The same in every text of a value; names of fields are left.
void mask(const Secrets& secrets, Value& value);

struct Summary {
  std::size_t hosts = 0, ok = 0, changed = 0, failed = 0, unreachable = 0, skipped = 0;
  std::size_t violated = 0;  // of these, hosts with a value that crossed a threshold
};

struct Report {
  std::string run;  // unique id: UTC start time and four hex digits, 20261123T101500Z-4f2a
  std::string verb;
  std::chrono::system_clock::time_point started;
  double duration_ms = 0;
  std::vector<HostResult> results;  // inventory order
};

Summary summarise(const Report& report);

}  // namespace cef
