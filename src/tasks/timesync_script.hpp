// The script of the task `timesync`.
#pragma once

namespace cef::tasks {

/// $1 `check` or `run`, $2 seconds to wait for, $3 the largest offset that counts as none, $4 `step` or nothing; then
/// servers. Answers with sections `=cef NAME`.
extern const char* const timesync_script;

}  // namespace cef::tasks
