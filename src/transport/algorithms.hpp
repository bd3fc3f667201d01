// Which algorithms a server is offered.
#pragma once

#include <string>
#include <string_view>

namespace cef::transport {

/// Whether `name` is one of those between commas.
bool holds(std::string_view names, std::string_view name);
/// `ours` as `said` changes it: see Algorithms. Patterns with `*` and `?` after a `-` take away what they match.
std::string changed_by(std::string_view said, std::string_view ours);

}  // namespace cef::transport
