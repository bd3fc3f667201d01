// How a task of a playbook becomes an Order, and its Verdict a result.
#pragma once

#include "run/evaluate.hpp"

#include <string>

namespace cef::playbook {

/// The host that delegate_to names; that of the evaluator without it.
asio::awaitable<HostState*> place_of(Evaluator& evaluator, const Frame& frame);

/// Where and as whom: delegate_to, connection, remote_user, become, environment, check_mode, timeout.
asio::awaitable<void> address(Evaluator& evaluator, const Frame& frame, Order& order);

/// What `register` gets of it: the module's values, `changed`, `failed`, `msg`, lines of its texts.
TaskResult result_of(tasks::Verdict verdict);
/// `stdout_lines` beside `stdout`, and the same for stderr.
void add_lines(Value& value);

}  // namespace cef::playbook
