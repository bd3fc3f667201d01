// What a task may call: what cef does itself without a host, and the modules of src/tasks.
#pragma once

#include <string>
#include <string_view>

namespace cef::playbook {

/// Without its collection: `copy` for `ansible.builtin.copy`; aliases are resolved (`systemd_service` is `systemd`).
std::string short_name(std::string_view written);

/// What is done here, not by a module: debug, set_fact, include_tasks, ...
bool is_own_action(std::string_view name);
bool is_include(std::string_view name);

/// Why a task cannot call this; empty: it can.
std::string why_unsupported(std::string_view written);

}  // namespace cef::playbook
