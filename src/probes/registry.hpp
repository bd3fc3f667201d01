// Included by every probe: declares what probes.def lists, and what command lines are made of.
#pragma once

#include <cef/probes/probe.hpp>

#include <string>
#include <string_view>

namespace cef::probes {
#define PROBE(name) extern const Probe name;
#include "probes.def"
#undef PROBE

/// A script as one command for the login shell: for /bin/sh, locale and PATH fixed, `get`, `say` and `limit` there, the
/// output framed.
std::string framed_command_line(std::string_view script);

/// The wait between two readings of counters. A sleep that knows no fractions takes a second.
inline constexpr std::string_view pause = "sleep 0.5 2>/dev/null || sleep 1";
}  // namespace cef::probes
