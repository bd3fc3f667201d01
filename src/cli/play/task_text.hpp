// How results of tasks look on a terminal.
#pragma once

#include <cef/core/value.hpp>
#include <cef/playbook/run.hpp>

#include <string>
#include <string_view>

namespace cef::cli {

/// ok, changed, failed, unreachable, skipping, ignored, rescued.
std::string_view word_for(const playbook::TaskResult& result);
/// Whether the word is that of a task that counts against its host.
bool is_bad(std::string_view word);

/// A message that may be a list or mapping, as lines below one another; control characters are shown escaped.
std::string shown(const Value& value);

/// What a failure says: its message, the program's end of output, what to do.
std::string failure_text(const Value& result);

/// `before` and `after` as a unified diff; of a list of diffs all of them.
std::string diff_text(const Value& diff, bool colour);

}  // namespace cef::cli
