// A variable, a fact or a record of a verb: anything JSON can say, keys in the order they were written.
// Strings may hold bytes that are not UTF-8 (a host's output); renderers decide what to do about them.
#pragma once

#include <nlohmann/json.hpp>

namespace cef {
using Value = nlohmann::ordered_json;
}
