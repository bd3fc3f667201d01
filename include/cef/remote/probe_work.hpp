// The work of every probe verb, and of those that run a probe for what it finds.
#pragma once

#include <cef/runner/link.hpp>

#include <string>

namespace cef::remote {

/// Runs `command_line` on the host, by sudo where the job says so, and makes a record of what it printed. A null record
/// means that the host has nothing of the kind, and is skipped.
runner::Work probe_work(std::string command_line, Result<Value> (*parse)(std::string_view text));

/// Longer than all that the sections of a snapshot may take together, so that a host with one that hangs still shows
/// the others.
inline constexpr Milliseconds snapshot_timeout{75'000};

}  // namespace cef::remote
