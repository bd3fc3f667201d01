// The verbs, one <name>.cpp each; verbs.def lists them.
#pragma once

#include "app.hpp"

#include <cef/probes/probe.hpp>

namespace cef::cli {

#define VERB(name, groups) Verb name##_verb();
#define PROBES(groups)
#include "verbs.def"
#undef PROBES
#undef VERB
/// Every probe is a verb of the same shape.
Verb probe_verb(const probes::Probe& probe);

}  // namespace cef::cli
