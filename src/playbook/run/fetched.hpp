// The file that the module fetch brought, on this machine.
#pragma once

#include <cef/playbook/run.hpp>

#include <filesystem>
#include <string>

namespace cef::playbook {

/// Writes `content` of the result to `dest`, as `dest/HOST/path` or, of `flat`, as what it says, and takes it out of
/// the result. `folder`: what a relative `dest` begins at.
void keep_fetched(TaskResult& result, const Value& params, const std::string& host,
                  const std::filesystem::path& folder);

}  // namespace cef::playbook
