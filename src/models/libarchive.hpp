// libarchive, loaded when the first archive is looked at: it brings libxml2 and ICU along, for which each start of the
// program would wait.
#pragma once

#include <cef/core/result.hpp>

#include <archive.h>
#include <archive_entry.h>

namespace cef::models::libarchive {

/// To be called before all others. Errors: io_failed, it is not installed.
Result<void> load();

/// Where the function of that name is.
void* find(const char* name);

}  // namespace cef::models::libarchive

/// The function, as in LIBARCHIVE(archive_free)(it); looked for once at each place that calls it.
#define LIBARCHIVE(name)                                                                                 \
  (*[] {                                                                                                 \
    static const auto found = reinterpret_cast<decltype(&::name)>(cef::models::libarchive::find(#name)); \
    return found;                                                                                        \
  }())
