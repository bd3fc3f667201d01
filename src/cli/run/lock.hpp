// --lock: two runs with one name do not overlap, as a cron job that takes longer than its interval would.
#pragma once

#include "options/options.hpp"

#include <cef/core/descriptor.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace cef::cli {

/// Of --lock; nothing without it. Errors: usage, for a name that is no file's.
Result<std::optional<std::string>> lock_name(const Options& options);

/// Holds the lock while the descriptor is open, and so no longer than this process lives. Null without --lock.
/// Errors: those of lock_name(); lock_held, with what is known of the other run; io_failed.
Result<std::unique_ptr<Descriptor>> take_lock(const Options& options, std::string_view verb);

}  // namespace cef::cli
