// A program's JSON, in time that grows with its length alone: a Value looks through all the keys of an object for each
// that is added, which takes half a minute for the variables of 100,000 hosts.
#pragma once

#include <cef/core/value.hpp>

#include <optional>
#include <string_view>

namespace cef::inventory {

/// Of a key that comes twice the last value counts, where the first one stood. Nothing when the text is not JSON.
std::optional<Value> read_json(std::string_view text);

}  // namespace cef::inventory
