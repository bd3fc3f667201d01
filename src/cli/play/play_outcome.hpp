// What a play comes to for one host, as the run's report has it.
#pragma once

#include "play/play_console.hpp"

#include <cef/playbook/run.hpp>
#include <cef/runner/runner.hpp>

#include <vector>

namespace cef::cli {

/// `records`: of its tasks, in their order. Of one that ended badly the last bad one says why.
runner::Outcome outcome_of(const playbook::Recap& recap, const std::vector<TaskRecord>& records);

}  // namespace cef::cli
