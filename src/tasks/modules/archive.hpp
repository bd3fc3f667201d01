// A folder as one stream of bytes that every tar reads.
#pragma once

#include <cef/core/result.hpp>

#include <filesystem>
#include <string>

namespace cef::tasks::modules {

/// Its folders and files (links as what they point to), with their modes and nobody's name or time. Errors:
/// module_failed for what cannot be read.
Result<std::string> archive_of(const std::filesystem::path& folder);

}  // namespace cef::tasks::modules
