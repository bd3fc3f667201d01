// A task's arguments as text: `src=a dest="b c" mode=0644`, and the command lines of those modules that take one; and
// the modules by the names that are written.
#pragma once

#include <cef/core/result.hpp>
#include <cef/core/value.hpp>
#include <cef/tasks/modules.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace cef::playbook {

/// Where the words of a text begin and end: at blanks, but not within quotes, `{{ }}`, `{% %}` and `{# #}`.
/// Errors: a message, for quotes or braces that do not end.
Result<std::vector<std::string_view>, std::string> split_words(std::string_view text);

/// The command line of a free-form module, of which only its own options (`chdir=`, `creates=`) are taken out.
bool is_free_form(std::string_view module);
/// Whether a module takes words that are no `key=value` at all: `include_tasks: setup.yml`.
bool takes_words(std::string_view module);

/// The arguments of `module`; what is no `key=value` stands in `_raw_params`. Errors: a message.
Result<Value, std::string> parse_arguments(std::string_view text, std::string_view module);

/// What a task calls by this name: `copy`, `ansible.builtin.copy`, `systemd_service`.
/// Errors: a message, also for what only a play does.
Result<const tasks::Task*, std::string> module_of(std::string_view written);

/// What JSON or Python would say instead of a word: quotes off.
std::string unquoted(std::string_view text);

}  // namespace cef::playbook
