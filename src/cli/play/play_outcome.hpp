// What a play comes to for one host, as the run's report has it.
#pragma once

#include "play/play_console.hpp"

#include <cef/playbook/run.hpp>
#include <cef/runner/runner.hpp>

#include <array>
#include <utility>
#include <vector>

namespace cef::cli {

/// A host's counts by their names, in the order in which they are shown.
inline constexpr std::array<std::pair<const char*, std::size_t playbook::Recap::*>, 7> counted{
    {{"ok", &playbook::Recap::ok},
     {"changed", &playbook::Recap::changed},
     {"unreachable", &playbook::Recap::unreachable},
     {"failed", &playbook::Recap::failed},
     {"skipped", &playbook::Recap::skipped},
     {"rescued", &playbook::Recap::rescued},
     {"ignored", &playbook::Recap::ignored}}};

/// `records`: of its tasks, in their order. Of one that ended badly the last bad one says why.
runner::Outcome outcome_of(const playbook::Recap& recap, const std::vector<TaskRecord>& records);

}  // namespace cef::cli
