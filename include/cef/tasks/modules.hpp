// Playbook modules: tasks whose names, params and records are Ansible's. A record has what the module returns
// (`rc`, `stdout`, `dest`, `stat`, ...), without `changed`, `failed` and `skipped`, which its status says.
//
// Files of the controller (`src` of copy, script and unarchive) come as absolute paths there. `template` gets what was
// rendered as `content`. A diff is `{before, after, before_header, after_header}`, or a list of such.
#pragma once

#include <cef/core/result.hpp>
#include <cef/core/value.hpp>
#include <cef/tasks/task.hpp>

#include <span>
#include <string_view>

namespace cef::tasks {

/// In alphabetical order.
std::span<const Task* const> all_modules();
/// By Ansible's name without its collection, or by another name it goes by (`systemd_service`). Null: there is none.
const Task* find_module(std::string_view name);

/// What a playbook gave, as the module's course takes it: under the params' own names, of their types, with what holds
/// otherwise; params that were not given and have no default are left out, as is what is null. Texts become booleans,
/// numbers and lists as Ansible reads them; a mode becomes text that chmod takes. `_raw_params` is a free form.
/// Errors: usage, which names the param, and the one that was meant where it is unknown.
Result<Value> read_params(const Task& module, const Value& given);

}  // namespace cef::tasks
