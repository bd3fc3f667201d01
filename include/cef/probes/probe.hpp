// A probe: a command that any POSIX shell runs, and a pure function from what it printed to a record. It never
// connects, sleeps, prints or reads the clock.
#pragma once

#include <cef/core/column.hpp>
#include <cef/core/duration.hpp>
#include <cef/core/result.hpp>
#include <cef/core/value.hpp>

#include <span>
#include <string>
#include <string_view>

namespace cef::probes {

struct Probe {
  std::string_view name;     // the verb
  std::string_view summary;  // one line for --help
  std::string_view script;   // POSIX sh, BusyBox included; what it prints is framed by begin and end
  Milliseconds timeout;      // default for one host's whole work
  /// Errors: unexpected_output, naming the line or the part that is missing.
  Result<Value> (*parse)(std::string_view text);
  Columns (*columns)();
};

/// All probes, in the order of probes.def.
std::span<const Probe* const> all();
const Probe* find(std::string_view name);

/// The command line to send: the script for /bin/sh whatever the login shell is, its output framed, its locale fixed.
std::string command_line(const Probe& probe);

/// What stands inside the frame, or an error when it is not there: a login banner or a noisy .bashrc may come before
/// it.
Result<std::string_view> framed(std::string_view output);

}  // namespace cef::probes
