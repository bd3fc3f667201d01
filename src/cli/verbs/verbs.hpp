// The verbs, one cmd_<name>.cpp each; verbs.cpp lists them.
#pragma once

#include "app.hpp"

#include <cef/probes/probe.hpp>

namespace cef::cli {

Verb ping_verb();
Verb exec_verb();
Verb hosts_verb();
Verb enroll_verb();
Verb sudo_verb();
Verb runs_verb();
Verb show_verb();
Verb diff_verb();
Verb retry_verb();
/// Every probe is a verb of the same shape.
Verb probe_verb(const probes::Probe& probe);
Verb snapshot_verb();
Verb history_verb();
Verb report_verb();
Verb watch_verb();
Verb netspeed_verb();

}  // namespace cef::cli
