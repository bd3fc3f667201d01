// Passphrases of key files: from a file, or asked for before the run, once for each key that needs one.
#pragma once

#include "options/options.hpp"

#include <cef/engine/engine.hpp>
#include <cef/runner/job.hpp>

#include <vector>

namespace cef::cli {

/// They are secrets of the engine's run. Asks nothing where nobody can be asked: hosts that need such a key then fail
/// with key_unreadable. Errors: usage, for
/// --key-passphrase-file; interrupted.
Result<void> provide_passphrases(engine::Engine& engine, const std::vector<runner::Job>& jobs, const Options& options);

}  // namespace cef::cli
