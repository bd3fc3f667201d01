// Performs a task on a host: its steps one after the other, each told what came of the one before.
#pragma once

#include <cef/remote/supervisor.hpp>
#include <cef/runner/link.hpp>
#include <cef/tasks/task.hpp>

#include <functional>
#include <string_view>

namespace cef::remote {

/// Hears what steps that stream say, as it comes.
using Live = std::function<void(bool is_stderr, std::string_view bytes)>;

/// `task` must outlive this. A step that cannot be done is told to the task, which decides; also one that a host does
/// not have (a reboot of the controller itself: unsupported_platform). Steps that become a user use the job's password.
/// A script that outlives its link is given to a Supervisor; `on_interrupt` says what becomes of it when the run stops.
/// `live` may be empty.
runner::asio::awaitable<tasks::Verdict> perform(const tasks::Task& task, tasks::Arguments arguments, runner::Link& link,
                                                OnInterrupt on_interrupt, Live live);
/// As above, left to go on, and heard by nobody.
runner::asio::awaitable<tasks::Verdict> perform(const tasks::Task& task, tasks::Arguments arguments,
                                                runner::Link& link);

/// One step by itself. `step` must stay; `label` is what `cef jobs` calls it where it outlives its link.
runner::asio::awaitable<tasks::StepResult> perform_step(const tasks::Step& step, runner::Link& link,
                                                        std::string_view label, OnInterrupt on_interrupt);

/// What a verb that performs a task says of the host.
runner::Outcome outcome_of(tasks::Verdict verdict);

}  // namespace cef::remote
