// A probe: a script that any POSIX shell runs, and a pure function from what it printed to a record. It never
// connects, sleeps, prints or reads the clock.
//
// A script may use `get FILE`, which sets $v to the file's first line or to `-`, without another process; `say TEXT`
// for whatever the host named (never echo); `run COMMAND...` for a command that might hang, and `limit SECONDS
// COMMAND...` for one whose end the rest does not depend on. `=name=` on a line begins a part of the output.
//
// A part that a parser does not understand is null: it never costs the rest of the record.
#pragma once

#include <cef/core/column.hpp>
#include <cef/core/duration.hpp>
#include <cef/core/metric.hpp>
#include <cef/core/result.hpp>
#include <cef/core/value.hpp>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace cef::probes {

/// A column in a snapshot's line for a host, its path from `data.temp.` on.
struct Headline {
  int place;  // in the line, from left to right
  Column column;
};

/// A metric that history and the report show when nothing else is asked for.
struct Usual {
  std::string_view field;
  std::string_view title;
  std::string_view brief;  // beside a host's small curve
  std::string_view worst;  // above the one with the highest value
  bool in_history = true;
};

struct Probe {
  std::string_view name;     // the verb
  std::string_view summary;  // one line for --help
  std::string_view script;   // POSIX sh, BusyBox included; what it prints is framed by begin and end
  /// Prints counters. It runs twice, half a second apart, as the parts `first` and `second` at the end: rates come from
  /// the difference. Empty for most probes.
  std::string_view sample{};
  Milliseconds timeout;  // default for one host's whole work
  /// Null when the host has nothing of the kind: no card, not that board.
  /// Errors: unexpected_output, naming the line or the part that is missing, and those of the stage `task`.
  Result<Value> (*parse)(std::string_view text);
  Columns (*columns)();
  Metrics (*metrics)();
  int node_limit_s = 5;  // seconds it may take as a section of a snapshot
  std::vector<Headline> (*headlines)() = nullptr;
  std::span<const Usual> usual{};
};

/// All probes, in the order of probes.def.
std::span<const Probe* const> all();
const Probe* find(std::string_view name);
/// Of all probes, in their order.
const Metrics& all_metrics();

/// The command line to send: the script for /bin/sh whatever the login shell is, its output framed, its locale fixed.
std::string command_line(const Probe& probe);

/// All probes in one command line. Each is a section that is ended, and its record an error, when it takes too long;
/// the counters of all of them are read at the same two moments, after the other work is done, which they would count.
std::string snapshot_command_line();
/// Every probe's record by its name, as `{"error": {...}}` when it failed. A list `errors` names those that did.
/// Errors: unexpected_output, when there are no sections at all.
Result<Value> parse_snapshot(std::string_view text);
/// One line for a host, the worst values: the headlines of all probes.
Columns snapshot_columns();

/// What stands inside the frame, or an error when it is not there: a login banner or a noisy .bashrc may come before
/// it.
Result<std::string_view> framed(std::string_view output);

}  // namespace cef::probes
