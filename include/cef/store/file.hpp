// What cef's own files have in common: the journal of runs, and the store of metrics.
#pragma once

#include <chrono>

namespace cef::store {

using Time = std::chrono::system_clock::time_point;

/// `write` makes folders (0700), file (0600) and tables that are not there; `read` of a file that is not there is an
/// error.
enum class Access { read, write };

}  // namespace cef::store
