// What the journal's records say of deliveries.
#pragma once

#include <cef/store/journal.hpp>

#include <string>

namespace cef::cli {

/// Whether the run only told what it would do.
bool was_check(const store::RunRecord& run);

/// A field of a host's record; empty where it is none, or no text.
std::string text_of(const Value& record, const char* field);

/// A deployment has `version`, a rollback `to`.
std::string version_in(const Value& record);

}  // namespace cef::cli
