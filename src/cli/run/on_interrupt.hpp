// --on-interrupt, for verbs of the group `supervised`.
#pragma once

#include "options/options.hpp"

#include <cef/remote/supervisor.hpp>

namespace cef::cli {

/// Errors: usage.
Result<remote::OnInterrupt> on_interrupt_of(const Options& options);

}  // namespace cef::cli
