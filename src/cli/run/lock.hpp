// --lock: two runs with one name do not overlap, as a cron job that takes longer than its interval would.
#pragma once

#include "options/options.hpp"

#include <cef/core/descriptor.hpp>

#include <memory>
#include <string_view>

namespace cef::cli {

/// Holds the lock while the descriptor is open, and so no longer than this process lives. Null without --lock.
/// Errors: usage, for a name that is no file's; lock_held, with what is known of the other run; io_failed.
Result<std::unique_ptr<Descriptor>> take_lock(const Options& options, std::string_view verb);

}  // namespace cef::cli
