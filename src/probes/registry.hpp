// Included by every probe: declares what probes.def lists.
#pragma once

#include <cef/probes/probe.hpp>

namespace cef::probes {
#define PROBE(name) extern const Probe name;
#include "probes.def"
#undef PROBE
}  // namespace cef::probes
