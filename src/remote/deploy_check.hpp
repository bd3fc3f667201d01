// What --check foretells of a deployment, and what to do where a host could not fetch.
#pragma once

#include <cef/tasks/task.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace cef::remote {

/// Which versions of the model are in `dest`, an absolute path; changes nothing.
tasks::Step ask_for_versions(std::string dest, std::string name);
/// Of its output: the versions that --keep would take away once `folder`, an absolute path, serves, the first one
/// first.
std::vector<std::string> versions_to_remove(std::string_view out, std::string_view folder, std::size_t keep);

/// Of a fetch that ended with `message`; empty where the code's own hint holds.
std::string hint_for_fetch(std::string_view message, std::string_view url);

}  // namespace cef::remote
